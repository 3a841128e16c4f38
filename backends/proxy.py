"""Requests to Clerk's Frontend API for a browser, whose bodies pass in blocks.

What `clerk_wsgi.backends.http` promises holds here, too: no redirects, no proxies from
the environment, no retries, and a deadline for all of it, wherever it drips.
"""

import time
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from typing import Any

from urllib3 import BaseHTTPResponse, PoolManager, Timeout
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError
from urllib3.util import SKIP_HEADER

from clerk_wsgi.backends.forks import renew_after_fork
from clerk_wsgi.backends.http import (
    BLOCK,
    DEADLINE,
    BoundedConnection,
    BoundedTLSConnection,
    NoAnswer,
)
from clerk_wsgi.core.frontend_proxy import Incoming, Outgoing

DECODABLE = frozenset(("", "identity", "gzip", "x-gzip", "deflate"))

_target: ContextVar[str] = ContextVar("target")


class ProxyTransport:
    """Sends a browser's requests; `ProxyTransport().send` is the proxy's transport.

    Times are seconds: for connecting, for each read, and for everything. `max_head` is
    what the headers of an answer may have, in bytes.
    """

    def __init__(
        self,
        *,
        connect: float = 5,
        read: float = 30,
        total: float = 60,
        max_head: int = 64 * 1024,
        connections: int = 8,
    ) -> None:
        self.timeout = Timeout(connect=connect, read=read)
        self.total = total
        self.max_head = max_head
        self.connections = connections
        self.renew()
        renew_after_fork(self)

    def renew(self) -> None:
        """Start without connections: those of a parent are not a child's."""
        self._pools = PoolManager(
            timeout=self.timeout, maxsize=self.connections, retries=False
        )
        self._pools.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}

    def send(self, request: Outgoing) -> Incoming:
        """The answer, whose body is read while it is iterated.

        Raises NoAnswer, here or in the body; it holds no header of ours.
        """
        deadline = time.monotonic() + self.total
        tokens = DEADLINE.set(deadline), _target.set(request.target)
        try:
            response = self._open(request, deadline)
        except (HTTPError, OSError, ValueError) as error:
            raise NoAnswer(f"No answer: {type(error).__name__}.") from None
        finally:
            DEADLINE.reset(tokens[0])
            _target.reset(tokens[1])
        try:
            headers = self._head(response)
        except NoAnswer:
            response.close()
            raise
        return Incoming(response.status, headers, _Body(response))

    def _open(self, request: Outgoing, deadline: float) -> BaseHTTPResponse:
        headers = {"user-agent": SKIP_HEADER, **request.headers}
        if request.length is not None:
            headers["content-length"] = str(request.length)
        body = request.body and _in_time(request.body, deadline)
        pool = self._pools.connection_from_url(request.origin)
        return pool.urlopen(
            request.method,
            request.target,
            headers=headers,
            body=body,
            redirect=False,
            retries=False,
            preload_content=False,
            decode_content=True,
        )

    def _head(self, response: BaseHTTPResponse) -> list[tuple[str, str]]:
        """The headers, each as often as it came. Raises NoAnswer for odd answers."""
        headers = list(response.headers.items())
        if sum(len(name) + len(value) for name, value in headers) > self.max_head:
            raise NoAnswer(f"The headers are larger than {self.max_head} bytes.")
        if not 200 <= response.status < 600:
            raise NoAnswer(f"The status {response.status} is no answer.")
        if response.headers.get("content-encoding", "").lower() not in DECODABLE:
            raise NoAnswer("The body is compressed in a way that nobody asked for.")
        return headers


class _Body:
    """What is left of an answer, and the connection that it comes by."""

    def __init__(self, response: BaseHTTPResponse) -> None:
        self._response = response
        self._is_read = False

    def __iter__(self) -> Iterator[bytes]:
        try:
            while block := self._response.read1(BLOCK, decode_content=True):
                yield block
        except (HTTPError, OSError) as error:
            raise NoAnswer(f"The answer broke off: {type(error).__name__}.") from None
        self._is_read = True

    def close(self) -> None:
        if not self._is_read:
            self._response.close()  # the rest must not be read as the next answer
        self._response.release_conn()


def _in_time(body: Iterable[bytes], deadline: float) -> Iterator[bytes]:
    for block in body:
        if time.monotonic() > deadline:
            raise TimeoutError("The deadline is over.")
        yield block


class _Verbatim(BoundedConnection):
    """Asks for the target as it is spelled, where urllib3 would spell it anew."""

    def putrequest(self, method: str, url: str, *args: Any, **options: Any) -> None:
        super().putrequest(method, _target.get(url), *args, **options)


class _TLSVerbatim(BoundedTLSConnection):
    def putrequest(self, method: str, url: str, *args: Any, **options: Any) -> None:
        super().putrequest(method, _target.get(url), *args, **options)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Verbatim


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _TLSVerbatim
