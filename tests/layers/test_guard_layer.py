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

KEYS = {"publishable_key": PUBLISHABLE_KEY, "jwt_key": PEM, "clock": epoch_ms}
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
    [None, 5, ["/a"], {"/a": {"rol": "admin"}}, {"/a(": {}}, {"/a": {"check": 1}}],
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
    def fails(auth, request):
        raise LookupError("mine")

    with pytest.raises(LookupError):
        site(fails).get("/")


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
