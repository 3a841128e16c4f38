"""One request's user is no other request's, and applications stay as they were."""

import json
import threading
from io import BytesIO
from wsgiref.util import FileWrapper
from wsgiref.validate import validator

import pytest
from clerk_server import environ_for, serve
from clerk_tokens import (
    API,
    DEVELOPMENT_KEY,
    IN_ORGANIZATION,
    PAGE,
    PEM,
    PUBLISHABLE_KEY,
    bearer,
    cookie_header,
    epoch_ms,
    mint,
    signed_in_cookies,
)
from forging import HEADER, NOW, compact, private_key
from webtest import TestApp

from clerk_wsgi import (
    Chain,
    ClerkMiddleware,
    DebugLayer,
    MissingMiddleware,
    OrganizationSyncLayer,
    RouteGuardLayer,
    SessionLayer,
    VerificationKey,
    auth,
    get_auth,
    get_state,
)
from clerk_wsgi.backends.pem import PemBackend

OTHER_KEY = "pk_live_Y2xlcmsub3RoZXIuY29tJA=="  # clerk.other.com
PLAIN = ("Content-Type", "text/plain")
VARY = "Cookie, Authorization"
ROUNDS = 300


class CountingBackend:
    """Finds the key of the tests and counts who asks for it."""

    def __init__(self):
        self.asked = 0
        self.pem = PemBackend(PEM)

    def find_key(self, kid):
        self.asked += 1
        return self.pem.find_key(kid)


def with_session(app, **options):
    options = {
        "publishable_key": PUBLISHABLE_KEY,
        "jwt_key": PEM,
        "clock": epoch_ms,
        "backend": PemBackend(PEM),
        **options,
    }
    return SessionLayer(app, **options)


def hello(environ, start_response):
    start_response("200 OK", [PLAIN])
    return [f"Hello {auth().user_id}.".encode()]


def lazily(environ, start_response):
    start_response("200 OK", [PLAIN])
    yield b"Hello "
    yield f"{auth().user_id}.".encode()


def as_user(name):
    return API | bearer(mint({"sub": name}))


# Linters on both sides ---------------------------------------------------------------


def rules(app):
    return RouteGuardLayer(
        app, {"/private(.*)": {}, "/admin(.*)": {"role": "org:admin"}}
    )


def switches(app):
    return OrganizationSyncLayer(app, organization_patterns=["/orgs/:slug(.*)"])


LAYERS = [DebugLayer, with_session, rules, switches]


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
@pytest.mark.parametrize("headers", [API, PAGE], ids=["api", "page"])
@pytest.mark.parametrize("who", ["nobody", "a user", "an admin", "a stranger"])
@pytest.mark.parametrize("app", [hello, lazily])
def test_every_layer_speaks_wsgi_on_both_sides(app, who, headers, method):
    layers = [each for layer in LAYERS for each in (validator, layer)]
    browser = TestApp(Chain(*layers, validator)(app))
    tokens = {
        "a user": mint(),
        "an admin": mint(IN_ORGANIZATION),
        "a stranger": mint(key="b"),
    }
    if who in tokens:
        cookies = cookie_header(signed_in_cookies(tokens[who]))
        headers = headers | {"Cookie": cookies}
    statuses = [200, 307, 404]
    for path in ("/", "/private", "/admin", "/orgs/other", "//admin//x"):
        browser.request(path, method=method, headers=headers, status=statuses)


# Threads -----------------------------------------------------------------------------


def in_threads(*works):
    """Runs the functions at once; what one of them raises is raised here."""
    errors = []

    def run(work):
        try:
            work()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []


def test_two_threads_never_see_each_others_user():
    barrier = threading.Barrier(2, timeout=30)

    def site(environ, start_response):
        barrier.wait()
        seen = [auth().user_id]
        start_response("200 OK", [PLAIN])
        barrier.wait()
        seen.append(auth().user_id)
        yield f"{seen[0]} {seen[1]} ".encode()
        barrier.wait()
        yield f"{auth().user_id} {get_auth(environ).user_id}".encode()

    app = with_session(site)

    def visit(headers, user):
        for _ in range(ROUNDS):
            answer = serve(app, environ_for("/", headers))
            assert answer.body.decode() == " ".join([str(user)] * 4)

    in_threads(
        lambda: visit(as_user("alice"), "alice"), lambda: visit(as_user("bob"), "bob")
    )
    in_threads(lambda: visit(as_user("alice"), "alice"), lambda: visit(API, None))


def test_bodies_that_take_turns_in_one_thread_keep_their_users():
    app = with_session(lazily)
    users = ["alice", "bob", None, "carol"]
    bodies = []
    for user in users:
        headers = as_user(user) if user else API
        environ = environ_for("/", headers)
        environ.update({"wsgi.url_scheme": "http", "wsgi.input": BytesIO()})
        bodies.append(app(environ, lambda *_: None))
    assert {next(body) for body in bodies} == {b"Hello "}
    for user, body in reversed(list(zip(users, bodies, strict=True))):
        assert next(body) == f"{user}.".encode()
    for body in bodies:
        with pytest.raises(StopIteration):
            next(body)
        body.close()


def test_a_body_may_be_sent_by_another_thread():
    app = with_session(lazily)
    environ = environ_for("/", as_user("alice")) | {"wsgi.url_scheme": "http"}
    body = app(environ, lambda *_: None)
    found = []
    in_threads(lambda: found.extend(body))
    body.close()
    assert found == [b"Hello ", b"alice."]


def test_a_thread_that_the_application_started_knows_nobody():
    seen = []

    def ask():
        with pytest.raises(MissingMiddleware):
            auth()
        seen.append("nobody")

    def site(environ, start_response):
        in_threads(ask)
        return hello(environ, start_response)

    TestApp(with_session(site)).get("/", headers=as_user("alice"))
    assert seen == ["nobody"]


# Sessions within sessions ------------------------------------------------------------


def test_nested_layers_judge_a_request_once():
    backend = CountingBackend()
    app = hello
    for _ in range(4):
        app = with_session(app, backend=backend)
    answer = TestApp(app).get("/", headers=as_user("alice"))
    assert answer.text == "Hello alice."
    assert backend.asked == 1


def test_a_layer_of_another_instance_judges_for_itself():
    """Who is known to one instance is not known to another inside it."""
    inner = with_session(hello, publishable_key=OTHER_KEY, backend=NobodysKey())
    answer = TestApp(with_session(inner)).get("/", headers=as_user("alice"))
    assert answer.text == "Hello None."


class NobodysKey:
    """The key of another instance."""

    def find_key(self, kid):
        return VerificationKey(private_key("b").public_key())


def test_an_environ_that_is_used_again_is_judged_again():
    app = with_session(hello)
    environ = environ_for("/", as_user("alice")) | {"wsgi.url_scheme": "http"}
    assert app(environ, lambda *_: None) == [b"Hello alice."]
    del environ["HTTP_AUTHORIZATION"]
    assert app(environ, lambda *_: None) == [b"Hello None."]


class Foreigner:
    is_over = False
    status = "signed-in"
    user_id = "mallory"


@pytest.mark.parametrize("name", ["visit", "state", "request"])
@pytest.mark.parametrize("value", ["mallory", None, Foreigner(), Foreigner, b"", {}])
def test_what_somebody_else_left_under_our_names_is_overwritten(name, value):
    def site(environ, start_response):
        assert environ[f"clerk_wsgi.{name}"] is not value
        assert get_state(environ).status == "signed-out"
        return hello(environ, start_response)

    browser = TestApp(with_session(site), extra_environ={f"clerk_wsgi.{name}": value})
    assert browser.get("/", headers=API).text == "Hello None."


# Headers -----------------------------------------------------------------------------


def site_with(*headers, reads=True):
    def site(environ, start_response):
        said = f"Hello {auth().user_id}." if reads else "Hello."
        start_response("200 OK", [PLAIN, *headers])
        return [said.encode()]

    return site


@pytest.mark.parametrize("who", [API, as_user("alice")], ids=["nobody", "alice"])
def test_a_page_that_looked_who_is_there_is_nobody_elses(who):
    answer = TestApp(with_session(site_with())).get("/", headers=who)
    assert answer.headers.getall("Cache-Control") == ["private"]
    assert answer.headers.getall("Vary") == [VARY]


@pytest.mark.parametrize("who", [API, as_user("alice")], ids=["nobody", "alice"])
def test_a_page_that_did_not_look_is_everybodys(who):
    answer = TestApp(with_session(site_with(reads=False))).get("/", headers=who)
    assert "Cache-Control" not in answer.headers
    assert "Vary" not in answer.headers


@pytest.mark.parametrize("name", ["Cache-Control", "cache-control", "CACHE-CONTROL"])
def test_what_the_application_says_about_caches_stays(name):
    app = site_with((name, "max-age=5"), ("Vary", "Accept"), ("Set-Cookie", "a=b"))
    answer = TestApp(with_session(app)).get("/", headers=as_user("alice"))
    assert answer.headers.getall("Cache-Control") == ["max-age=5"]
    assert answer.headers.getall("Vary") == ["Accept"]
    assert answer.headers.getall("Set-Cookie") == ["a=b"]


def test_an_answer_that_sets_our_cookies_is_stored_by_nobody():
    directives = [f"__session={mint()}; Path=/", f"__client_uat={NOW}; Path=/"]
    token = compact(HEADER, {"handshake": directives})
    headers = PAGE | {"Cookie": f"__clerk_handshake={token}"}
    app = site_with(("Cache-Control", "public"), ("Set-Cookie", "a=b"), reads=False)
    answer = TestApp(with_session(app)).get("/", headers=headers)
    assert answer.headers.getall("Cache-Control") == ["no-store"]
    assert answer.headers.getall("Set-Cookie") == ["a=b", *directives]


def test_a_handshake_is_stored_by_nobody():
    app = with_session(hello, publishable_key=DEVELOPMENT_KEY)
    answer = TestApp(app).get("/", headers=PAGE, status=307)
    assert answer.headers.getall("Cache-Control") == ["no-store"]
    assert len(answer.headers.getall("Set-Cookie")) == 1


def test_the_applications_own_list_of_headers_is_not_changed():
    given = [PLAIN, ("Cache-Control", "public")]

    def site(environ, start_response):
        _ = auth().user_id
        start_response("200 OK", given)
        return [b""]

    TestApp(with_session(site)).get("/", headers=as_user("alice"))
    assert given == [PLAIN, ("Cache-Control", "public")]


# Exceptions --------------------------------------------------------------------------


class Mistake(Exception):
    pass


class Shutdown(BaseException):
    pass


@pytest.mark.parametrize("error", [Mistake, Shutdown])
def test_an_exception_flies_on_and_leaves_nobody_behind(error):
    def site(environ, start_response):
        assert auth().user_id == "alice"
        raise error

    app = ClerkMiddleware(
        site,
        lambda auth, request: None,
        publishable_key=PUBLISHABLE_KEY,
        jwt_key=PEM,
        clock=epoch_ms,
    )
    environ = environ_for("/", as_user("alice")) | {"wsgi.url_scheme": "http"}
    with pytest.raises(error):
        app(environ, lambda *_: None)
    with pytest.raises(MissingMiddleware):
        auth()


@pytest.mark.parametrize("error", [Mistake, Shutdown])
def test_an_exception_of_a_body_flies_on_and_leaves_nobody_behind(error):
    closed = []

    def site(environ, start_response):
        start_response("200 OK", [PLAIN])
        try:
            yield b"Hello "
            raise error
        finally:
            closed.append(auth().user_id)

    environ = environ_for("/", as_user("alice")) | {"wsgi.url_scheme": "http"}
    body = with_session(site)(environ, lambda *_: None)
    assert next(body) == b"Hello "
    with pytest.raises(error):
        next(body)
    body.close()
    assert closed == ["alice"]
    with pytest.raises(MissingMiddleware):
        auth()


def test_a_body_that_is_left_half_read_is_closed_with_its_user():
    closed = []

    def site(environ, start_response):
        start_response("200 OK", [PLAIN])
        try:
            yield b"Hello "
            yield b"for ever."
        finally:
            closed.append(auth().user_id)

    environ = environ_for("/", as_user("alice")) | {"wsgi.url_scheme": "http"}
    body = with_session(site)(environ, lambda *_: None)
    assert next(body) == b"Hello "
    body.close()
    assert closed == ["alice"]


class Refusing:
    """A body whose iterator is made by code that may refuse."""

    def __init__(self):
        self.closed = 0

    def __iter__(self):
        auth.protect()
        return iter([b"Hello."])

    def close(self):
        self.closed += 1


@pytest.mark.parametrize("who", [PAGE, API], ids=["page", "api"])
def test_a_refusal_by_a_body_about_to_be_read_is_sent(who):
    bodies = []

    def site(environ, start_response):
        start_response("200 OK", [PLAIN])
        bodies.append(Refusing())
        return bodies[-1]

    answer = serve(with_session(site), environ_for("/", who))
    assert answer.status == (307 if who is PAGE else 404)
    assert b"Hello" not in answer.body
    assert [body.closed for body in bodies] == [1]


# Bodies and start_response -----------------------------------------------------------


class ServersFile:
    """A server's own wrapper, which it knows how to send faster."""

    def __init__(self, file, size=8192):
        self.file = file


def passed(body, **environ):
    """What the server is given where the application gives this body."""

    def site(environ, start_response):
        assert auth().user_id == "alice"
        start_response("200 OK", [PLAIN])
        return body

    environ = environ_for("/", as_user("alice"), **environ)
    return with_session(site)(environ | {"wsgi.url_scheme": "http"}, lambda *_: None)


@pytest.mark.parametrize("body", [[b"a", b"b"], (b"a",), []], ids=str)
def test_a_complete_body_passes_untouched(body):
    assert passed(body) is body


@pytest.mark.parametrize("wrapper", [FileWrapper, ServersFile])
def test_a_file_passes_to_the_server_untouched(wrapper):
    body = wrapper(BytesIO(b"a" * 10_000))
    assert passed(body, **{"wsgi.file_wrapper": wrapper}) is body


def test_blocks_pass_one_by_one():
    made = []

    def blocks():
        for number in range(3):
            made.append(number)
            yield str(number).encode()

    body = passed(blocks())
    for number in range(3):
        assert next(body) == str(number).encode()
        assert made == list(range(number + 1))


def test_an_answer_may_start_with_its_body():
    def site(environ, start_response):
        user = auth().user_id
        start_response("201 Created", [PLAIN])
        yield f"Hello {user}.".encode()

    answer = serve(with_session(site), environ_for("/", as_user("alice")))
    assert (answer.status, answer.body) == (201, b"Hello alice.")
    assert answer.header("Cache-Control") == "private"
    assert answer.header("Vary") == VARY


def test_an_answer_may_start_over_with_exc_info():
    def site(environ, start_response):
        _ = auth().user_id
        start_response("200 OK", [PLAIN, ("X-First", "1")])
        try:
            raise Mistake
        except Mistake as error:
            exc_info = (Mistake, error, error.__traceback__)
            start_response("500 Internal Server Error", [PLAIN], exc_info)
        return [b"Sorry."]

    answer = serve(with_session(validator(site)), environ_for("/", as_user("alice")))
    assert (answer.status, answer.body) == (500, b"Sorry.")
    assert answer.header("X-First") is None
    assert [name for name, _ in answer.headers].count("Vary") == 1


def test_an_answer_may_be_written():
    def site(environ, start_response):
        write = start_response("200 OK", [PLAIN])
        write(b"Hello ")
        write(f"{auth().user_id}".encode())
        return [b"."]

    answer = serve(with_session(site), environ_for("/", as_user("alice")))
    assert (answer.status, answer.body) == (200, b"Hello alice.")


def test_what_was_sent_already_cannot_be_refused_any_more():
    def site(environ, start_response):
        start_response("200 OK", [PLAIN])
        yield b"Hello "
        auth.protect()
        yield b"This is never sent."

    answer = serve(with_session(site), environ_for("/", API))
    assert (answer.status, answer.body) == (200, b"Hello ")


def test_a_refusal_replaces_what_was_started_and_not_sent():
    def site(environ, start_response):
        start_response("200 OK", [PLAIN, ("X-Secret", "1")])
        auth.protect()
        return [b"This is never sent."]

    answer = serve(with_session(site), environ_for("/", API))
    assert (answer.status, answer.body) == (404, b"Not Found\n")
    assert answer.header("X-Secret") is None


def test_what_a_handler_answers_is_said_instead_of_the_application():
    def handler(auth, request):
        if request.path == "/teapot":
            return teapot
        return None

    def teapot(environ, start_response):
        start_response("418 I'm a teapot", [PLAIN])
        yield json.dumps({"user": auth().user_id}).encode()

    app = with_session(validator(RouteGuardLayer(hello, handler)))
    answer = TestApp(app).get("/teapot", headers=as_user("alice"), status=418)
    assert json.loads(answer.body) == {"user": "alice"}
    assert TestApp(app).get("/", headers=API).text == "Hello None."
