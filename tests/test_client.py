import json
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
from clerk_requests import NoKeys
from clerk_server import environ_for, serve
from clerk_tokens import (
    PEM,
    PUBLISHABLE_KEY,
    bearer,
    epoch_ms,
    mint,
)
from clerk_vectors import each_case, load

from clerk_wsgi.backends.api import BackendApi
from clerk_wsgi.backends.client import ClerkClient
from clerk_wsgi.backends.http import Answer, NoAnswer
from clerk_wsgi.client import (
    clerk_client,
    current_user,
    session_token_for,
)
from clerk_wsgi.core.claims import SessionFacts
from clerk_wsgi.core.errors import (
    ClerkAPIError,
    ConfigurationError,
    MissingMiddleware,
)
from clerk_wsgi.core.machine_facts import MachineFacts
from clerk_wsgi.core.options import Options
from clerk_wsgi.core.state import MachineSignedIn, SignedIn, SignedOut
from clerk_wsgi.core.tokens import Token
from clerk_wsgi.instance import Instance
from clerk_wsgi.middleware import ClerkMiddleware
from clerk_wsgi.visit import Visit

API_URL = "https://api.clerk.test"
SECRET = "sk_test_abc"
TEXT = "SESSION.JWT.TEXT"


class Clerk:
    """Answers `{(method, path): (status, JSON)}`, and writes down what was asked."""

    def __init__(self, answers, wait=None):
        self.answers = answers
        self.wait = wait
        self.requests = []

    def __call__(self, method, url, headers, body=None):
        request = {"method": method, "url": url}
        if body is not None:
            request["json"] = json.loads(body)
        self.requests.append(request)
        if self.wait:
            self.wait()
        status, document = self.answers[method, urlsplit(url).path]
        if status is None:
            raise NoAnswer("No answer.")
        headers = {"Content-Type": "application/json"}
        return Answer(status, headers, json.dumps(document).encode())


def instance_with(clerk, **given):
    """A Clerk instance whose calls of the Backend API `clerk` answers."""
    settings = {"publishable_key": PUBLISHABLE_KEY, "secret_key": SECRET, **given}
    options = Options.read({"api_url": API_URL, **settings}, {})
    keys = {"secret_key": options.secret_key, "api_url": options.api_url}
    api = BackendApi(**keys, transport=clerk)
    return Instance(options, NoKeys(), api=api)


def signed_in(claims):
    return SignedIn(Token(TEXT, {}, claims, b"{}", b"", b""), SessionFacts(claims))


USER = {"sub": "user_1", "sid": "sess_1"}
PENDING = signed_in(USER | {"sts": "pending"})


def visit_of(state, clerk=None, **given):
    return Visit(None, state, instance_with(clerk or Clerk({}), **given))


def inside(visit, call, *given, **more):
    """Call it as code that serves this request would."""
    return visit.context().run(call, *given, **more)


GET_ADA = ("GET", "/v1/users/user_1")
ADA = {"object": "user", "id": "user_1", "first_name": "Ada"}
STATES = {
    "signed-in": lambda case: signed_in(case["claims"]),
    "signed-out": lambda case: SignedOut("session-token-missing"),
    "machine": lambda case: MachineSignedIn(
        "ak_presented",
        MachineFacts(token_type="api_key", id="ak_1", subject="user_1"),
    ),
}


def get_token(visit, args=None):
    given = {"template": "template", "expiresInSeconds": "expires_in_seconds"}
    named = {given[name]: value for name, value in (args or {}).items()}
    return session_token_for(visit, visit.proof("any", True), **named)


@each_case("get_token")
def test_a_token_is_what_clerks_package_gives(case):
    assert case["session_token"] == TEXT
    answers = {
        (s["method"], s["path"]): (s["status"], s["json"]) for s in case["stubs"]
    }
    clerk, expected = Clerk(answers), case["expected"]
    visit = visit_of(STATES[case["object"]](case), clerk)
    if "error" in expected:
        with pytest.raises((ClerkAPIError, ValueError)) as raised:
            get_token(visit, case["args"])
        error = raised.value
        assert [e.code for e in getattr(error, "errors", ())] == expected["error"][
            "codes"
        ]
        assert getattr(error, "status", None) == expected["error"].get("status")
        assert expected["error"].get("message", "") in str(error)
    else:
        assert get_token(visit, case["args"]) == expected["result"]
    assert clerk.requests == expected["requests"]


def test_all_cases_of_tokens_are_there():
    assert len(load("get_token")["cases"]) == 16


@pytest.mark.parametrize("args", [{}, {"template": "x"}])
def test_a_pending_session_has_no_token_while_it_counts_as_signed_out(args):
    assert get_token(visit_of(PENDING), args) is None


def test_a_pending_session_that_counts_has_one():
    visit = visit_of(PENDING)
    assert session_token_for(visit, visit.proof("session_token", False)) == TEXT


@pytest.mark.parametrize("document", [{"object": "token"}, {"jwt": 5}, [], None])
def test_an_answer_without_a_token_is_an_error(document):
    clerk = Clerk({("POST", "/v1/sessions/sess_1/tokens/x"): (200, document)})
    with pytest.raises(ClerkAPIError, match="no token"):
        get_token(visit_of(signed_in(USER), clerk), {"template": "x"})


def test_who_needs_no_call_needs_no_secret_key():
    visit = Visit(None, signed_in(USER), Instance(keyless(), NoKeys()))
    assert get_token(visit) == TEXT
    with pytest.raises(ConfigurationError, match="CLERK_SECRET_KEY"):
        get_token(visit, {"template": "x"})


def keyless():
    given = {"publishable_key": PUBLISHABLE_KEY, "api_url": "http://127.0.0.1:9"}
    return Options.read(given, {})


def test_the_user_is_fetched_once_a_request():
    clerk = Clerk({GET_ADA: (200, ADA)})
    visit = visit_of(signed_in(USER), clerk)
    first, second = inside(visit, current_user), inside(visit, current_user)
    assert first is second
    assert first.full_name == "Ada"
    assert len(clerk.requests) == 1
    assert visit.was_read


def test_another_request_fetches_for_itself():
    clerk = Clerk({GET_ADA: (200, ADA)})
    for _ in range(2):
        inside(visit_of(signed_in(USER), clerk), current_user)
    assert len(clerk.requests) == 2


def test_threads_of_a_request_share_one_call():
    started, enough = threading.Event(), threading.Event()

    def wait():
        started.set()
        assert enough.wait(10)

    clerk = Clerk({GET_ADA: (200, ADA)}, wait)
    visit = visit_of(signed_in(USER), clerk)
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(inside, visit, current_user)
        assert started.wait(10)
        others = [pool.submit(inside, visit, current_user) for _ in range(7)]
        enough.set()
        assert {id(each.result(10)) for each in (first, *others)} == {
            id(first.result())
        }
    assert len(clerk.requests) == 1


def test_threads_of_a_request_share_an_error():
    started, enough = threading.Event(), threading.Event()

    def wait():
        started.set()
        assert enough.wait(10)

    clerk = Clerk({GET_ADA: (None, None)}, wait)
    visit = visit_of(signed_in(USER), clerk)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(inside, visit, current_user)
        assert started.wait(10)
        (shared,) = visit.shared.values()
        enough.set()
        for each in (first, shared):
            with pytest.raises(ClerkAPIError):
                each.result(10)
    assert len(clerk.requests) == 1


def test_an_error_is_not_remembered():
    clerk = Clerk({GET_ADA: (500, {})})
    visit = visit_of(signed_in(USER), clerk)
    with pytest.raises(ClerkAPIError):
        inside(visit, current_user)
    clerk.answers[GET_ADA] = (200, ADA)
    assert inside(visit, current_user).id == "user_1"
    assert len(clerk.requests) == 2


NOBODY = {
    "signed out": SignedOut("session-token-missing"),
    "no user id": signed_in({"sid": "sess_1"}),
    "a pending session": PENDING,
    "a machine": STATES["machine"](None),
}


@pytest.mark.parametrize("state", NOBODY.values(), ids=NOBODY)
def test_nobody_is_no_user_and_costs_no_call(state):
    clerk = Clerk({})
    assert inside(visit_of(state, clerk), current_user) is None
    assert clerk.requests == []


def test_a_pending_session_has_a_user_when_it_counts():
    clerk = Clerk({GET_ADA: (200, ADA)})
    visit = visit_of(PENDING, clerk)
    found = inside(visit, current_user, treat_pending_as_signed_out=False)
    assert found.id == "user_1"


def test_outside_a_request_there_is_no_current_user():
    with pytest.raises(MissingMiddleware, match=r"current_user\(\).*outside a request"):
        current_user()
    visit = visit_of(signed_in(USER))
    visit.is_over = True
    with pytest.raises(MissingMiddleware):
        inside(visit, current_user)


def test_inside_a_request_the_client_is_its_instances_own():
    clerk = Clerk({GET_ADA: (200, ADA)})
    visit = visit_of(SignedOut("session-token-missing"), clerk)
    client = inside(visit, clerk_client)
    assert client is visit.instance.api.client
    assert client.users.get("user_1").first_name == "Ada"


def test_an_api_without_a_client_leaves_it_to_the_options():
    visit = Visit(None, SignedOut("x"), Instance(keyless(), NoKeys(), api=None))
    client = inside(visit, clerk_client)
    assert isinstance(client, ClerkClient)
    assert client is inside(visit, clerk_client)
    with pytest.raises(ConfigurationError, match="CLERK_SECRET_KEY"):
        client.users.get("user_1")


@pytest.fixture
def variables(monkeypatch):
    for name in ("CLERK_SECRET_KEY", "CLERK_API_URL", "CLERK_MACHINE_SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_outside_a_request_the_variables_count(variables):
    variables.setenv("CLERK_MACHINE_SECRET_KEY", "ak_1")
    client = clerk_client()
    assert client.rest.machine_key() == "ak_1"
    assert client is clerk_client()
    variables.setenv("CLERK_MACHINE_SECRET_KEY", "ak_2")
    assert clerk_client().rest.machine_key() == "ak_2"


def test_a_missing_key_is_named_when_it_is_needed(variables):
    with pytest.raises(ConfigurationError, match="CLERK_SECRET_KEY"):
        clerk_client().users.get("user_1")


def test_after_a_request_the_variables_count_again(variables):
    visit = visit_of(signed_in(USER))
    visit.is_over = True
    assert inside(visit, clerk_client) is clerk_client()


def test_options_make_another_client(variables):
    assert clerk_client(secret_key="sk_1") is not clerk_client(secret_key="sk_2")
    assert clerk_client(secret_key="sk_1") is clerk_client(secret_key="sk_1")
    with pytest.raises(ConfigurationError, match="no option 'secret'"):
        clerk_client(secret="sk_1")


def test_options_inside_a_request_change_what_its_instance_has(variables):
    variables.setenv("CLERK_SECRET_KEY", "sk_of_the_variables")
    visit = visit_of(signed_in(USER), secret_key="sk_of_the_tenant")
    client = inside(visit, clerk_client, machine_secret_key="ak_1")
    assert client.rest.machine_key() == "ak_1"
    client = inside(visit, clerk_client, api_version="v2")
    assert client.rest.machine_key() == "sk_of_the_tenant"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.seen.append((self.path, self.headers["Authorization"]))
        body = json.dumps(ADA).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def clerk_server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads, server.block_on_close = True, False
    server.seen = []
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def greet(environ, start_response):
    users = current_user(), current_user(), clerk_client().users.get("user_1")
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [" ".join(each.first_name for each in users).encode()]


def test_an_application_greets_its_user(clerk_server):
    app = ClerkMiddleware(
        greet,
        publishable_key=PUBLISHABLE_KEY,
        secret_key=SECRET,
        jwt_key=PEM,
        api_url=f"http://127.0.0.1:{clerk_server.server_address[1]}",
        clock=epoch_ms,
    )
    answer = serve(app, environ_for("/", bearer(mint({"sub": "user_1"}))))
    assert (answer.status, answer.body) == (200, b"Ada Ada Ada")
    assert clerk_server.seen == [("/v1/users/user_1", f"Bearer {SECRET}")] * 2
    assert answer.header("Cache-Control") == "private"
