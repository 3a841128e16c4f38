"""`auth.protect()` answers in any framework, and none of them has heard of it."""

from io import StringIO
from wsgiref.validate import validator

import pytest
from clerk_frameworks import FRAMEWORKS
from clerk_requests import NoKeys
from clerk_server import environ_for, serve
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
from pyramid.config import Configurator
from webtest import TestApp
from werkzeug.exceptions import HTTPException

from clerk_wsgi import ClerkMiddleware, MissingMiddleware, auth

BACK = "redirect_url=http%3A%2F%2Flocalhost%2F"


def protected():
    auth.protect()
    return f"Hello {auth().user_id}."


def admin():
    auth.protect(role="org:admin")
    return f"Hello {auth().org_role}."


def lazy():
    yield b"Hello "
    yield f"{auth().user_id}.".encode()


def lazily_protected():
    auth.protect()
    yield b"Hello "
    yield f"{auth().user_id}.".encode()


def broken():
    raise RuntimeError("This is the application's own mistake.")


def forgiving():
    try:
        auth.protect()
    except HTTPException:
        return "Hello stranger."
    return "Hello."


VIEWS = {
    "/protected": protected,
    "/admin": admin,
    "/lazy": lazy,
    "/lazily-protected": lazily_protected,
    "/broken": broken,
    "/forgiving": forgiving,
}


class Watched:
    """An application whose bodies tell how often they were closed.

    Some frameworks write down the traceback of what they did not expect: nobody reads.
    """

    def __init__(self, app):
        self.app = app
        self.bodies = []

    def __call__(self, environ, start_response):
        environ["wsgi.errors"] = StringIO()
        body = WatchedBody(self.app(environ, start_response))
        self.bodies.append(body)
        return body


class WatchedBody:
    def __init__(self, body):
        self.body = body
        self.closed = 0
        self.parts = iter(body)

    def __iter__(self):
        return self

    def __next__(self):
        return next(self.parts)

    def close(self):
        self.closed += 1
        if hasattr(self.body, "close"):
            self.body.close()


@pytest.fixture(params=sorted(FRAMEWORKS))
def inner(request):
    return Watched(FRAMEWORKS[request.param](VIEWS))


@pytest.fixture
def browse(inner):
    def browse(**options):
        options = {
            "publishable_key": PUBLISHABLE_KEY,
            "jwt_key": PEM,
            "clock": epoch_ms,
            **options,
        }
        return TestApp(ClerkMiddleware(validator(inner), **options))

    return browse


def test_a_page_without_a_session_leads_to_sign_in_and_back(browse, inner):
    page = browse().get("/protected?tab=1", headers=PAGE, status=307)
    assert page.location == f"{SIGN_IN}?{BACK}protected%3Ftab%3D1"
    assert page.body == b""
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Vary"] == "Cookie, Authorization"
    assert [body.closed for body in inner.bodies] in ([], [1])


def test_an_api_call_without_a_session_finds_nothing(browse, inner):
    answer = browse().get("/protected", headers=API, status=404)
    assert answer.body == b"Not Found\n"
    assert [body.closed for body in inner.bodies] in ([], [1])


def test_an_api_call_is_told_to_authenticate_where_that_is_wanted(browse):
    browser = browse(unauthenticated_status=401)
    answer = browser.get("/protected", headers=API, status=401)
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_forged_token_is_nobody(browse):
    browse().get("/protected", headers=bearer(mint(key="b")), status=404)


def test_a_user_passes(browse):
    answer = browse().get("/protected", headers=bearer(mint()), status=200)
    assert answer.text == "Hello user_1."


def test_a_user_without_the_role_finds_nothing(browse):
    headers = bearer(mint()) | PAGE
    answer = browse().get("/admin", headers=headers, status=404)
    assert answer.headers["X-Clerk-Auth-Reason"] == "protect-rewrite"
    assert answer.body == b"Not Found\n"


def test_a_user_with_the_role_passes(browse):
    headers = bearer(mint(IN_ORGANIZATION))
    answer = browse().get("/admin", headers=headers, status=200)
    assert answer.text == "Hello org:admin."


def test_without_keys_nobody_can_tell(browse):
    browser = browse(backend=NoKeys())
    for headers in (API, PAGE):
        headers = bearer(mint()) | headers
        answer = browser.get("/protected", headers=headers, status=503)
        assert answer.headers["Retry-After"] == "5"


def test_a_post_is_refused_like_any_other_request(browse):
    app = browse()
    app.post("/protected", "a=1", headers=API, status=[404, 405])
    app.post("/protected", "a=1", headers=PAGE, status=[307, 405])


def test_the_answer_to_a_head_request_has_no_body(browse):
    answer = browse().head("/protected", headers=API, status=404)
    assert answer.body == b""


def test_a_lazily_produced_body_sees_who_asks(browse, inner):
    answer = browse().get("/lazy", headers=bearer(mint()), status=200)
    assert answer.text == "Hello user_1."
    assert [body.closed for body in inner.bodies] == [1]


def test_a_lazily_produced_body_can_refuse_before_it_begins(browse, inner):
    app = browse().app
    page = serve(app, environ_for("/lazily-protected", PAGE))
    assert (page.status, page.body) == (307, b"")
    assert page.header("Location") == f"{SIGN_IN}?{BACK}lazily-protected"
    answer = serve(app, environ_for("/lazily-protected", API))
    assert (answer.status, answer.body) == (404, b"Not Found\n")
    assert {body.closed for body in inner.bodies} == {1}


def test_a_lazily_produced_body_passes_users(browse):
    answer = browse().get("/lazily-protected", headers=bearer(mint()), status=200)
    assert answer.text == "Hello user_1."


def test_a_mistake_of_the_application_stays_its_own(browse):
    browser = browse()
    try:
        answer = browser.get("/broken", status=500)
    except RuntimeError as error:
        assert str(error) == "This is the application's own mistake."  # noqa: PT017
    else:
        assert "X-Clerk-Redirect-To" not in answer.headers


def test_an_application_may_answer_strangers_after_all(browse):
    answer = browse().get("/forgiving", headers=PAGE, status=200)
    assert answer.text == "Hello stranger."


def test_a_refusal_is_forgotten_with_its_request(browse):
    browser = browse()
    browser.get("/protected", headers=API, status=404)
    answer = browser.get("/lazy", headers=API, status=200)
    assert answer.text == "Hello None."


@pytest.mark.parametrize("name", sorted(FRAMEWORKS))
def test_nobody_is_there_after_the_answer_was_closed(name):
    kept = []

    def view():
        kept.append(auth)
        yield b"Hello."

    app = ClerkMiddleware(
        FRAMEWORKS[name]({"/": view}),
        publishable_key=PUBLISHABLE_KEY,
        jwt_key=PEM,
        clock=epoch_ms,
    )
    TestApp(app).get("/", headers=bearer(mint()), status=200)
    with pytest.raises(MissingMiddleware):
        kept[0]()


class Refuser:
    """The error page of somebody who caught the refusal, with a body of its own."""

    def __init__(self):
        self.page = WatchedBody([b"Something ", b"went wrong."])
        self.written = 0

    def __call__(self, environ, start_response):
        try:
            auth.protect()
        except HTTPException as error:
            exc_info = (type(error), error, error.__traceback__)
            headers = [("Content-Type", "text/html"), ("X-Error-Page", "yes")]
            write = start_response("500 Internal Server Error", headers, exc_info)
            write(b"We are sorry. ")
        return self.page


def test_an_error_page_is_not_sent_in_place_of_a_refusal():
    app = Refuser()
    browser = TestApp(
        ClerkMiddleware(
            app, publishable_key=PUBLISHABLE_KEY, jwt_key=PEM, clock=epoch_ms
        )
    )
    answer = browser.get("/", headers=API, status=404)
    assert answer.body == b"Not Found\n"
    assert "X-Error-Page" not in answer.headers
    assert app.page.closed == 1
    assert list(app.page) == [b"Something ", b"went wrong."]


def redirecting_flask():
    return FRAMEWORKS["flask"]({"/": lambda: auth().redirect_to_sign_in()})


def redirecting_pyramid():
    with Configurator() as config:
        config.add_route("page", "/")
        config.add_view(
            lambda request: request.get_response(auth().redirect_to_sign_in()),
            route_name="page",
        )
        return config.make_wsgi_app()


def redirecting_bare():
    def app(environ, start_response):
        return auth().redirect_to_sign_in()(environ, start_response)

    return app


@pytest.mark.parametrize(
    "build", [redirecting_flask, redirecting_pyramid, redirecting_bare]
)
def test_a_view_may_return_the_redirect_to_sign_in(build):
    app = ClerkMiddleware(
        build(), publishable_key=PUBLISHABLE_KEY, jwt_key=PEM, clock=epoch_ms
    )
    page = TestApp(app).get("/?a=b", status=307)
    assert page.location == f"{SIGN_IN}?{BACK}%3Fa%3Db"
    assert page.headers["X-Clerk-Redirect-To"] == "true"
