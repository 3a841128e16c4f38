"""Connections to a Redis or Valkey server that cost no caller more than was agreed.

The client library bounds each read; here a whole call is bounded, in time and in
bytes. Connections are made beside the caller, who waits for them no longer than for an
answer: names that resolve slowly and TLS count. One that comes too late is kept.
"""

import ssl
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from threading import BoundedSemaphore, Thread
from typing import Any

import redis
from redis.connection import Connection, SSLConnection, parse_url

from clerk_wsgi.core.errors import BackendError, ConfigurationError

CALL_SECONDS = 0.05
CONNECT_SECONDS = 1.0
MOST_BYTES = 8 * 1024 * 1024
MOST_CONNECTIONS = 32
MOST_CONNECTING = 4

Command = tuple[str | bytes | int | float, ...]

NOT_USABLE = (
    "CLERK_STORE_URL (option store_url) is not usable: write "
    "redis://[[user]:password@]host[:port][/number], or rediss:// for TLS."
)


class Busy(BackendError):
    """Every connection is in use, or being made."""


class BoundedSocket:
    """A socket whose reads and writes all end by a time, and that reads only so much."""

    def __init__(self, sock: Any) -> None:
        self._sock = sock
        self._timeout: float | None = None
        self._bytes_left = 0
        self.allow(CONNECT_SECONDS)

    def allow(self, seconds: float) -> None:
        """From now on there are so many seconds, and `MOST_BYTES`."""
        self._until = time.monotonic() + seconds
        self._bytes_left = MOST_BYTES

    def settimeout(self, timeout: float | None) -> None:
        self._timeout = timeout

    def recv(self, size: int) -> bytes:
        self._prepare()
        data: bytes = self._sock.recv(size)
        self._bytes_left -= len(data)
        return data

    def recv_into(self, buffer: bytearray) -> int:
        self._prepare()
        size: int = self._sock.recv_into(buffer)
        self._bytes_left -= size
        return size

    def sendall(self, data: bytes) -> None:
        self._prepare()
        self._sock.sendall(data)

    def _prepare(self) -> None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("There is no time left.")
        if self._bytes_left <= 0:
            raise ConnectionError("The answer is too large.")
        self._sock.settimeout(left if self._timeout is None else min(left, self._timeout))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


class BoundedConnection(Connection):
    def _connect(self) -> BoundedSocket:
        return BoundedSocket(super()._connect())

    def allow(self, seconds: float) -> None:
        self._sock.allow(seconds)


class BoundedTLSConnection(SSLConnection):
    def _connect(self) -> BoundedSocket:
        return BoundedSocket(super()._connect())

    def allow(self, seconds: float) -> None:
        self._sock.allow(seconds)


class Connections:
    """The connections of one process to one server, kept and handed out."""

    def __init__(self, url: str) -> None:
        self._kind, self._settings = read_url(url)
        self.renew()

    def __repr__(self) -> str:
        return f"<Connections to {self.server}>"

    @property
    def server(self) -> str:
        """Where they lead; no password."""
        host = self._settings.get("host", "localhost")
        return f"{host}:{self._settings.get('port', 6379)}"

    def renew(self) -> None:
        """Start without any: those of a parent are not a child's."""
        self._idle: deque[Any] = deque()
        self._in_use = BoundedSemaphore(MOST_CONNECTIONS)
        self._connecting = BoundedSemaphore(MOST_CONNECTING)

    def ask(self, *commands: Command, seconds: float = CALL_SECONDS) -> list[Any]:
        """An answer for each command. Raises whatever went wrong, in time.

        A server that says no raises `redis.ResponseError`.
        """
        until = time.monotonic() + seconds
        if not self._in_use.acquire(timeout=seconds):
            raise Busy("All connections are in use.")
        try:
            connection = self._take(until)
            with kept_if_sound(connection):
                connection.allow(until - time.monotonic())
                answers = exchange(connection, commands)
            self._idle.append(connection)
        finally:
            self._in_use.release()
        return read_all(answers)

    def warm(self) -> None:
        """See to it that a connection is there, with more patience than a caller has."""
        self._idle.append(self._take(time.monotonic() + CONNECT_SECONDS))

    def drop(self) -> None:
        """Forget the idle ones: what befell one of them may befall all."""
        with suppress(IndexError):
            while True:
                self._idle.pop().disconnect()

    @contextmanager
    def lend(self) -> Iterator[Any]:
        """A connection of the caller's own, closed afterwards."""
        connection = self._make()
        try:
            connection.connect()
            yield connection
        finally:
            connection.disconnect()

    def _take(self, until: float) -> Any:
        with suppress(IndexError):
            while True:
                connection = self._idle.pop()
                if is_quiet(connection):
                    return connection
                connection.disconnect()
        return self._connect(until)

    def _make(self) -> Any:
        return self._kind(**self._settings)

    def _connect(self, until: float) -> Any:
        limit = self._connecting
        if not limit.acquire(blocking=False):
            raise Busy("Connections are being made.")
        made: Future[Any] = Future()

        def connect() -> None:
            try:
                connection = self._make()
                connection.connect()
                if not made.set_running_or_notify_cancel():
                    self._idle.append(connection)
                else:
                    made.set_result(connection)
            except Exception as error:
                if made.set_running_or_notify_cancel():
                    made.set_exception(error)
            finally:
                limit.release()

        Thread(target=connect, name="clerk-store-connect", daemon=True).start()
        try:
            return made.result(until - time.monotonic())
        finally:
            if not made.cancel() and not made.done():
                pass


def read_url(url: str) -> tuple[type[Connection], dict[str, Any]]:
    ...
