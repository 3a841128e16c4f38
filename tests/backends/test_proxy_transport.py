"""The Frontend API proxy over real connections, with an upstream that misbehaves."""

import gzip
import os
import socket
import ssl
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from socketserver import StreamRequestHandler, ThreadingTCPServer
from wsgiref.validate import validator

import pytest
from clerk_server import environ_for
from clerk_tokens import PUBLISHABLE_KEY
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from forging import private_key
from webtest import TestApp

from clerk_wsgi.backends.http import NoAnswer
from clerk_wsgi.backends.proxy import ProxyTransport
from clerk_wsgi.core.frontend_proxy import Outgoing
from clerk_wsgi.layers.frontend_api_proxy import FrontendApiProxyLayer

SECRET = "sk_test_canary"
GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Name: value\r\n\r\n{}"
TRANSPORT = "clerk_wsgi.backends.proxy:ProxyTransport"


class Server(ThreadingTCPServer):
    """Answers every request on the machine itself with what a function writes."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, write, reads_body=True):
        self.write = write
        self.reads_body = reads_body
        self.heads = []
        self.bodies = []
        self.peers = set()
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class Handler(StreamRequestHandler):
    timeout = 20

    def handle(self):
        with suppress(OSError, ValueError):
            while head := self.read_head():
                self.server.heads.append(head)
                self.server.peers.add(self.client_address)
                if self.server.reads_body:
                    self.server.bodies.append([])
                    self.read_body(dict(line.split(": ", 1) for line in head[1:]))
                if not self.server.write(self.wfile):
                    return

    def read_head(self):
        lines = []
        while line := self.rfile.readline().decode("latin-1").strip():
            lines.append(line)
        return lines

    def read_body(self, headers):
        body = self.server.bodies[-1]
        if "Transfer-Encoding" in headers:
            while size := int(self.rfile.readline(), 16):
                body.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
        elif length := int(headers.get("content-length", 0)):
            body.append(self.rfile.read(length))


@pytest.fixture
def serve():
    servers = []

    def start(write, **options):
        server = Server(write, **options)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def sending(*blocks, pause=0.0):
    """Write the blocks, then hang up."""

    def write(file):
        for block in blocks:
            file.write(block)
            time.sleep(pause)

    return write


def keeping_alive(block):
    def write(file):
        file.write(block)
        return True

    return write


def transport(**options):
    return ProxyTransport(**{"connect": 5, "read": 5, "total": 10, **options})


def request_to(server, target="/v1", method="GET", body=None, length=None, **headers):
    sent = {"host": "clerk.example", "clerk-secret-key": SECRET, **headers}
    return Outgoing(method, server.url, target, sent, body, length)


def read(incoming):
    try:
        return b"".join(incoming.body)
    finally:
        incoming.body.close()


def refusal(server, **options):
    with pytest.raises(NoAnswer) as caught:
        read(transport(**options).send(request_to(server)))
    assert SECRET not in str(caught.value)
    return str(caught.value)


def test_an_answer_passes(serve):
    answer = transport().send(request_to(serve(sending(GOOD))))
    assert answer.status == 200
    assert ("X-Name", "value") in answer.headers
    assert read(answer) == b"{}"


@pytest.mark.parametrize(
    "target", ["//evil.com/@x", "/%2f%2F?a[]=%7e|^&b={c}", "/a;b?x=//y/../z", "/?"]
)
def test_a_target_is_sent_as_it_is_spelled(serve, target):
    server = serve(sending(GOOD))
    read(transport().send(request_to(server, target)))
    assert server.heads[0][0] == f"GET {target} HTTP/1.1"


def test_no_header_is_added(serve):
    server = serve(sending(GOOD))
    headers = {"accept-encoding": "identity"}
    read(transport().send(request_to(server, **headers)))
    assert sorted(server.heads[0][1:]) == [
        "accept-encoding: identity",
        f"clerk-secret-key: {SECRET}",
        "host: clerk.example",
    ]


def test_every_cookie_is_kept(serve):
    head = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nContent-Length: 0"
    answer = transport().send(request_to(serve(sending(head + b"\r\n\r\n"))))
    cookies = [value for name, value in answer.headers if name.lower() == "set-cookie"]
    assert cookies == ["a=1", "b=2"]


def test_an_answer_is_read_while_it_comes(serve):
    go_on = threading.Event()

    def write(file):
        file.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\none")
        go_on.wait(10)
        file.write(b"two")

    blocks = iter(transport().send(request_to(serve(write))).body)
    assert next(blocks) == b"one"
    go_on.set()
    assert b"".join(blocks) == b"two"


def test_a_body_is_sent_while_it_comes(serve):
    server = serve(sending(GOOD))

    def body():
        yield b"one"
        for _ in range(1000):
            if server.bodies and server.bodies[0] == [b"one"]:
                break
            time.sleep(0.01)
        else:
            raise AssertionError("The first block was held back.")
        yield b"two"

    read(transport().send(request_to(server, method="POST", body=body())))
    assert server.bodies == [[b"one", b"two"]]


def test_a_body_of_known_length_says_so(serve):
    server = serve(sending(GOOD))
    body = iter([b"on", b"e"])
    read(transport().send(request_to(server, method="PATCH", body=body, length=3)))
    assert "content-length: 3" in server.heads[0]
    assert server.bodies == [[b"one"]]


def test_any_method_may_have_a_body(serve):
    server = serve(sending(GOOD))
    body = iter([b"one"])
    read(transport().send(request_to(server, method="DELETE", body=body, length=3)))
    assert server.bodies == [[b"one"]]


def test_a_body_that_nobody_takes_is_not_sent_for_ever(serve):
    server = serve(lambda file: time.sleep(3), reads_body=False)
    body = (b"x" * 100_000 for _ in range(200))
    request = request_to(server, method="POST", body=body, length=20_000_000)
    began = time.monotonic()
    with pytest.raises(NoAnswer):
        transport(connect=0.3).send(request)
    assert time.monotonic() - began < 3


def test_a_body_that_breaks_off_ends_the_connection(serve):
    server = serve(keeping_alive(GOOD))

    def body():
        yield b"x"
        raise OSError("The request's body ended early.")

    sender = transport()
    with pytest.raises(NoAnswer):
        sender.send(request_to(server, method="POST", body=body(), length=10))
    assert sender.send(request_to(server)).status == 200


def test_a_body_that_drips_is_cut_at_the_deadline(serve):
    def body():
        for _ in range(100):
            time.sleep(0.05)
            yield b"x"

    request = request_to(serve(sending(GOOD)), method="POST", body=body())
    began = time.monotonic()
    with pytest.raises(NoAnswer):
        transport(total=0.2).send(request)
    assert time.monotonic() - began < 3


def test_connections_are_used_again(serve):
    server = serve(keeping_alive(GOOD))
    sender = transport()
    for _ in range(3):
        assert read(sender.send(request_to(server))) == b"{}"
    assert (len(server.heads), len(server.peers)) == (3, 1)


def test_what_is_left_of_an_answer_is_not_the_next_one(serve):
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n"
    server = serve(keeping_alive(head + b"x" * 200_000))
    sender = transport()
    for _ in range(2):
        answer = sender.send(request_to(server))
        next(iter(answer.body))
        answer.body.close()
    unread = sender.send(request_to(server))
    unread.body.close()
    assert len(server.peers) == 3


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
BODIES = {
    "in chunks": (CHUNKED + b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n", b"{}"),
    "of no length": (b"HTTP/1.1 200 OK\r\n\r\n{}", b"{}"),
    "that is none": (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
    "of an error": (b"HTTP/1.1 500 Oops\r\nContent-Length: 1\r\n\r\nx", b"x"),
    "of a redirect": (
        b"HTTP/1.1 302 Found\r\nLocation: http://evil.example/\r\n\r\nx",
        b"x",
    ),
    "compressed unasked": (
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"{}"),
        b"{}",
    ),
}


@pytest.mark.parametrize(("sent", "body"), BODIES.values(), ids=BODIES)
def test_a_body_may_come_in_several_ways(serve, sent, body):
    assert read(transport().send(request_to(serve(sending(sent))))) == body


def test_a_small_answer_that_unpacks_to_a_huge_one_comes_in_blocks(serve):
    packed = gzip.compress(b"\0" * 50_000_000)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"
    answer = transport().send(request_to(serve(sending(head + packed))))
    sizes = [len(block) for block in answer.body]
    answer.body.close()
    assert sum(sizes) == 50_000_000
    assert max(sizes) <= 64 * 1024


NO_ANSWERS = {
    "nothing": b"",
    "garbage": b"\0\1\2garbage\r\n\r\n",
    "half a status": b"HTTP/1.1 20",
    "less than announced": b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}",
    "half the chunks": CHUNKED + b"1\r\n{\r\n",
    "an interim answer": b"HTTP/1.1 103 Early Hints\r\n\r\n",
    "a status that is none": b"HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n",
    "headers that are large": b"HTTP/1.1 200 OK\r\n"
    + b"".join(b"X-%d: %s\r\n" % (n, b"x" * 1000) for n in range(80))
    + b"\r\n",
    "headers without end": b"HTTP/1.1 200 OK\r\n" + b"X: x\r\n" * 200 + b"\r\n{}",
    "a compression that nobody has": (
        b"HTTP/1.1 200 OK\r\nContent-Encoding: rot13\r\nContent-Length: 1\r\n\r\nx"
    ),
    "broken compression": (
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nxxxx"
    ),
}


@pytest.mark.parametrize("sent", NO_ANSWERS.values(), ids=NO_ANSWERS)
def test_half_an_answer_is_none(serve, sent):
    refusal(serve(sending(sent)))


HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n"
DRIPS = {
    "the body": [HEAD, *[b"x"] * 200],
    "a header": [b"HTTP/1.1 200 OK\r\nX: ", *[b"x"] * 200],
}


@pytest.mark.parametrize("blocks", DRIPS.values(), ids=DRIPS)
def test_what_drips_is_cut_at_the_deadline(serve, blocks):
    refusal(serve(sending(*blocks, pause=0.05)), total=0.3)


def test_a_server_that_hangs_is_left(serve):
    done = threading.Event()
    server = serve(lambda file: done.wait(20))
    refusal(server, read=0.1)
    done.set()


def test_a_header_that_would_split_the_request_is_not_sent(serve):
    server = serve(sending(GOOD))
    with pytest.raises(NoAnswer, match="ValueError"):
        transport().send(request_to(server, cookie="a=1\r\nX-Evil: 1"))
    assert not any("X-Evil" in line for head in server.heads for line in head)


def test_a_refused_connection_is_no_answer():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    request = Outgoing("GET", f"http://127.0.0.1:{port}", "/", {})
    with pytest.raises(NoAnswer):
        transport().send(request)


def test_proxies_of_the_environment_are_not_asked(serve, monkeypatch):
    proxy = serve(sending(GOOD))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url)
    monkeypatch.setenv("no_proxy", "")
    assert transport().send(request_to(serve(sending(GOOD)))).status == 200
    assert proxy.heads == []


def self_signed(path):
    key = private_key("a")
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(address, critical=False)
        .sign(key, SHA256())
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(secret + certificate.public_bytes(Encoding.PEM))
    return path


@pytest.fixture
def tls_server(serve, tmp_path):
    server = serve(sending(GOOD))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path / "server.pem"))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.url = server.url.replace("http:", "https:")
    return server


def test_the_key_is_not_sent_to_a_host_that_nobody_vouches_for(tls_server):
    assert "SSLError" in refusal(tls_server)
    assert tls_server.heads == []


def test_a_target_is_sent_over_tls_as_it_is_spelled(tls_server, tmp_path, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))
    assert read(transport().send(request_to(tls_server, "/%2f?a[]=1"))) == b"{}"
    assert tls_server.heads[0][0] == "GET /%2f?a[]=1 HTTP/1.1"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_forked_child_has_connections_of_its_own(serve):
    server = serve(keeping_alive(GOOD))
    sender = transport()
    read(sender.send(request_to(server)))
    child = os.fork()
    if not child:
        try:
            os._exit(0 if read(sender.send(request_to(server))) == b"{}" else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert read(sender.send(request_to(server))) == b"{}"
    assert (len(server.heads), len(server.peers)) == (3, 2)


def site(server, **options):
    return FrontendApiProxyLayer(
        None,
        publishable_key=PUBLISHABLE_KEY,
        secret_key=SECRET,
        fapi_url=server.url,
        **{"transport": TRANSPORT, **options},
    )


def test_the_layer_reaches_clerk_over_a_real_connection(serve):
    head = b"HTTP/1.1 302 Found\r\nContent-Type: text/html\r\nLocation: /v1/b?c=d\r\n"
    cookies = b"Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 2\r\n\r\nok"
    server = serve(keeping_alive(head + cookies))
    answer = TestApp(validator(site(server))).post(
        "/__clerk/v1/a?_method=PUT", b"x=1", status=302
    )
    assert answer.headers["Location"] == "http://localhost/__clerk/v1/b?c=d"
    assert answer.headers.getall("Set-Cookie") == ["a=1", "b=2"]
    assert answer.body == b"ok"
    assert server.heads[0][0] == "POST /v1/a?_method=PUT HTTP/1.1"
    assert f"clerk-secret-key: {SECRET}" in server.heads[0]
    assert server.bodies == [[b"x=1"]]


def test_the_layer_tells_of_an_outage(serve):
    answer = TestApp(validator(site(serve(sending(b""))))).get(
        "/__clerk/v1", status=502
    )
    assert answer.json["errors"][0]["message"].startswith(
        "Failed to proxy request to Clerk FAPI: No answer: "
    )


def test_the_layer_breaks_off_what_broke_off(serve):
    server = serve(sending(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"))
    environ = environ_for("/__clerk/v1", **{"wsgi.url_scheme": "http"})
    body = site(server)(environ, lambda *_: None)
    with pytest.raises(NoAnswer, match="broke off"):
        list(body)
    body.close()
