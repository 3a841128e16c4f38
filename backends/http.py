"""One HTTP exchange, bounded in time and size, with nobody but the host that is named.

No redirects, no proxies from the environment, no retries, no compression. A connection
that drips is cut at the deadline, wherever it drips: in the headers or in the body.
"""

import math
import ssl
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from http.client import HTTPResponse
from importlib.metadata import version
from io import BufferedReader, RawIOBase
from ipaddress import ip_address
from socket import socket
from typing import Any
from urllib.parse import urlsplit

from urllib3 import BaseHTTPResponse, PoolManager, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from clerk_wsgi.backends.forks import renew_after_fork
from clerk_wsgi.backends.reaching import left, reach
from clerk_wsgi.core.errors import BackendError, ConfigurationError

USER_AGENT = f"clerk-wsgi@{version('clerk-wsgi')}"
BLOCK = 16 * 1024
CONNECT_SECONDS = 1

DEADLINE: ContextVar[float] = ContextVar("deadline")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said: any status, and the body as it came."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class NoAnswer(BackendError):
    """Nothing usable came: refused, too late, cut off, too large or no HTTP."""


Transport = Callable[[str, str, Mapping[str, str], bytes | None], Answer]
"""`(method, url, headers, body) -> Answer`; raises `NoAnswer`."""


class HttpClient:
    """Sends requests; `HttpClient().send` is a `Transport`.

    Times are seconds: for connecting, for each read, and for everything; a name that
    the system resolves slowly may take longer. `max_body` is bytes. Who asks seldom
    does without `keep_alive`: a connection kept for long is mostly found dead.
    """

    def __init__(
        self,
        *,
        connect: float = CONNECT_SECONDS,
        read: float = 1,
        total: float = 3,
        max_body: int = 64 * 1024,
        connections: int = 4,
        keep_alive: bool = True,
    ) -> None:
        self.timeout = Timeout(connect=connect, read=read)
        self.total = total
        self.max_body = max_body
        self.connections = connections
        self.keep_alive = keep_alive
        self.renew()
        renew_after_fork(self)

    def renew(self) -> None:
        """Start without connections: those of a parent are not a child's."""
        self._pools = PoolManager(
            timeout=self.timeout, maxsize=self.connections, retries=False
        )
        self._pools.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None = None,
    ) -> Answer:
        """The answer, whole. Raises `NoAnswer`, which holds no header of ours."""
        deadline = DEADLINE.set(time.monotonic() + self.total)
        try:
            response = self._pools.urlopen(
                method,
                url,
                headers=headers,
                body=body,
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
            return Answer(response.status, response.headers, self._read(response))
        except (HTTPError, OSError) as error:
            raise NoAnswer(f"No answer: {type(error).__name__}.") from None
        finally:
            DEADLINE.reset(deadline)
            if not self.keep_alive:
                self._pools.clear()

    def _read(self, response: BaseHTTPResponse) -> bytes:
        body = bytearray()
        try:
            while block := response.read1(min(BLOCK, self.max_body + 1 - len(body))):
                body += block
                if len(body) > self.max_body:
                    raise NoAnswer(f"The answer is larger than {self.max_body} bytes.")
        except BaseException:
            response.close()  # what is left of it must not be read as the next answer
            raise
        response.release_conn()
        return bytes(body)


def check_api_url(url: str) -> str:
    """`url` without slashes at its end. Raises `ConfigurationError` if secrets must not
    be sent there: https is required, http will do on the machine itself."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or not url.isascii() or not url.isprintable() or set(url) & set(' \\"'):
        raise ConfigurationError("CLERK_API_URL (option api_url) is no URL.")
    if parts.username is not None or parts.query or parts.fragment:
        raise ConfigurationError(
            "CLERK_API_URL (option api_url) may hold a host and a path, nothing else."
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise ConfigurationError("CLERK_API_URL (option api_url) must be https.")
    return url.rstrip("/")


def is_loopback(host: str) -> bool:
    """Is it this very machine, whatever a name server may say?"""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


class _DeadlineReader(RawIOBase):
    """Reads from a socket as long as there is time."""

    def __init__(self, raw: RawIOBase, sock: socket, deadline: float) -> None:
        self._raw = raw
        self._socket = sock
        self._deadline = deadline
        self._patience = sock.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        patience = self._patience or math.inf
        self._socket.settimeout(left(patience, self._deadline))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(HTTPResponse):
    def __init__(self, sock: socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        raw = self.fp.detach()
        self.fp = BufferedReader(_DeadlineReader(raw, sock, DEADLINE.get()))


class BoundedConnection(HTTPConnection):
    response_class = _Response

    def _new_conn(self) -> socket:
        return reach(self, self.timeout or CONNECT_SECONDS, DEADLINE.get())


class BoundedTLSConnection(BoundedConnection, HTTPSConnection):
    def connect(self) -> None:
        """With a context of the module's: gevent may have replaced it after urllib3
        was imported, whose own then ends in a RecursionError."""
        self.ssl_context = self.ssl_context or ssl.create_default_context()
        super().connect()


class _Pool(HTTPConnectionPool):
    ConnectionCls = BoundedConnection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = BoundedTLSConnection
