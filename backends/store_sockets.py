"""Sockets whose reads and writes all end by a time, and that read only so much."""

import time
from typing import Any

from redis.connection import Connection, SSLConnection

MOST_BYTES = 8 * 1024 * 1024


class BoundedSocket:
    """A socket as the client library uses one, bounded for a whole call."""

    def __init__(self, sock: Any, seconds: float) -> None:
        self._sock = sock
        self._timeout: float | None = None
        self.allow(time.monotonic() + seconds)

    def allow(self, until: float) -> None:
        """From here on there is this time (`time.monotonic`), and `MOST_BYTES`."""
        self._until = until
        self._bytes_left = MOST_BYTES

    def settimeout(self, timeout: float | None) -> None:
        """What the library wants, if that is less."""
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
            raise OSError("The answer is too large.")
        self._sock.settimeout(left if self._timeout is None else min(left, self._timeout))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


class BoundedConnection(Connection):
    def _connect(self) -> BoundedSocket:
        return BoundedSocket(super()._connect(), self.socket_timeout)

    def allow(self, until: float) -> None:
        self._sock.allow(until)


class BoundedTLSConnection(SSLConnection):
    def _connect(self) -> BoundedSocket:
        return BoundedSocket(super()._connect(), self.socket_timeout)

    def allow(self, until: float) -> None:
        self._sock.allow(until)


KINDS = {"redis": BoundedConnection, "rediss": BoundedTLSConnection}


def is_quiet(connection: Any, until: float) -> bool:
    """Is it open, with nothing to read that nobody asked for?"""
    try:
        connection.allow(until)
        return not connection.can_read(0)
    except Exception:
        return False
