import os
import socket
import threading
import time
import traceback
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from clerk_wsgi.backends.api import BackendApi
from clerk_wsgi.backends.client import ClerkClient
from clerk_wsgi.core.errors import ClerkAPIError
from clerk_wsgi.core.ports import Renewal

SECRET = "sk_test_canary"
TOKEN = "token_canary"
TIMEOUT = 0.6
GENEROUS = 5  # a busy machine's; who hangs would do so for longer
NOT_FOUND = b'{"errors": [{"code": "resource_not_found"}], "clerk_trace_id": "t"}'
ADA = b'{"object": "user", "id": "user_1"}'


class Clerk(ThreadingHTTPServer):
    """Answers every request on the machine itself as a function says."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, reply):
        self.reply = reply
        self.seen = []
        self.peers = set()
        self.over = threading.Event()
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30

    def answer(self):
        self.server.seen.append((self.command, self.path))
        self.server.peers.add(self.client_address)
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with suppress(OSError):
            self.server.reply(self)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815

    def log_message(self, *_):
        pass


def replying(status, body=b"", kind="application/json", **headers):
    def reply(handler):
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return reply


def hanging(handler):
    handler.server.over.wait(20)
    handler.close_connection = True


def truncating(handler):
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(ADA)
    handler.close_connection = True


def dripping(handler):
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    while not handler.server.over.wait(0.05):
        handler.wfile.write(b" ")
        handler.wfile.flush()


@pytest.fixture
def start():
    servers = []

    def serve(reply):
        server = Clerk(reply)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return server

    yield serve
    for server in servers:
        server.over.set()
        server.shutdown()
        server.server_close()


HUGE = {"Retry_After": "99999999999999999999"}
OUTAGES = {
    "a hang": (hanging, None, "unexpected_error"),
    "a drip": (dripping, None, "unexpected_error"),
    "truncated JSON": (truncating, None, "unexpected_error"),
    "JSON cut in the middle": (replying(200, ADA[:-5]), None, "unexpected_error"),
    "an empty body": (replying(200), None, "unexpected_error"),
    "HTML": (replying(200, b"<html>", "text/html"), None, "unexpected_error"),
    "HTML and 502": (replying(502, b"<html>", "text/html"), 502, None),
    "a redirect": (replying(302, b"", "text/html", Location="//x/"), 302, None),
    "401": (replying(401, NOT_FOUND), 401, "resource_not_found"),
    "404": (replying(404, NOT_FOUND), 404, "resource_not_found"),
    "422": (replying(422, NOT_FOUND), 422, "resource_not_found"),
    "429 for ever": (replying(429, NOT_FOUND, **HUGE), 429, "resource_not_found"),
    "503 at once": (replying(503, b"", "text/plain", Retry_After="0"), 503, None),
    "500": (replying(500, b"oops", "text/plain"), 500, None),
}
RENEWAL = Renewal(
    session_id="sess_1",
    expired_token=TOKEN,
    refresh_token=TOKEN,
    request_origin="https://app.example.com",
    request_headers={"accept": ["text/html"]},
    suffixed_cookies=False,
)
CALLS = {
    "a user": lambda api: api.client.users.get("user_1"),
    "users": lambda api: api.client.users.list(query=TOKEN),
    "a change": lambda api: api.client.users.update("user_1", password=TOKEN),
    "a renewal": lambda api: api.renew(RENEWAL),
    "a handshake": lambda api: api.exchange_nonce(TOKEN),
    "a machine": lambda api: api.verify_machine_token("api_key", TOKEN),
}


def refusal(api, call):
    started = time.monotonic()
    with pytest.raises(ClerkAPIError) as caught:
        call(api)
    assert time.monotonic() - started < GENEROUS
    shown = "".join(traceback.format_exception(caught.value))
    assert "canary" not in shown + repr(caught.value) + repr(caught.value.errors)
    return caught.value


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("outage", OUTAGES.values(), ids=OUTAGES)
def test_an_outage_is_a_typed_error_within_the_deadline(start, outage, call):
    reply, status, code = outage
    server = start(reply)
    api = BackendApi(api_url=server.url, secret_key=SECRET, timeout=TIMEOUT)
    error = refusal(api, call)
    assert error.status == status
    assert [each.code for each in error.errors] == ([code] if code else [])
    assert len(server.seen) <= 2


@pytest.mark.parametrize("outage", ["a hang", "a drip", "429 for ever", "503 at once"])
def test_retries_keep_the_deadline_too(start, outage):
    server = start(OUTAGES[outage][0])
    api = BackendApi(api_url=server.url, secret_key=SECRET, timeout=TIMEOUT, retries=2)
    refusal(api, CALLS["a user"])
    assert len(server.seen) == (3 if outage == "503 at once" else 1)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_nobody_there_is_a_typed_error(call):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    api = BackendApi(api_url=url, secret_key=SECRET, timeout=TIMEOUT)
    error = refusal(api, call)
    assert (error.status, error.errors[0].code) == (None, "unexpected_error")


def test_the_longest_wait_that_was_told_is_known(start):
    server = start(OUTAGES["429 for ever"][0])
    api = BackendApi(api_url=server.url, secret_key=SECRET)
    assert refusal(api, CALLS["a user"]).retry_after == 999_999_999


def client(server, **settings):
    return ClerkClient(api_url=server.url, secret_key=SECRET, **settings)


def test_a_long_list_is_read_whole(start):
    many = b"[" + b",".join([ADA] * 5000) + b"]"
    assert len(client(start(replying(200, many)), timeout=20).clients.list()) == 5000


def test_a_list_and_its_count_are_asked_for_at_the_same_time(start):
    together = threading.Barrier(2, timeout=10)

    def reply(handler):
        together.wait()
        counted = handler.path.startswith("/v1/users/count")
        replying(
            200, b'{"object": "total_count", "total_count": 7}' if counted else b"[]"
        )(handler)

    users = client(start(reply), timeout=20).users.list(limit=1)
    assert (users.data, users.total_count) == ([], 7)


def test_threads_share_a_client_and_its_connections(start):
    server = start(replying(200, ADA))
    shared, found = client(server, timeout=20), []

    def ask():
        found.extend(shared.users.get("user_1").id for _ in range(20))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    assert found == ["user_1"] * 160
    assert len(server.peers) <= 20


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_forked_child_asks_over_connections_of_its_own(start):
    server = start(replying(200, b"[]"))
    shared = client(server, timeout=20)
    shared.sessions.list()
    child = os.fork()
    if not child:
        try:
            os._exit(0 if shared.sessions.list().data == [] else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    shared.sessions.list()
    assert (len(server.seen), len(server.peers)) == (3, 2)
