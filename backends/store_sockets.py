"""Sockets whose reads and writes all end by a time, and that read only so much."""

import math
import time
from collections.abc import Callable
from ssl import SSLContext, SSLWantReadError
from typing import Any

from redis.connection import Connection

MOST_BYTES = 8 * 1024 * 1024
LATE_BYTES = 16 * 1024


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
        data: bytes = self._within_limits(self._sock.recv, size)
        self._bytes_left -= len(data)
        return data

    def sendall(self, data: bytes) -> None:
        self._within_limits(self._sock.sendall, data)

    def _within_limits(self, call: Callable[[Any], Any], given: object) -> Any:
        """When time is up, a little that is there already counts: we were slow."""
        left = max(0.0, self._until - time.monotonic())
        if not left:
            self._bytes_left = min(self._bytes_left, LATE_BYTES)
        if self._bytes_left <= 0:
            raise OSError("The answer is too large.")
        wanted = math.inf if self._timeout is None else self._timeout
        self._sock.settimeout(min(left, wanted))
        try:
            return call(given)
        except (BlockingIOError, SSLWantReadError):
            if wanted > left:
                raise TimeoutError("There is no time left.") from None
            raise

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


class BoundedConnection(Connection):
    """A connection of the client library's, through TLS where `tls` is given."""

    _sock: Any

    def __init__(
        self, *, tls: Callable[[], SSLContext] | None = None, **settings: Any
    ) -> None:
        super().__init__(**settings)  # type: ignore[no-untyped-call]
        self._tls = tls

    def _connect(self) -> BoundedSocket:
        sock = super()._connect()  # type: ignore[no-untyped-call]
        if self._tls:
            try:
                sock = self._tls().wrap_socket(sock, server_hostname=self.host)
            except BaseException:
                sock.close()
                raise
        return BoundedSocket(sock, float(self.socket_timeout or 0))

    def allow(self, until: float) -> None:
        self._sock.allow(until)


def is_quiet(connection: Any, until: float) -> bool:
    """Is it open, with nothing to read that nobody asked for?"""
    try:
        connection.allow(until)
        return not connection.can_read(0)
    except Exception:
        return False
