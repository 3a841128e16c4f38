"""What Clerk's middleware answered to 148 requests, the layers answer too."""

from collections import defaultdict

import pytest
from clerk_requests import (
    CannedApi,
    api_of,
    backend_of,
    camel_options,
    options_of,
    snake,
    unquoted,
)
from clerk_vectors import each_case
from webtest import TestApp
from werkzeug.wrappers import Response

from clerk_wsgi import ClerkMiddleware

# Ours, or WebTest's and the linter's: no vector is about them.
OWN_HEADERS = {"cache-control", "vary", "content-type", "content-length"}


def handler_of(case, observed):
    """The handler that the vector describes."""
    said = case.get("handler")
    if said is None:
        return None

    def handler(auth, request):
        for name, args in said.items():
            if name in ("headers", "redirectInit"):
                continue
            answer = STEPS[name](auth, args, said, observed)
            if answer is not None:
                return answer
        return None

    return handler


def protect(auth, args, said, observed):
    asked, predicate = {}, None
    for arg in args:
        if "__predicate" in arg:
            predicate = predicate_of(arg)
        else:
            asked = {**arg, **asked}
    known = {"role", "permission", "feature", "plan", "reverification", "token"}
    known |= {"unauthenticatedUrl", "unauthorizedUrl"}
    asked = {snake(k): v for k, v in asked.items() if k in known}
    observed["returned"] = auth.protect(predicate, **asked)


def predicate_of(arg):
    if arg["__predicate"] == "const":
        return lambda has: arg["value"]
    return lambda has: has(**arg["params"])


def see(auth, args, said, observed):
    observed["auth"] = auth(**{snake(name): value for name, value in args.items()})


def redirect_to(method):
    def step(auth, args, said, observed):
        given = {snake(name): value for arg in args for name, value in arg.items()}
        return getattr(auth, method)(**given)

    return step


def redirect(auth, url, said, observed):
    headers = (said.get("redirectInit") or {}).get("headers") or {}
    return Response(status=307, headers={"Location": url, **headers})


def respond(auth, status, said, observed):
    return Response("", status, said.get("headers"))


def throw(auth, text, said, observed):
    raise RuntimeError(text)


STEPS = {
    "protect": protect,
    "auth": see,
    "redirectToSignIn": redirect_to("redirect_to_sign_in"),
    "redirectToSignUp": redirect_to("redirect_to_sign_up"),
    "redirect": redirect,
    "respond": respond,
    "throw": throw,
}


def answered(case):
    observed, api = {}, CannedApi(case.get("bapi", []))

    def app(environ, start_response):
        observed["continued"] = True
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"the application"]

    given = camel_options(case["options"])
    options = options_of(case["options"])
    middleware = ClerkMiddleware(
        app,
        handler_of(case, observed),
        backend=backend_of(options, api),
        api=api_of(options, api) if options.secret_key else None,
        clock=lambda: case["now_ms"],
        trust_forwarded_headers=True,
        **given,
    )
    request = case["request"]
    scheme, _, rest = request["url"].partition("://")
    host, slash, target = rest.partition("/")
    environ = {
        "wsgi.url_scheme": scheme,
        "PATH_INFO": unquoted(slash + target.partition("?")[0]),
    }
    headers = {"Host": host, **request["headers"]}
    response = TestApp(middleware).request(
        f"{slash}{target}",
        method=request["method"],
        headers=headers,
        environ=environ,
        expect_errors=True,
    )
    return response, observed


def kept(headers):
    """{name: values}; several values of one name are one, as HTTP has it."""
    found = defaultdict(list)
    for name, value in headers:
        if name.lower() not in OWN_HEADERS:
            found[name.lower()] += value.split(", ")
    return {name: sorted(values) for name, values in found.items()}


def compare_auth(seen, expected):
    for name, value in expected.items():
        if name not in ("getToken", "has", "debug"):
            assert getattr(seen, snake(name)) == value, name


@each_case("middleware")
def test_the_middleware_answers_as_clerks_does(case):
    expected = case["expected"]
    if expected["kind"] == "throws":
        with pytest.raises(Exception, match=expected["message"].split(":")[-1].strip()):
            answered(case)
        return
    response, observed = answered(case)
    not_found = expected["outcome"] == "not_found"
    assert response.status_int == (404 if not_found else expected["status"])
    assert bool(observed.pop("continued", False)) == (expected["outcome"] == "continue")
    assert kept(response.headerlist) == kept(expected["response_headers"])
    for name, auth in (expected.get("observed") or {}).items():
        if auth is not None and name in observed:
            compare_auth(observed[name], auth)
