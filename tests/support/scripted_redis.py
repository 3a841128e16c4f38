"""A Redis server that behaves badly, on purpose and on demand."""

import socket
import struct
import time
from contextlib import contextmanager, suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread

LINGER_NOT = struct.pack("ii", 1, 0)


def say(data):
    """Answers every command so."""

    def behave(sock, server):
        sock.sendall(data)
        return True

    return behave


def hang(sock, server):
    server.ended_within(2)


def drip(sock, server):
    """A long answer, byte by byte, each in time for itself."""
    sock.sendall(b"$500\r\n")
    for _ in range(500):
        if server.ended_within(0.005):
            return
        sock.sendall(b"x")


def cut_off(sock, server):
    sock.sendall(b"$100\r\nabc")


def reset(sock, server):
    sock.sendall(b"$100\r\nabc")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)


def leave(sock, server):
    """Says nothing and closes."""


def pour(sock, server):
    """A gigabyte, as fast as it goes."""
    sock.sendall(b"$1000000000\r\n")
    block = b"x" * 65536
    for _ in range(2000):
        sock.sendall(block)


def pour_parts(sock, server):
    sock.sendall(b"*1000000000\r\n")
    block = b":1\r\n" * 16384
    for _ in range(2000):
        sock.sendall(block)


# Those that cost a caller time, or that leave a connection in an unknown state.
SILENCES = {
    "hangs": hang,
    "drips": drip,
    "cuts off": cut_off,
    "resets": reset,
    "leaves": leave,
    "pours bytes": pour,
    "pours parts": pour_parts,
    "speaks HTTP": say(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    "speaks nonsense": say(b"\x00\xff\xfe" * 9 + b"\r\n"),
    "nests": say(b"*1\r\n" * 5000),
    "writes endless numbers": say(b":" + b"9" * 9999 + b"\r\n"),
    "gives a negative length": say(b"$-7\r\n\r\n"),
    "loads": say(b"-LOADING Redis is loading the dataset in memory\r\n"),
    "wants a password": say(b"-NOAUTH Authentication required.\r\n"),
    "is a replica now": say(b"-READONLY You can't write against a replica.\r\n"),
}
REFUSALS = {
    "has no memory": say(
        b"-OOM command not allowed when used memory > 'maxmemory'\r\n"
    ),
    "has moved": say(b"-MOVED 3999 127.0.0.1:6381\r\n"),
    "finds another type": say(b"-WRONGTYPE Operation against a key\r\n"),
    "cannot save": say(b"-MISCONF Redis is configured to save RDB snapshots\r\n"),
    "permits nothing": say(b"-NOPERM this user has no permissions\r\n"),
    "has no master": say(b"-MASTERDOWN Link with MASTER is down\r\n"),
}
# Answers that are well-formed, and about something else.
NONSENSE = {
    "a number": say(b":1\r\n"),
    "a word": say(b"+QUEUED\r\n"),
    "nothing": say(b"$-1\r\n"),
    "no parts": say(b"*0\r\n"),
    "parts": say(b"*3\r\n$3\r\nabc\r\n:1\r\n*1\r\n+x\r\n"),
    "two answers": say(b"+OK\r\n+OK\r\n"),
}


class Scripted(ThreadingTCPServer):
    """Takes connections as a server would, then does what `behave` says.

    `asked` counts what came after that, `connections` those that were made. It is
    `greeting_after` so many seconds that it says its first word.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self, behave):
        self.behave = behave
        self.asked = 0
        self.connections = 0
        self.greeting_after = 0.0
        self.is_over = False
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.server_address[1]}"

    def ended_within(self, seconds):
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self.is_over:
            time.sleep(min(0.005, seconds))
        return self.is_over


class Handler(BaseRequestHandler):
    def handle(self):
        self.server.connections += 1
        time.sleep(self.server.greeting_after)
        with suppress(OSError):
            while data := self.request.recv(65536):
                if b"SETINFO" in data:
                    self.request.sendall(b"+OK\r\n")
                    continue
                self.server.asked += 1
                if not self.server.behave(self.request, self.server):
                    break


@contextmanager
def scripted(behave):
    with Scripted(behave) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield server
        finally:
            server.is_over = True
            server.shutdown()
