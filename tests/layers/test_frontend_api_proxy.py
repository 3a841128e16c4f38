"""What Clerk's package forwards, the layer forwards; and the key goes nowhere else."""

import json
import logging
from io import BytesIO
from urllib.parse import quote, urlsplit
from wsgiref.validate import validator

import pytest
from clerk_requests import SENT_AS_IT_IS, snake, unquoted
from clerk_server import environ_for
from clerk_tokens import PUBLISHABLE_KEY
from clerk_vectors import each_case, load
from hypothesis import given, settings
from hypothesis import strategies as st
from webtest import TestApp

from clerk_wsgi.core.errors import BackendError, ConfigurationError
from clerk_wsgi.core.frontend_proxy import Incoming
from clerk_wsgi.layers.frontend_api_proxy import (
    FrontendApiProxy,
    FrontendApiProxyLayer,
)

SECRET = "sk_live_canary"
FAPI = "https://frontend-api.clerk.dev"


class Body(list):
    is_closed = False

    def close(self):
        self.is_closed = True


class Upstream:
    """Clerk's Frontend API, canned; it reads what it is sent and writes it down."""

    def __init__(self, status=200, headers=(), body=b"", throws=None):
        self.answer = Incoming(status, list(headers), Body([body]))
        self.throws = throws
        self.requests = []
        self.bodies = []

    def __call__(self, request):
        self.requests.append(request)
        self.bodies.append(b"".join(request.body or ()))
        if self.throws:
            raise BackendError(self.throws)
        return self.answer

    @property
    def urls(self):
        return [request.origin + request.target for request in self.requests]


def of_vector(said):
    headers = [tuple(pair) for pair in said.get("headers", ())]
    body = said.get("body", "").encode()
    # The runtime of the vectors gives every body a type, be it empty.
    if said.get("status") != 304 and "content-type" not in dict(headers):
        headers.append(("content-type", "text/plain;charset=UTF-8"))
    return Upstream(said.get("status"), headers, body, said.get("throws"))


def environ_of(method, target, headers=(), body=b"", **environ):
    url = urlsplit(quote(target, safe=SENT_AS_IT_IS))
    query = f"?{url.query}" if url.query else ""
    made = environ_for("/", dict(headers), REQUEST_METHOD=method)
    made |= {
        "PATH_INFO": unquoted(url.path),
        "QUERY_STRING": url.query,
        "RAW_URI": f"{url.path}{query}",
        "wsgi.url_scheme": url.scheme,
        "wsgi.input": BytesIO(body),
        "HTTP_HOST": url.netloc,
        **({"CONTENT_LENGTH": str(len(body))} if body else {}),
        **environ,
    }
    return {name: value for name, value in made.items() if value is not ...}


def ask(app, environ):
    """Status, headers and body of the application's answer."""
    started = []

    def start_response(status, headers, exc_info=None):
        started.append((int(status[:3]), headers))

    body = app(environ, start_response)
    text = b"".join(body)
    body.close()
    return (*started[0], text)


def at_start(case, **options):
    return options


def per_request(case, **options):
    names = ("publishable_key", "secret_key", "fapi_url")
    of_request = {name: options.pop(name, None) for name in names}
    return {**options, "options": lambda request: of_request | {"other": 1}}


def proxy_for(case, mode, upstream):
    given = {snake(name): value for name, value in case["options"].items()}
    given["path"] = given.pop("proxy_path", None)
    return FrontendApiProxy(
        transport=upstream,
        trust_forwarded_headers=True,
        env=case["env"],
        **mode(case, **given),
    )


def sorted_pairs(headers):
    """As the runtime of the vectors lists them."""
    return sorted([name.lower(), value] for name, value in headers)


@pytest.mark.parametrize("mode", [at_start, per_request], ids=["at start", "later"])
@each_case("frontend_api_proxy")
def test_a_request_is_proxied_as_clerks_package_does(case, mode):
    upstream, sent, expected = (
        of_vector(case["upstream"]),
        case["request"],
        case["expected"],
    )
    environ = environ_of(
        sent["method"],
        sent["url"],
        [pair for pair in sent["headers"] if pair[0] != "host"],
        sent.get("body", "").encode(),
    )
    if mode is at_start and "proxy_configuration_error" in expected["body"]:
        [error] = json.loads(expected["body"])["errors"]
        with pytest.raises(ConfigurationError) as caught:
            proxy_for(case, mode, upstream)
        assert str(caught.value).partition("\n")[0] == error["message"]
        return
    status, headers, body = ask(proxy_for(case, mode, upstream), environ)
    assert status == expected["status"]
    assert body.decode() == expected["body"]
    assert_sent(upstream, expected["upstream_request"])
    headers = [(n, v) for n, v in headers if n.lower() != "content-length"]
    assert sorted_pairs(headers) == expected["headers"]


def assert_sent(upstream, expected):
    if expected is None:
        assert upstream.requests == []
        return
    [request] = upstream.requests
    assert request.method == expected["method"]
    assert upstream.urls == [expected["url"]]
    assert request.headers == expected["headers"]
    assert upstream.bodies == [expected.get("body", "").encode()]


def hello(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]


def layer(upstream=None, app=hello, **options):
    options = {
        "publishable_key": PUBLISHABLE_KEY,
        "secret_key": SECRET,
        "env": {},
        "transport": upstream,
        **options,
    }
    return FrontendApiProxyLayer(app, **options)


OK = (("Content-Type", "text/plain"),)


def site(upstream, app=hello, **options):
    return TestApp(validator(layer(upstream, validator(app), **options)))


@pytest.mark.parametrize(
    "case", load("frontend_api_proxy")["match_cases"], ids=lambda case: case["url"]
)
def test_the_layer_takes_the_requests_that_clerks_package_takes(case):
    upstream = Upstream(headers=OK, body=b"clerk")
    app = layer(upstream, path=case.get("proxyPath", ""))
    body = b"".join(app(environ_of("GET", case["url"]), lambda *_: None))
    assert (body == b"clerk") is case["expected"]
    assert len(upstream.requests) is int(case["expected"])


def test_what_is_not_for_clerk_goes_on():
    upstream = Upstream()
    for path in ("/", "/__clerkevil/v1", "/x/__clerk/v1", "/a.b", "/__CLERK"):
        assert site(upstream).get(path).text == "hello"
    assert upstream.requests == []


HOSTILE = {
    "/__clerk//evil.com/steal": f"{FAPI}//evil.com/steal",
    "/__clerk/@evil.com": f"{FAPI}/@evil.com",
    "/__clerk/%2F%2Fevil.com": f"{FAPI}/%2F%2Fevil.com",
    "/__clerk/%40evil.com": f"{FAPI}/%40evil.com",
    "/__clerk/.evil.com": f"{FAPI}/.evil.com",
    "/__clerk/\\evil.com": f"{FAPI}/%5Cevil.com",
    "/__clerk/https://evil.com": f"{FAPI}/https://evil.com",
    "/__clerk/x?u=//evil.com/@": f"{FAPI}/x?u=//evil.com/@",
    "/__clerk/a/../b": f"{FAPI}/b",
    "/__clerk/./b": f"{FAPI}/b",
    "/x/../__clerk/b": f"{FAPI}/b",
    "/__clerk/%2e%2e": None,
    "/__clerk/..//evil.com": None,
    "/__clerk/%2e%2e//evil.com": None,
    "/__clerk/../@evil.com": None,
    "/__clerk..//evil.com": None,
    "/__clerk@evil.com": None,
    "/__clerk\\evil.com": None,
    "/__clerk:80@evil.com/": None,
    "/__clerk.evil.com/": None,
    "//evil.com/__clerk": None,
}


@pytest.mark.parametrize(("target", "url"), HOSTILE.items(), ids=HOSTILE)
@pytest.mark.parametrize("raw", [True, False], ids=["raw", "decoded"])
def test_the_target_is_always_clerks(target, url, raw):
    upstream = Upstream(headers=OK)
    environ = environ_of("GET", "https://app.example.com/")
    path, _, query = target.partition("?")
    environ |= {"PATH_INFO": unquoted(path), "QUERY_STRING": query, "RAW_URI": target}
    if not raw:
        del environ["RAW_URI"]
        url = url and url.replace("%2F", "/").replace("%40", "@")
    b"".join(layer(upstream)(environ, lambda *_: None))
    assert upstream.urls == ([url] if url else [])


@settings(max_examples=200)
@given(st.text(st.characters(max_codepoint=255)), st.text(max_size=20), st.booleans())
def test_no_spelling_of_a_path_leads_elsewhere(path, query, has_raw):
    upstream = Upstream(headers=OK)
    environ = environ_of("GET", "https://app.example.com/", RAW_URI=...)
    environ |= {"PATH_INFO": f"/__clerk{path}"}
    environ |= {"QUERY_STRING": query.encode().decode("latin-1")}
    if has_raw:
        environ["RAW_URI"] = f"/__clerk{path}"
    b"".join(layer(upstream)(environ, lambda *_: None))
    for request in upstream.requests:
        assert request.origin == FAPI
        assert request.target.startswith("/")
        assert request.target.isascii()
        assert request.target.isprintable()
        assert " " not in request.target
        assert urlsplit(request.origin + request.target).netloc == urlsplit(FAPI).netloc


FORGED = {
    "Clerk-Secret-Key": "sk_evil",
    "Clerk-Proxy-Url": "https://evil.example",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "gopher",
    "X-Forwarded-For": "6.6.6.6",
    "X-Real-Ip": "6.6.6.6",
    "Cf-Connecting-Ip": "6.6.6.6",
    "Forwarded": "for=6.6.6.6",
    "Connection": "clerk-secret-key, clerk-proxy-url, x-forwarded-host, host, x-hop",
    "Accept-Encoding": "br",
    "Expect": "100-continue",
    "X-Hop": "1",
    "X-Keep": "2",
}


def test_what_a_browser_says_in_our_name_is_overwritten():
    upstream = Upstream(headers=OK)
    headers = list(FORGED.items())
    url = "https://app.example.com/__clerk/v1/x"
    environ = environ_of("GET", url, headers, REMOTE_ADDR="192.0.2.7")
    b"".join(layer(upstream)(environ, lambda *_: None))
    assert upstream.requests[0].headers == {
        "accept-encoding": "identity",
        "clerk-proxy-url": "https://app.example.com/__clerk",
        "clerk-secret-key": SECRET,
        "host": "frontend-api.clerk.dev",
        "x-forwarded-for": "192.0.2.7",
        "x-forwarded-host": "app.example.com",
        "x-forwarded-proto": "https",
        "x-keep": "2",
    }


def sent_headers(headers, url="http://localhost:3000/__clerk", **options):
    upstream = Upstream(headers=OK)
    environ = environ_of("GET", url, headers, REMOTE_ADDR="10.0.0.1")
    b"".join(layer(upstream, **options)(environ, lambda *_: None))
    return upstream.requests[0].headers


def test_proxies_are_trusted_when_told():
    told = {"X-Forwarded-Host": "app.example.com", "X-Forwarded-Proto": "https"}
    trusting = sent_headers(told, trust_forwarded_headers=True)
    assert trusting["clerk-proxy-url"] == "https://app.example.com/__clerk"
    wary = sent_headers(told)
    assert wary["clerk-proxy-url"] == "http://localhost:3000/__clerk"
    assert wary["x-forwarded-host"] == "localhost:3000"


@pytest.mark.parametrize(
    "told",
    [
        {"X-Forwarded-Host": "a.example/x", "X-Forwarded-Proto": "https"},
        {"X-Forwarded-Host": "a.example@b.example", "X-Forwarded-Proto": "https"},
        {"X-Forwarded-Host": "a.example", "X-Forwarded-Proto": "gopher"},
        {"X-Forwarded-Host": " , b", "X-Forwarded-Proto": "https"},
        {"X-Forwarded-Host": " ", "X-Forwarded-Proto": "https"},
    ],
    ids=["path", "credentials", "scheme", "empty", "blank"],
)
def test_a_forwarded_origin_that_is_none_does_not_count(told):
    sent = sent_headers(told, trust_forwarded_headers=True)
    assert sent["clerk-proxy-url"] == "http://localhost:3000/__clerk"


@pytest.mark.parametrize(
    ("told", "address"),
    [
        ({}, "10.0.0.1"),
        ({"X-Forwarded-For": " "}, "10.0.0.1"),
        ({"X-Forwarded-For": "1.1.1.1, 2.2.2.2", "X-Real-Ip": " "}, "1.1.1.1"),
    ],
    ids=["nothing", "blank", "a chain"],
)
def test_the_browsers_address_is_told(told, address):
    sent = sent_headers(told, trust_forwarded_headers=True)
    assert sent["x-forwarded-for"] == address


def test_an_application_that_is_mounted_somewhere_keeps_its_place():
    upstream = Upstream(302, [("Location", "/v1/next"), *OK])
    answer = site(upstream).get(
        "/__clerk/v1/x", extra_environ={"SCRIPT_NAME": "/my app"}, status=302
    )
    assert upstream.urls == [f"{FAPI}/v1/x"]
    assert answer.headers["Location"] == "http://localhost/my%20app/__clerk/v1/next"
    sent = upstream.requests[0].headers
    assert sent["clerk-proxy-url"] == "http://localhost/my%20app/__clerk"


REDIRECTS = {
    "to Clerk, over plain http": (
        "http://frontend-api.clerk.dev/x",
        "http://localhost/__clerk/x",
    ),
    "to Clerk, over plain http at an odd port": (
        "http://frontend-api.clerk.dev:443/x",
        "http://frontend-api.clerk.dev:443/x",
    ),
    "to Clerk's origin": (f"{FAPI}", "http://localhost/__clerk/"),
    "to a host that begins so": (f"{FAPI}.evil.com/", f"{FAPI}.evil.com/"),
    "to a port": (f"{FAPI}:8443/", f"{FAPI}:8443/"),
    "beside": ("next?a=1", "http://localhost/__clerk/next?a=1"),
    "to a fragment": ("#here", "http://localhost/__clerk/#here"),
    "elsewhere": ("https://evil.com/", "https://evil.com/"),
    "into an application": ("myapp://callback", "myapp://callback"),
}


@pytest.mark.parametrize(("location", "seen"), REDIRECTS.values(), ids=REDIRECTS)
def test_only_redirects_within_clerk_stay_within_the_proxy(location, seen):
    upstream = Upstream(302, [("Location", location), *OK])
    assert site(upstream).get("/__clerk/v1", status=302).headers["Location"] == seen


def test_headers_that_split_the_answer_are_dropped():
    bad = [
        ("X-Bad", "a\r\nSet-Cookie: b=1"),
        ("X Bad", "1"),
        ("", "1"),
        ("X-Euro", "\u20ac"),
        ("X-Null", "\0"),
    ]
    good = [("X-Good", "1\t2"), ("X-Latin", "\xe9"), ("Set-Cookie", "a=1; Domain=x")]
    upstream = Upstream(headers=[*bad, *good])
    _, headers, _ = ask(
        FrontendApiProxy(
            publishable_key=PUBLISHABLE_KEY, secret_key=SECRET, transport=upstream
        ),
        environ_of("GET", "https://app.example.com/__clerk"),
    )
    assert headers == good


def test_a_body_passes_both_ways():
    upstream = Upstream(body=b"answer", headers=OK)
    answer = site(upstream).post("/__clerk/v1", b"x" * 200_000)
    assert upstream.bodies == [b"x" * 200_000]
    assert upstream.requests[0].length == 200_000
    assert answer.body == b"answer"
    assert upstream.answer.body.is_closed


def test_a_body_is_not_read_before_clerk_takes_it():
    class Unread(BytesIO):
        def read(self, *_):
            raise AssertionError("read too early")

    taken = []

    def upstream(request):
        taken.append(next(iter(request.body), b""))
        return Incoming(200, [], Body())

    url = "https://app.example.com/__clerk"
    environ = environ_of("POST", url, body=b"x", **{"wsgi.input": Unread()})
    with pytest.raises(AssertionError, match="too early"):
        layer(upstream)(environ, lambda *_: None)
    assert taken == []


def test_a_chunked_body_is_read_to_its_end():
    upstream = Upstream(headers=OK)
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    url = "https://app.example.com/__clerk"
    environ = environ_of("POST", url, body=b"xyz", **chunked, CONTENT_LENGTH=...)
    layer(upstream)(environ, lambda *_: None)
    assert (upstream.bodies, upstream.requests[0].length) == ([b"xyz"], None)
    assert "transfer-encoding" not in upstream.requests[0].headers


@pytest.mark.parametrize("length", ["", "0", "-1", "x"])
def test_without_a_length_there_is_no_body(length):
    upstream = Upstream(headers=OK)
    url = "https://app.example.com/__clerk"
    environ = environ_of("POST", url, CONTENT_LENGTH=length)
    layer(upstream)(environ, lambda *_: None)
    assert upstream.requests[0].body is None


def test_half_a_body_is_not_taken_for_a_whole():
    upstream = Upstream(headers=OK)
    url = "https://app.example.com/__clerk"
    environ = environ_of("POST", url, body=b"xyz", CONTENT_LENGTH="10")
    with pytest.raises(OSError, match="ended early"):
        layer(upstream)(environ, lambda *_: None)


@pytest.mark.parametrize("method", ["TRACE", "trace", "CONNECT", "TRACK"])
def test_the_key_is_not_sent_where_it_would_come_back(method):
    upstream = Upstream(headers=OK)
    url = "https://app.example.com/__clerk/v1"
    status, headers, body = ask(layer(upstream), environ_of(method, url))
    assert status == 400
    assert json.loads(body)["errors"][0]["code"] == "proxy_request_failed"
    assert ("Cache-Control", "no-store") in headers
    assert upstream.requests == []


def test_an_outage_is_told_and_the_key_is_not(caplog):
    caplog.set_level(logging.WARNING, "clerk_wsgi")
    answer = site(Upstream(throws="No answer: Timeout.")).get("/__clerk/v1", status=502)
    assert answer.json["errors"] == [
        {
            "code": "proxy_request_failed",
            "message": "Failed to proxy request to Clerk FAPI: No answer: Timeout.",
        }
    ]
    assert answer.headers["Cache-Control"] == "no-store"
    assert "No answer: Timeout." in caplog.text
    assert SECRET not in answer.text + caplog.text


def test_no_description_shows_the_key():
    upstream = Upstream(headers=OK)
    proxy = layer(upstream).proxy
    ask(proxy, environ_of("GET", "https://app.example.com/__clerk"))
    assert SECRET not in repr(upstream.requests)
    assert SECRET not in repr(proxy.settings_for({}))


def test_a_status_that_nobody_knows_is_passed_on():
    answer = site(Upstream(599, OK)).get("/__clerk/v1", status=599)
    assert answer.status == "599 Unknown"


def test_a_host_that_is_none_goes_on_to_the_application():
    upstream = Upstream()
    environ = environ_of("GET", "https://app.example.com/__clerk", HTTP_HOST="a@b")
    assert b"".join(layer(upstream)(environ, lambda *_: None)) == b"hello"
    status, _, body = ask(layer(upstream).proxy, environ)
    assert status == 400
    assert json.loads(body)["errors"][0]["code"] == "proxy_request_failed"
    assert upstream.requests == []


def test_the_proxy_may_be_off():
    off = FrontendApiProxyLayer(hello, enabled=False)
    assert TestApp(off).get("/__clerk/v1").text == "hello"


def test_the_proxy_may_depend_on_the_request():
    upstream = Upstream(headers=OK, body=b"clerk")
    browser = site(upstream, enabled=lambda request: request.url.host == "a.example")
    assert browser.get("/__clerk", headers={"Host": "a.example"}).text == "clerk"
    assert browser.get("/__clerk", headers={"Host": "b.example"}).text == "hello"


def test_each_tenant_has_its_own_key():
    def options(request):
        return {"secret_key": f"sk_live_{request.url.host}"}

    upstream = Upstream(headers=OK)
    browser = site(upstream, secret_key="", options=options)
    for host in ("a.example", "b.example", "a.example"):
        browser.get("/__clerk", headers={"Host": host})
    assert [each.headers["clerk-secret-key"] for each in upstream.requests] == [
        *("sk_live_a.example", "sk_live_b.example", "sk_live_a.example")
    ]


def test_a_tenants_wrong_option_is_told_in_one_line():
    browser = site(Upstream(), options=lambda request: {"fapi_url": "ftp://x"})
    answer = browser.get("/__clerk", status=500)
    assert answer.json["errors"] == [
        {
            "code": "proxy_configuration_error",
            "message": "FAPI URL must use http or https",
        }
    ]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"secret_key": ""}, "CLERK_SECRET_KEY"),
        ({"publishable_key": ""}, "CLERK_PUBLISHABLE_KEY"),
        ({"secret_key": 7}, "option secret_key"),
        ({"fapi_url": ["https://a.example"]}, "option fapi_url"),
        ({"fapi_url": "http://fapi.example.net"}, "CLERK_FAPI_URL"),
        ({"path": "__clerk"}, "option path"),
        ({"path": "//evil"}, "option path"),
        ({"path": "/a/../b"}, "option path"),
        ({"path": "/a b"}, "option path"),
        ({"path": "/a?b"}, "option path"),
        ({"path": 7}, "option path"),
        ({"enabled": "yes"}, "option enabled"),
        ({"trust_forwarded_headers": "yes"}, "option trust_forwarded_headers"),
        ({"transport": "nowhere"}, "'nowhere'"),
    ],
    ids=repr,
)
def test_a_wrong_option_fails_when_the_chain_is_built(options, said):
    with pytest.raises(ConfigurationError, match=said):
        layer(**{"upstream": Upstream(), **options})
