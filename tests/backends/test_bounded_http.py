import json
import os
import socket
import ssl
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from socketserver import StreamRequestHandler, ThreadingTCPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from forging import private_key, vector_keys

from clerk_wsgi.backends.http import HttpClient, NoAnswer
from clerk_wsgi.backends.jwks import JwksBackend
from clerk_wsgi.core.errors import KeysUnavailable

SECRET = "sk_test_canary"
GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Name: value\r\n\r\n{}"


class Server(ThreadingTCPServer):
    """Answers every request on the machine itself with what a function writes."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, write):
        self.write = write
        self.requests = []
        self.peers = set()
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class Handler(StreamRequestHandler):
    timeout = 30

    def handle(self):
        with suppress(OSError):
            while request := self.read_request():
                self.server.requests.append(request)
                self.server.peers.add(self.client_address)
                if not self.server.write(self.wfile):
                    return

    def read_request(self):
        lines = []
        while line := self.rfile.readline().decode().strip():
            lines.append(line)
        headers = dict(line.split(": ", 1) for line in lines[1:])
        self.rfile.read(int(headers.get("Content-Length", 0)))
        return lines


@pytest.fixture
def serve():
    servers = []

    def start(write):
        server = Server(write)
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


def client(**options):
    return HttpClient(**{"connect": 5, "read": 5, "total": 10, **options})


def get(server, **options):
    return client(**options).send("GET", server.url, {"Authorization": SECRET})


def refusal(server, **options):
    with pytest.raises(NoAnswer) as caught:
        get(server, **options)
    assert SECRET not in str(caught.value)
    return str(caught.value)


def test_an_answer_is_read_whole(serve):
    server = serve(sending(GOOD))
    answer = client().send("GET", server.url + "/v1/jwks?a=b", {"X-Mine": "1"})
    assert (answer.status, answer.body) == (200, b"{}")
    assert answer.headers["x-name"] == "value"
    assert server.requests[0][0] == "GET /v1/jwks?a=b HTTP/1.1"
    assert "X-Mine: 1" in server.requests[0]


def test_a_body_is_sent(serve):
    server = serve(sending(GOOD))
    client().send("POST", server.url, {"Content-Type": "application/json"}, b'{"a":1}')
    assert server.requests[0][0] == "POST / HTTP/1.1"
    assert "Content-Length: 7" in server.requests[0]


def test_connections_are_used_again(serve):
    server = serve(keeping_alive(GOOD))
    sender = client()
    for _ in range(3):
        assert sender.send("GET", server.url, {}).status == 200
    assert (len(server.requests), len(server.peers)) == (3, 1)


def test_who_asks_seldom_keeps_no_connection(serve):
    server = serve(keeping_alive(GOOD))
    sender = client(keep_alive=False)
    for _ in range(3):
        assert sender.send("GET", server.url, {}).status == 200
    assert (len(server.requests), len(server.peers)) == (3, 3)


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
BODIES = {
    "of a known length": (GOOD, b"{}"),
    "of no length": (b"HTTP/1.1 200 OK\r\n\r\n{}", b"{}"),
    "in chunks": (CHUNKED + b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n", b"{}"),
    "of HTTP/1.0": (b"HTTP/1.0 200 OK\r\n\r\n{}", b"{}"),
    "that is none": (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
    "of an error": (b"HTTP/1.1 500 Oops\r\nContent-Length: 1\r\n\r\nx", b"x"),
    "that looks compressed": (
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx",
        b"x",
    ),
}


@pytest.mark.parametrize(("sent", "body"), BODIES.values(), ids=BODIES)
def test_a_body_may_come_in_several_ways(serve, sent, body):
    assert get(serve(sending(sent))).body == body


NO_ANSWERS = {
    "nothing": b"",
    "garbage": b"\0\1\2garbage\r\n\r\n",
    "half a status": b"HTTP/1.1 20",
    "less than announced": b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}",
    "half the chunks": CHUNKED + b"1\r\n{\r\n",
    "chunks that are none": CHUNKED + b"x\r\n{}\r\n0\r\n\r\n",
    "a line without end": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000,
    "headers without end": b"HTTP/1.1 200 OK\r\n" + b"X: x\r\n" * 200 + b"\r\n{}",
}


@pytest.mark.parametrize("sent", NO_ANSWERS.values(), ids=NO_ANSWERS)
def test_half_an_answer_is_none(serve, sent):
    refusal(serve(sending(sent)))


HUGE = {
    "announced": b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n",
    "of no length": b"HTTP/1.1 200 OK\r\n\r\n",
    "in chunks": CHUNKED + b"3b9aca00\r\n",
}


@pytest.mark.parametrize("head", HUGE.values(), ids=HUGE)
def test_a_huge_body_is_cut(serve, head):
    written = []

    def pour(file):
        file.write(head)
        for _ in range(1000):
            file.write(b"x" * 100_000)
            written.append(100_000)

    assert "larger than 65536 bytes" in refusal(serve(pour))
    assert sum(written) < 50_000_000


def test_a_body_as_large_as_allowed_is_read(serve):
    body = b"x" * 100
    sent = b"HTTP/1.1 200 OK\r\n\r\n" + body
    assert get(serve(sending(sent)), max_body=100).body == body
    refusal(serve(sending(sent)), max_body=99)


def dripping(before, drops, after=b""):
    """Ten seconds of drops, in the end a good answer."""
    drop = drops[:1] or b"x"
    return sending(before, *[drop] * 200, after, pause=0.05)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n"
DRIPS = {
    "the body": dripping(HEAD, b"x"),
    "a header": dripping(b"HTTP/1.1 200 OK\r\nX: ", b"x", b"\r\n\r\n{}"),
    "the status": dripping(b"HTTP/1.1 200 ", b"x", b"\r\n\r\n{}"),
    "a chunk": dripping(CHUNKED + b"c8\r\n", b"x", b"\r\n0\r\n\r\n"),
    "a chunk's size": dripping(CHUNKED, b"0", b"\r\n\r\n"),
}


@pytest.mark.parametrize("drip", DRIPS.values(), ids=DRIPS)
def test_what_drips_is_cut_at_the_deadline(serve, drip):
    refusal(serve(drip), total=0.3)


def test_without_time_there_is_no_answer(serve):
    refusal(serve(sending(GOOD)), total=0)


def test_a_deadline_does_not_outlive_its_exchange(serve):
    sender = client(total=0.5)
    slow, quick = serve(dripping(HEAD, b"x")), serve(keeping_alive(GOOD))
    with pytest.raises(NoAnswer):
        sender.send("GET", slow.url, {})
    assert sender.send("GET", quick.url, {}).body == b"{}"
    time.sleep(0.6)
    assert sender.send("GET", quick.url, {}).body == b"{}"


def test_a_server_that_hangs_is_left(serve):
    done = threading.Event()
    server = serve(lambda file: done.wait(20))
    refusal(server, read=0.1)
    done.set()


def test_what_is_left_of_an_answer_is_not_the_next_one(serve):
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
    server = serve(keeping_alive(head + b"x" * 100_000))
    sender = client(max_body=5)
    for _ in range(2):
        with pytest.raises(NoAnswer, match="larger"):
            sender.send("GET", server.url, {})
    assert len(server.peers) == 2


def test_a_refused_connection_is_no_answer():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(NoAnswer):
        client().send("GET", f"http://127.0.0.1:{port}", {})


def test_a_redirect_is_an_answer_like_any_other(serve):
    other = serve(sending(GOOD))
    head = f"HTTP/1.1 302 Found\r\nLocation: {other.url}\r\nContent-Length: 0\r\n\r\n"
    assert get(serve(sending(head.encode()))).status == 302
    assert other.requests == []


def test_proxies_of_the_environment_are_not_asked(serve, monkeypatch):
    proxy = serve(sending(GOOD))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url)
    monkeypatch.setenv("no_proxy", "")
    assert get(serve(sending(GOOD))).status == 200
    assert proxy.requests == []


def self_signed(path):
    key = private_key("a")
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    now = datetime.now(UTC)
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


def test_a_certificate_that_nobody_vouches_for_is_refused(serve, tmp_path):
    server = serve(sending(GOOD))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path / "server.pem"))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.url = server.url.replace("http:", "https:")
    refusal(server)
    assert server.requests == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_forked_child_has_connections_of_its_own(serve):
    server = serve(keeping_alive(GOOD))
    sender = client()
    sender.send("GET", server.url, {})
    child = os.fork()
    if not child:
        try:
            os._exit(0 if sender.send("GET", server.url, {}).status == 200 else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert sender.send("GET", server.url, {}).status == 200
    assert (len(server.requests), len(server.peers)) == (3, 2)


def test_keys_are_fetched_over_a_real_connection(serve):
    jwk = vector_keys()["a"]["public_jwk"]
    body = json.dumps({"keys": [jwk]}).encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
    server = serve(keeping_alive(head + body))
    backend = JwksBackend(server.url, "v1", SECRET)
    assert backend.find_key(jwk["kid"]).kid == jwk["kid"]
    assert server.requests[0][0] == "GET /v1/jwks HTTP/1.1"
    assert f"Authorization: Bearer {SECRET}" in server.requests[0]


def test_keys_behind_a_redirect_are_not_fetched(serve):
    other = serve(sending(GOOD))
    head = (
        f"HTTP/1.1 301 Moved\r\nLocation: {other.url}\r\nContent-Length: 2\r\n\r\n{{}}"
    )
    server = serve(sending(head.encode()))
    with pytest.raises(KeysUnavailable, match="code=301"):
        JwksBackend(server.url, "v1", SECRET).find_key("a")
    assert other.requests == []
