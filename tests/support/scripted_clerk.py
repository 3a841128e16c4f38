"""Clerk's key endpoint as a real server that follows a script, mostly a bad one."""

import gzip
import json
import socket
import ssl
import struct
import threading
from contextlib import suppress
from functools import cache
from socketserver import StreamRequestHandler, ThreadingTCPServer

from key_clerk import jwk

SLOW_SECONDS = 3


def keys(*kids):
    return json.dumps({"keys": [jwk(kid) for kid in kids]}).encode()


def answer(status, body=b"", *headers):
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def saying(status, body=b"", *headers):
    return lambda exchange: exchange.send(answer(status, body, *headers))


def good(exchange):
    clerk = exchange.clerk
    exchange.send(answer("200 OK", clerk.document, *clerk.headers))


def hang(exchange):
    exchange.clerk.over.wait(60)


def slow(exchange):
    exchange.clerk.over.wait(SLOW_SECONDS)
    good(exchange)


def held(exchange):
    """Answer when `clerk.go_on` is set."""
    exchange.clerk.go_on.wait(60)
    good(exchange)


def drip(exchange):
    """A good answer, two bytes a second: each comes before anybody gives up."""
    body = exchange.clerk.document
    exchange.send(answer("200 OK", body)[: -len(body)])
    for number in range(len(body)):
        exchange.send(body[number : number + 1])
        if exchange.clerk.over.wait(0.5):
            return


def truncated(exchange):
    body = exchange.clerk.document
    exchange.send(answer("200 OK", body)[:-10])


def cut_json(exchange):
    exchange.send(answer("200 OK", exchange.clerk.document[:-10]))


def gigabyte(exchange):
    exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
    for _ in range(1_000_000):
        exchange.send(b" " * 1000)


def reset(exchange):
    exchange.connection.setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
    )
    exchange.connection.close()


def redirect(exchange):
    exchange.send(answer("302 Found", b"{}", f"Location: {exchange.clerk.elsewhere}"))


@cache
def packed():
    """Forty kilobytes that would be thirty megabytes."""
    return gzip.compress(b'{"keys":[' + b" " * 30_000_000 + b"]}")


def bomb(exchange):
    exchange.send(answer("200 OK", packed(), "Content-Encoding: gzip"))


FAULTS = {
    "hangs": hang,
    "drips": drip,
    "HTML": saying("200 OK", b"<!doctype html><h1>Hello</h1>"),
    "nothing": saying("200 OK"),
    "no content": saying("204 No Content"),
    "no keys": saying("200 OK", b'{"keys":[]}'),
    "no set": saying("200 OK", b"{}"),
    "truncated": truncated,
    "cut JSON": cut_json,
    "server error": saying("500 Oops", b"{}"),
    "keys in an error": lambda exchange: exchange.send(
        answer("503 Oops", exchange.clerk.document)
    ),
    "HTML error": saying("502 Bad Gateway", b"<h1>Bad Gateway</h1>"),
    "too many requests": saying("429 Slow Down", b"{}", "Retry-After: 20"),
    "forbidden": saying("403 Forbidden", b"{}"),
    "redirect": redirect,
    "gzip bomb": bomb,
    "gigabyte": gigabyte,
    "reset": reset,
    "no HTTP": lambda exchange: exchange.send(b"\x16\x03\x01\x00\x00"),
}


class ScriptedClerk:
    """Answers each request with the next entry of its script; the last one stays.

    `elsewhere` is where redirects lead, `tls` a server's SSL context.
    """

    def __init__(self, *kids, elsewhere="http://127.0.0.1:9/", tls=None):
        self.document = keys(*(kids or ("a",)))
        self.headers = []
        self.elsewhere = elsewhere
        self.tls = tls
        self.script = [good]
        self.requests = []
        self.sent = 0
        self.over, self.go_on, self.asked = (threading.Event() for _ in range(3))
        self.lock = threading.Lock()
        self.server = None
        self.come_back(0)
        self.port = self.server.server_address[1]
        scheme = "https" if tls else "http"
        self.url = f"{scheme}://127.0.0.1:{self.port}"

    def say(self, *script):
        with self.lock:
            self.script = list(script)

    def publish(self, *kids):
        self.document = keys(*kids)

    def next_line(self, request):
        with self.lock:
            self.requests.append(request)
            return self.script.pop(0) if len(self.script) > 1 else self.script[0]

    def go_away(self):
        """Close the port: connections are refused."""
        self.server.shutdown()
        self.server.server_close()
        self.server = None

    def come_back(self, port=None):
        self.server = Server(self.port if port is None else port, self)
        threading.Thread(target=self.server.serve_forever, args=(0.01,)).start()

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.over.set()
        self.go_on.set()
        if self.server:
            self.go_away()


class Server(ThreadingTCPServer):
    allow_reuse_address = True
    request_queue_size = 256
    daemon_threads = True
    block_on_close = False

    def __init__(self, port, clerk):
        self.clerk = clerk
        super().__init__(("127.0.0.1", port), Exchange)


class Exchange(StreamRequestHandler):
    timeout = 60

    def setup(self):
        self.clerk = self.server.clerk
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        super().setup()

    def handle(self):
        with suppress(OSError, ssl.SSLError):
            if self.clerk.tls:
                self.encrypt()
            if request := self.read_request():
                line = self.clerk.next_line(request)
                self.clerk.asked.set()
                line(self)

    def encrypt(self):
        self.connection = self.clerk.tls.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")

    def read_request(self):
        lines = []
        while line := self.rfile.readline().decode("latin-1").strip():
            lines.append(line)
        return lines

    def send(self, block):
        self.connection.sendall(block)
        self.clerk.sent += len(block)

    def finish(self):
        with suppress(OSError):
            self.connection.close()
        super().finish()
