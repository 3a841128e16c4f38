"""With `public`, everything else needs a session; handlers and rules come on top."""

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
from werkzeug.wrappers import Response

from clerk_wsgi import (
    Chain,
    ClerkMiddleware,
    ConfigurationError,
    RouteGuardLayer,
    SessionLayer,
    auth,
    create_route_matcher,
)

KEYS = {"publishable_key": PUBLISHABLE_KEY, "jwt_key": PEM, "clock": epoch_ms}
ADMIN = bearer(mint(IN_ORGANIZATION))
MEMBER = bearer(mint())
PUBLIC = ["/", "/sign-in(.*)", "/static/(.*)"]


def reached(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"reached as {auth().user_id}".encode()]


def site(handler=None, public=PUBLIC, **options):
    guard = partial(RouteGuardLayer, handler=handler, public=public)
    session = partial(SessionLayer, **KEYS, **options)
    return TestApp(Chain(validator, session, validator, guard, validator)(reached))


def status(app, path, headers=API):
    return app.get(path, headers=headers, expect_errors=True).status_int


@pytest.mark.parametrize("path", ["/", "/sign-in", "/sign-in/sso", "/static/site.css"])
def test_what_is_named_is_for_everybody(path):
    assert site().get(path, headers=API).text == "reached as None"
    assert site().get(path, headers=MEMBER).text == "reached as user_1"


@pytest.mark.parametrize(
    "path",
    [
        "/anything",
        "/Static/site.css",
        "/sign-internal",
        "/static",
        "/static/%252e%252e/x",
    ],
)
def test_all_the_rest_needs_a_session(path):
    app = site()
    assert status(app, path) == 404
    assert app.get(path, headers=PAGE, status=307).location.startswith(SIGN_IN)
    assert app.get(path, headers=MEMBER).text == "reached as user_1"


def test_nothing_may_be_named_at_all():
    assert status(site(public=[]), "/") == 404
    assert status(site(public=()), "/", MEMBER) == 200


@pytest.mark.parametrize("path", ["/static/../admin", "/static/%5C", "/static/%FF"])
def test_paths_that_no_browser_sends_are_not_public(path):
    assert status(site(), path) == 400


def test_doubled_slashes_are_folded_first():
    assert status(site(), "//") == 200
    assert status(site(), "//admin//x") == 404


def test_a_rule_holds_also_where_the_path_is_public():
    app = site({"/static/admin(.*)": {"role": "org:admin"}})
    assert status(app, "/static/site.css") == 200
    assert status(app, "/static/admin.css") == 404
    assert status(app, "/static/admin.css", MEMBER) == 404
    assert status(app, "/static/admin.css", ADMIN) == 200


def test_a_rule_says_all_about_its_paths():
    """Else nobody could let machines in where everything else is for people."""
    app = site({"/api/(.*)": {"token": "api_key"}})
    assert status(app, "/api/x", MEMBER) == 401
    assert status(app, "/other", MEMBER) == 200
    assert status(app, "/other") == 404


def test_a_handler_is_asked_about_those_who_are_signed_in_and_about_what_is_public():
    asked = []

    def check(auth, request):
        asked.append((request.path, auth.user_id))
        if is_admin(request):
            auth.protect(role="org:admin")

    is_admin = create_route_matcher(["/admin(.*)"])
    app = site(check)
    assert status(app, "/admin") == 404
    assert asked == []
    assert status(app, "/") == 200
    assert status(app, "/admin", MEMBER) == 404
    assert status(app, "/admin", ADMIN) == 200
    assert asked == [("/", None), ("/admin", "user_1"), ("/admin", "user_1")]


def test_no_handler_can_answer_for_what_is_protected():
    app = site(lambda auth, request: Response("from the handler"))
    assert status(app, "/admin") == 404
    assert app.get("/", headers=API).text == "from the handler"


def test_a_pending_session_is_nobody():
    pending = bearer(mint({"sts": "pending"}))
    assert status(site(), "/admin", pending) == 404


@pytest.mark.parametrize(
    ("public", "told"),
    [
        ("/", "option public is a list"),
        (["about"], "option public holds 'about'"),
        (["/a("], "option public holds a wrong pattern"),
    ],
    ids=str,
)
@pytest.mark.parametrize("build", [RouteGuardLayer, partial(ClerkMiddleware, **KEYS)])
def test_a_mistake_fails_when_the_chain_is_built(build, public, told):
    with pytest.raises(ConfigurationError, match=told):
        build(reached, public=public)


def test_a_guard_that_could_guard_nothing_is_a_mistake():
    with pytest.raises(ConfigurationError, match=r"handler.*public"):
        RouteGuardLayer(reached)


def test_the_middleware_takes_the_option_as_well():
    app = TestApp(ClerkMiddleware(reached, public=PUBLIC, **KEYS))
    assert (status(app, "/"), status(app, "/x"), status(app, "/x", MEMBER)) == (
        200,
        404,
        200,
    )


def test_the_middleware_takes_it_with_rules():
    app = ClerkMiddleware(reached, {"/a": {"role": "org:admin"}}, public=["/"], **KEYS)
    app = TestApp(app)
    assert [status(app, path, MEMBER) for path in ("/", "/a", "/b")] == [200, 404, 200]


@pytest.mark.parametrize("name", ["sign_in_url", "sign_up_url"])
def test_a_page_for_signing_in_that_needs_a_session_is_a_mistake(name):
    with pytest.raises(ConfigurationError, match=f"option {name} is '/login'"):
        ClerkMiddleware(reached, public=["/"], **KEYS, **{name: "/login"})
    ClerkMiddleware(reached, public=["/", "/login(.*)"], **KEYS, **{name: "/login"})
    ClerkMiddleware(reached, {"/x": {}}, **KEYS, **{name: "/login"})
