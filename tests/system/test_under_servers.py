"""Real servers, real sockets, the real clock; and clients that write what they like."""

import importlib.util
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
import waitress.server
from clerk_tokens import (
    API,
    IN_ORGANIZATION,
    PAGE,
    PEM,
    PUBLISHABLE_KEY,
    SIGN_IN,
    bearer,
    cookie_header,
    mint_now,
    signed_in_cookies,
)
from werkzeug.serving import WSGIRequestHandler, make_server

APPS = Path(__file__).with_name("apps")
SETTINGS = {"CLERK_PUBLISHABLE_KEY": PUBLISHABLE_KEY, "CLERK_JWT_KEY": PEM}
SECONDS = 10


class Answer(NamedTuple):
    status: int
    head: str
    body: bytes

    def header(self, name):
        found = re.search(rf"^{name}: (.*?)\r?$", self.head, re.I | re.M)
        return found and found[1]

    @property
    def json(self):
        return json.loads(self.body)


class Site(NamedTuple):
    port: int

    def send(self, raw):
        """What comes back for these very bytes; the client says nothing more."""
        address = ("127.0.0.1", self.port)
        with socket.create_connection(address, timeout=SECONDS) as connection:
            connection.sendall(raw)
            connection.shutdown(socket.SHUT_WR)
            return read(connection)

    def get(self, target="/", headers=None, method="GET"):
        lines = [f"{method} {target} HTTP/1.1", "Host: app.example.com"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        lines += ["Connection: close", "", ""]
        return self.send("\r\n".join(lines).encode("latin-1"))


def read(connection):
    received = bytearray()
    try:
        while block := connection.recv(65536):
            received += block
    except ConnectionResetError:  # said what there was to say
        pass
    head, _, body = bytes(received).partition(b"\r\n\r\n")
    head = head.decode("latin-1")
    if re.search("^transfer-encoding: chunked\r?$", head, re.I | re.M):
        body = b"".join(chunks(body))
    status = re.match(r"HTTP/1\.[01] (\d{3})", head)
    return Answer(int(status[1]) if status else 0, head, body)


def chunks(body):
    while body:
        length, _, rest = body.partition(b"\r\n")
        yield rest[: int(length, 16)]
        body = rest[int(length, 16) + 2 :]


@contextmanager
def under_gunicorn(worker):
    """gunicorn in a process of its own, on a socket of ours that listens already."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port, handle = listener.getsockname()[1], listener.fileno()
        command = [sys.executable, "-m", "gunicorn", "--chdir", str(APPS)]
        command += ["--bind", f"fd://{handle}", "--worker-class", worker]
        command += ["--threads", "2", "--log-level", "warning", "--no-control-socket"]
        with subprocess.Popen(
            [*command, "guarded_site:make_app()"],
            pass_fds=[handle],
            env=os.environ | SETTINGS,
        ) as process:
            try:
                yield Site(port)
                assert process.poll() is None
            finally:
                process.terminate()
                try:
                    process.wait(SECONDS)
                except subprocess.TimeoutExpired:
                    process.kill()


def make_app():
    spec = importlib.util.spec_from_file_location("site", APPS / "guarded_site.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.make_app(publishable_key=PUBLISHABLE_KEY, jwt_key=PEM)


@contextmanager
def under_waitress(_):
    server = waitress.server.create_server(
        make_app(),
        host="127.0.0.1",
        port=0,
        threads=2,
        clear_untrusted_proxy_headers=False,
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield Site(server.effective_port)
    finally:
        server.trigger.pull_trigger(server.close)
        thread.join(SECONDS)
        server.task_dispatcher.shutdown()
        assert not thread.is_alive()


class Silent(WSGIRequestHandler):
    def log(self, *_):
        pass


@contextmanager
def under_werkzeug(_):
    server = make_server(
        "127.0.0.1", 0, make_app(), threaded=True, request_handler=Silent
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Site(server.server_port)
    finally:
        server.shutdown()
        thread.join(SECONDS)
        server.server_close()
        assert not thread.is_alive()


SERVERS = {
    "gunicorn-sync": under_gunicorn,
    "gunicorn-gthread": under_gunicorn,
    "waitress": under_waitress,
    "werkzeug": under_werkzeug,
}


@pytest.fixture(scope="module", params=SERVERS)
def site(request):
    kind = request.param.rpartition("-")[2]
    with SERVERS[request.param](kind) as site:
        yield site


def with_cookies(**more):
    cookies = signed_in_cookies(mint_now(IN_ORGANIZATION), now=int(time.time()))
    return {"Cookie": cookie_header(cookies | more)}


def test_a_signed_in_cookie_shows_user_and_organization(site):
    answer = site.get("/dashboard", PAGE | with_cookies())
    assert answer.status == 200
    assert answer.json["user"] == answer.json["user while sending"] == "user_1"
    assert answer.json["organization"] == "org_1"
    assert answer.header("Cache-Control") == "private"


def test_a_page_without_a_session_leads_to_sign_in_and_back(site):
    answer = site.get("/dashboard?tab=1", PAGE)
    assert answer.status == 307
    back = "http%3A%2F%2Fapp.example.com%2Fdashboard%3Ftab%3D1"
    assert answer.header("Location") == f"{SIGN_IN}?redirect_url={back}"


def test_an_api_call_without_a_session_finds_nothing(site):
    assert site.get("/dashboard", API).status == 404


def test_a_public_page_is_served_to_anybody(site):
    answer = site.get("/", PAGE)
    assert answer.status == 200
    assert answer.json["user"] is None


@pytest.mark.parametrize("carrier", ["bearer", "cookie"])
def test_a_forged_token_is_signed_out(site, carrier):
    forged = mint_now(key="b")
    headers = bearer(forged)
    if carrier == "cookie":
        headers = with_cookies(__session=forged)
    assert site.get("/dashboard", API | headers).status == 404
    assert site.get("/dashboard", PAGE | headers).status == 307
    assert site.get("/", API | headers).json["user"] is None


def test_a_user_is_forgotten_with_the_request(site):
    """Workers serve one request after the other in the same thread."""
    for _ in range(5):
        assert site.get("/", API | with_cookies()).json["user"] == "user_1"
        assert site.get("/", API).json["user"] is None


@pytest.mark.parametrize(
    "target",
    ["//dashboard", "///dashboard/", "/%64ashboard", "/DASHBOARD", "/%2Fdashboard"],
)
def test_another_spelling_is_as_guarded(site, target):
    assert site.get(target, API).status in (400, 404)
    assert site.get(target, PAGE).status in (307, 400)


TARGETS = [
    *("http://evil.com/dashboard", "http://evil.com//dashboard", "dashboard", "*", "?"),
    *("//evil.com/dashboard", "/\\dashboard", "\\dashboard", "/x/../dashboard", "%2F"),
    *("/x/%2e%2e/dashboard", "/dashboard%0A", "/dashboard%00", "/dash%0D%0Aboard"),
    *("/dashboard%FF", "/d%FFashboard", "/%2564ashboard", "/dashboard;x=1", "/%zz"),
    *(
        "/dashboard%2Fx",
        "/dashboard#x",
        "/dashboard%23",
        "/dashboard%3F",
        "/./dashboard",
    ),
    *(
        "/dashboard%C0%AF",
        "/dashboard\xff",
        "/dashboard\t",
        "/" + "a/" * 4000,
        "/dashboard ",
    ),
    *(
        "http://user:password@evil.com/dashboard",
        "https:dashboard",
        "javascript:alert(1)",
    ),
]


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: ascii(target[:40]))
@pytest.mark.parametrize("headers", [API, PAGE], ids=["api", "page"])
def test_odd_targets_give_no_identity_and_no_error(site, target, headers):
    answer = site.get(target, headers)
    assert answer.status in (0, 200, 307, 400, 404, 414)
    if answer.status == 200:
        told = answer.json
        assert told["user"] is None
        assert not told["path"].lower().lstrip("/").startswith("dashboard")
    assert "evil.com" not in (answer.header("Location") or "").partition("?")[0]


SCRIPTED = {
    "no host": ["GET /dashboard HTTP/1.0", ""],
    "host with a user": ["GET /dashboard HTTP/1.1", "Host: good.com@evil.com"],
    "host with a path": ["GET /dashboard HTTP/1.1", "Host: evil.com/x"],
    "host with a space": ["GET /dashboard HTTP/1.1", "Host: good.com evil.com"],
    "host with a comma": ["GET /dashboard HTTP/1.1", "Host: good.com,evil.com"],
    "host with a port too high": ["GET /dashboard HTTP/1.1", "Host: good.com:99999"],
    "host of control characters": ["GET /dashboard HTTP/1.1", "Host: a\x01b"],
    "two hosts": ["GET /dashboard HTTP/1.1", "Host: good.com", "Host: evil.com"],
    "forged state": ["X-Clerk-Auth-Status: signed-in", "X-Clerk-Auth-Token: x"],
    "forged state with underscores": ["X_Clerk_Auth_Status: signed-in"],
    "forged state in both ways": [
        "X-Clerk-Auth-Status: signed-out",
        "X_Clerk_Auth_Status: signed-in",
    ],
    "forged state after a bare line feed": ["X: a\nX-Clerk-Auth-Status: signed-in"],
    "forged environ keys": ["clerk_wsgi.state: signed-in", "clerk_wsgi.visit: x"],
    "remote user": ["Remote-User: user_1", "Remote_User: user_1", "X-User-Id: user_1"],
    "script name with a dash": ["SCRIPT-NAME: /dashboard"],
    "path info": ["PATH_INFO: /", "PATH-INFO: /"],
    "original URL": ["X-Original-URL: /", "X-Rewrite-URL: /", "X-Forwarded-Uri: /"],
    "method override": ["X-HTTP-Method-Override: OPTIONS"],
    "forwarded": ["X-Forwarded-Host: evil.com", "Forwarded: host=evil.com"],
    "preflight": ["OPTIONS /dashboard HTTP/1.1", "Host: app.example.com"],
    "odd method": ["get /dashboard HTTP/1.1", "Host: app.example.com"],
    "folded header": ["X: a\r\n X-Clerk-Auth-Status: signed-in"],
    "line break in a cookie": ["Cookie: a=b\r\n\tX-Clerk-Auth-Status: signed-in"],
    "line feed in a cookie": ["Cookie: a=b\nX-Clerk-Auth-Status: signed-in"],
    "null in a cookie": ["Cookie: __session=\x00; __client_uat=1"],
    "bytes in a cookie": ["Cookie: __session=\xe9\xff; __client_uat=\xb2"],
    "bytes in a bearer": ["Authorization: Bearer \xe9\xff.\x80.x"],
    "hop by hop": ["Connection: close, Cookie, Authorization"],
    "an upgrade": ["Connection: upgrade", "Upgrade: websocket"],
}


def scripted(lines):
    """A request of these lines, with a request line if they have none."""
    if not re.match(r"\w+ \S+ HTTP/1", lines[0]):
        lines = ["GET /dashboard HTTP/1.1", "Host: app.example.com", *lines]
    return (
        "\r\n".join([*filter(None, lines), "Connection: close"]) + "\r\n\r\n"
    ).encode("latin-1")


@pytest.mark.parametrize("name", SCRIPTED)
def test_odd_requests_give_no_identity_and_no_error(site, name):
    lines = SCRIPTED[name]
    for headers in (API, PAGE):
        more = [f"{name}: {value}" for name, value in headers.items()]
        answer = site.send(scripted([*lines, *more]))
        assert answer.status in (307, 400, 404, 405, 501)
        assert not re.search(r"^https?://[^/?]*evil", answer.header("Location") or "")
        assert "%2F%2Fevil.com" not in (answer.header("Location") or "")


def test_what_a_client_says_in_our_name_does_not_reach_the_application(site):
    lines = ["GET / HTTP/1.1", "Host: app.example.com"]
    forged = ["X-Clerk-Auth-Status: signed-in", "X_Clerk_Auth_Status: signed-in"]
    answer = site.send(scripted([*lines, *forged]))
    assert answer.status == 200
    assert answer.json["said by the client"] is None
    assert answer.json["user"] is None


def test_two_cookie_headers_never_mix_two_users(site):
    lines = ["GET / HTTP/1.1", "Host: app.example.com"]
    first, second = mint_now({"sub": "user_1"}), mint_now({"sub": "user_2"})
    uat = "__client_uat=1"
    for headers, user in [
        ([f"Cookie: __session={first}; {uat}; __session={second}"], "user_1"),
        ([f"Cookie: {uat}; __session={first}", f"Cookie: __session={second}"], None),
        ([f"Cookie: {uat}; __session={second}", f"Cookie: __session={first}"], None),
    ]:
        answer = site.send(scripted([*lines, *headers]))
        assert answer.status == 200
        assert answer.json["user"] in (user, None)


def test_two_authorization_headers_are_nobody(site):
    lines = ["GET / HTTP/1.1", "Host: app.example.com"]
    tokens = mint_now({"sub": "user_1"}), mint_now({"sub": "user_2"})
    headers = [f"Authorization: Bearer {token}" for token in tokens]
    answer = site.send(scripted([*lines, *headers]))
    assert answer.status in (200, 400)
    if answer.status == 200:
        assert answer.json["user"] is None


def test_a_script_name_of_the_client_opens_nothing(site):
    """gunicorn believes a SCRIPT_NAME header from this machine and moves the path."""
    for path, script_name in [
        ("/foo/dashboard", "/foo"),
        ("/dashboard/x", "/dashboard"),
        ("/dashboard", "/dashboard"),
        ("/dashboard/dashboard", "/dashboard"),
        ("/dashboard", "/dash"),
    ]:
        lines = [f"GET {path} HTTP/1.1", "Host: app.example.com"]
        answer = site.send(scripted([*lines, f"SCRIPT_NAME: {script_name}"]))
        assert answer.status in (200, 400, 404)
        if answer.status == 200:
            assert not answer.json["path"].startswith("/dashboard")
            assert answer.json["user"] is None
