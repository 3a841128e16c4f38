"""Handlers and rules decide before the application is asked."""

from functools import partial
from wsgiref.validate import validator

import pytest
from clerk_tokens import (
    API,
    IN_ORGANIZATION,
    PAGE,
    PEM,
    PUBLISHABLE_KEY,
    SIGN_IN,
    bearer,
    epoch_ms,
    mint,
)
from webtest import TestApp
from werkzeug.exceptions import Forbidden
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.wrappers import Response

from clerk_wsgi import (
    Chain,
    ClerkMiddleware,
    ConfigurationError,
    MissingMiddleware,
    RouteGuardLayer,
    SessionLayer,
    auth,
    create_route_matcher,
)
from clerk_wsgi.core.events import DecisionFailed

KEYS = {"publishable_key": PUBLISHABLE_KEY, "jwt_key": PEM, "clock": epoch_ms}
CANARY = "eyJ-canary"
SESSION = partial(SessionLayer, **KEYS)
ADMIN = bearer(mint(IN_ORGANIZATION))
MEMBER = bearer(mint({**IN_ORGANIZATION, "o": {"id": "org_1", "rol": "member"}}))


def reached(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"reached"]


def site(handler, **options):
    guard = partial(RouteGuardLayer, handler=handler)
    session = partial(SESSION, **options)
    return TestApp(Chain(validator, session, validator, guard, validator)(reached))


def status(app, path, headers=API):
    return app.get(path, headers=headers, expect_errors=True).status_int


def test_rules_protect_the_paths_that_they_name():
    app = site({"/dashboard(.*)": {}, "/admin(.*)": {"role": "org:admin"}})
    assert status(app, "/") == 200
    assert status(app, "/dashboard/x") == 404
    assert status(app, "/dashboard/x", MEMBER) == 200
    assert status(app, "/admin", MEMBER) == 404
    assert status(app, "/admin", ADMIN) == 200


def test_every_rule_that_matches_must_hold():
    app = site({"/a(.*)": {"role": "admin"}, "/(.*)": {"permission": "org:x:y"}})
    assert status(app, "/a", ADMIN) == 404
    both = site({"/a(.*)": {"role": "admin"}, "/(.*)": {}})
    assert status(both, "/a", ADMIN) == 200


def test_a_rule_may_send_people_elsewhere():
    app = site({"/admin(.*)": {"role": "admin", "unauthorized_url": "/sorry"}})
    answer = app.get("/admin", headers={**MEMBER, **PAGE}, status=307)
    assert answer.location == "http://localhost/sorry"


@pytest.mark.parametrize(
    "rules",
    [
        *(None, 5, ["/a"], {"/a": {"rol": "admin"}}, {"/a(": {}}, {"/a": {"check": 1}}),
        {"/a": {"self": 1}},
        *({"a": {}}, {"": {}}, {5: {}}, {"/a": None}, {"/a": "org:admin"}),
        *({"/users/<id>": {}}, {"/users/<int:id>": {}}),
    ],
    ids=str,
)
def test_wrong_rules_fail_when_the_chain_is_built(rules):
    with pytest.raises(ConfigurationError):
        RouteGuardLayer(reached, rules)


def test_a_handler_protects_with_a_predicate():
    is_admin = create_route_matcher(["/admin(.*)"])

    def check(auth, request):
        if is_admin(request):
            auth.protect(lambda has: has(role="x") or has(role="org:admin"))

    app = site(check)
    assert status(app, "/admin", ADMIN) == 200
    assert status(app, "/admin", MEMBER) == 404
    assert status(app, "/", MEMBER) == 200


async def waits_for_nobody(has):
    return True


@pytest.mark.parametrize(
    "check",
    [lambda has: None, lambda has: 0, lambda has: has, lambda has: has()],
    ids=["nothing", "zero", "a function", "nothing asked"],
)
def test_what_is_no_clear_yes_is_a_no(check):
    assert status(site(lambda auth, request: auth.protect(check) and None), "/") == 404
    app = site(lambda auth, request: auth.protect(check) and None)
    assert status(app, "/", ADMIN) == 404


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
def test_a_check_that_nobody_awaits_is_a_no():
    app = site(lambda auth, request: auth.protect(waits_for_nobody) and None)
    assert status(app, "/", ADMIN) == 404


def test_a_handler_may_answer_itself():
    app = site(lambda auth, request: Response("closed", 418))
    assert app.get("/", status=418).text == "closed"


def test_a_handler_may_hand_over_to_other_middleware():
    def shout(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [environ["PATH_INFO"].upper().encode()]

    app = site(lambda auth, request: shout)
    assert app.get("/quiet").text == "/QUIET"


@pytest.mark.parametrize("answer", [True, "text", 5])
def test_a_handler_that_returns_something_else_is_a_mistake(answer):
    with pytest.raises(TypeError, match="returns None or a WSGI application"):
        site(lambda auth, request: answer).get("/")


def test_an_exception_of_the_handler_reaches_the_server_and_nothing_else_runs():
    served = []

    def fails(auth, request):
        raise LookupError("mine")

    app = SESSION(RouteGuardLayer(lambda *given: served.append(given), fails))
    with pytest.raises(LookupError, match="mine"):
        TestApp(app).get("/")
    assert served == []


def fails(has):
    return {}[CANARY]


@pytest.mark.parametrize("headers", [API | ADMIN, PAGE | ADMIN], ids=["api", "page"])
def test_a_check_that_fails_lets_nobody_in_and_is_logged(headers, caplog):
    heard = []
    app = site(
        lambda auth, request: auth.protect(fails) and None, on_event=heard.append
    )
    answer = app.get("/", headers=headers, status=404)
    (record,) = caplog.records
    assert (record.name, record.levelname) == ("clerk_wsgi", "ERROR")
    assert f" at {__file__}:" in record.getMessage()
    assert record.getMessage().endswith(" in passes with KeyError")
    assert CANARY not in caplog.text + answer.text + repr(heard)
    (failed,) = (each for each in heard if isinstance(each, DecisionFailed))
    assert (failed.where, failed.error) == ("check", "KeyError")
    assert f"({failed.mark})" in record.getMessage()


def test_a_mistake_has_the_same_mark_whenever_it_is_made():
    def marks(check):
        heard = []
        app = site(lambda auth, _: auth.protect(check) and None, on_event=heard.append)
        for _ in range(2):
            app.get("/", headers=API | ADMIN, status=404)
        return {each.mark for each in heard if isinstance(each, DecisionFailed)}

    assert len(marks(fails)) == 1
    assert marks(fails).isdisjoint(marks(lambda has: {}["x"]))


def test_a_check_may_answer_by_itself():
    def forbid(has):
        raise Forbidden

    app = SESSION(
        RouteGuardLayer(reached, lambda auth, _: auth.protect(forbid) and None)
    )
    with pytest.raises(Forbidden):
        TestApp(app).get("/", headers=API | ADMIN)


def test_a_rule_that_cannot_be_judged_lets_nobody_in(caplog):
    """A mistake of ours: the token's claims would have to be no claims."""

    class Buggy(RouteGuardLayer):
        def rules_for(self, path):
            raise RuntimeError(CANARY)

    answer = TestApp(SESSION(Buggy(reached, {"/": {}}))).get("/", status=503)
    assert answer.headers["Retry-After"] == "5"
    assert CANARY not in caplog.text + answer.text


def test_a_refusal_that_the_handler_turned_into_an_error_stays_one():
    def fails(auth, request):
        try:
            auth.protect()
        except Exception:
            raise RuntimeError from None

    assert status(site(fails), "/") == 404


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_what_ends_a_process_flies_through_the_guard(error):
    def fails(auth, request):
        raise error

    with pytest.raises(error):
        site(fails).get("/")


def test_an_exception_of_the_application_is_its_own():
    def fails(environ, start_response):
        raise LookupError("mine")

    app = SESSION(RouteGuardLayer(fails, lambda auth, request: None))
    with pytest.raises(LookupError, match="mine"):
        TestApp(app).get("/")
    instead = SESSION(RouteGuardLayer(reached, lambda auth, request: fails))
    with pytest.raises(LookupError, match="mine"):
        TestApp(instead).get("/")


def test_the_handler_may_use_the_ambient_auth():
    app = site(lambda auth_, request: auth.protect() and None)
    assert status(app, "/") == 404
    assert status(app, "/", ADMIN) == 200


def test_a_redirect_from_the_handler():
    app = site(lambda auth, request: auth.redirect_to_sign_in())
    answer = app.get("/x?y=1", status=307)
    assert answer.location == (
        f"{SIGN_IN}?redirect_url=http%3A%2F%2Flocalhost%2Fx%3Fy%3D1"
    )


@pytest.mark.parametrize(
    "path", ["/a/../admin", "/%5Cadmin", "/admin%0A", "/admin%FF", "/./x", "/%00"]
)
def test_paths_that_no_browser_sends_get_400(path):
    app = site(lambda auth, request: None)
    answer = app.get(path, headers=ADMIN, status=400)
    assert "reached" not in answer.text


def test_doubled_slashes_are_the_same_path():
    app = site({"/admin(.*)": {}})
    assert status(app, "//admin") == 404
    assert status(app, "///admin//users") == 404


PATHS = {
    "folded": ("//admin///users", "/admin/users"),
    "in Latin-1, as WSGI wants it": ("//caf%C3%A9", "/caf\u00c3\u00a9"),
    "as it was": ("/a/", "/a/"),
}


@pytest.mark.parametrize(("sent", "routed"), PATHS.values(), ids=PATHS)
def test_the_application_routes_on_the_path_that_was_guarded(sent, routed):
    seen = []

    def routes(environ, start_response):
        seen.append(environ["PATH_INFO"])
        return reached(environ, start_response)

    TestApp(SESSION(RouteGuardLayer(routes, lambda auth, request: None))).get(sent)
    assert seen == [routed]


@pytest.mark.parametrize("path", ["", ...], ids=["empty", "absent"])
def test_an_empty_path_stays_empty(path):
    seen = []

    def routes(environ, start_response):
        seen.append(environ.get("PATH_INFO", ...))
        return reached(environ, start_response)

    def empties(environ, start_response):
        environ["PATH_INFO"] = path
        if path is ...:
            del environ["PATH_INFO"]
        return guarded(environ, start_response)

    guarded = SESSION(RouteGuardLayer(routes, lambda auth, request: None))
    TestApp(empties).get("/")
    assert seen == [path]


def test_the_guard_answers_a_refusal_itself():
    """For layers between it and the session, which see no exception."""
    seen = []

    def between(app):
        def ask(environ, start_response):
            answer = app(environ, start_response)
            seen.append(type(answer))
            return answer

        return ask

    app = TestApp(SESSION(between(RouteGuardLayer(reached, {"/a": {}}))))
    assert status(app, "/a") == 404
    assert len(seen) == 1


def test_a_guard_below_a_mount_sees_the_path_below_it():
    """Also where the request was judged outside already, by the same options."""
    inner = ClerkMiddleware(reached, {"/admin(.*)": {}}, **KEYS)
    mounted = DispatcherMiddleware(reached, {"/shop": inner})
    app = TestApp(ClerkMiddleware(mounted, {"/office(.*)": {}}, **KEYS))
    assert status(app, "/shop/admin") == 404
    assert status(app, "/shop//admin") == 404
    assert status(app, "/shop/admin", ADMIN) == 200
    assert status(app, "/shop") == 200
    assert status(app, "/admin") == 200
    assert status(app, "/office") == 404
    page = app.get("/shop/admin", headers=PAGE, status=307)
    assert page.location.endswith("redirect_url=http%3A%2F%2Flocalhost%2Fshop%2Fadmin")


def test_a_handler_below_a_mount_sees_the_path_below_it():
    seen = []
    inner = ClerkMiddleware(
        reached, lambda _, request: seen.append(request.path), **KEYS
    )
    mounted = DispatcherMiddleware(reached, {"/shop": inner})
    TestApp(ClerkMiddleware(mounted, {}, **KEYS)).get("/shop/a")
    assert seen == ["/a"]


def test_401_where_the_option_says_so():
    app = site({"/(.*)": {}}, unauthenticated_status=401)
    answer = app.get("/", headers=API, status=401)
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert app.get("/", headers=PAGE, status=307).location.startswith(SIGN_IN)


def test_a_guard_without_a_session_layer_is_a_mistake_and_no_open_door():
    with pytest.raises(MissingMiddleware, match="ClerkMiddleware or SessionLayer"):
        TestApp(RouteGuardLayer(reached, {"/a": {}})).get("/")


def test_the_middleware_takes_rules_as_well():
    app = TestApp(ClerkMiddleware(reached, {"/admin(.*)": {}}, **KEYS))
    assert status(app, "/admin") == 404
    assert status(app, "/") == 200
