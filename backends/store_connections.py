"""Connections to a Redis or Valkey server that cost no caller more than was agreed.

The client library bounds each read; here a whole call is bounded, in time and in
bytes. Connections are made beside the caller, who waits for them no longer than for an
answer: names that resolve slowly and TLS count. One that comes too late is kept.
"""

import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from threading import BoundedSemaphore, Thread
from typing import Any

from clerk_wsgi.backends.store_breaker import Busy
from clerk_wsgi.backends.store_commands import Command
from clerk_wsgi.backends.store_listening import Wait
from clerk_wsgi.backends.store_news import News
from clerk_wsgi.backends.store_sockets import BoundedConnection, is_quiet
from clerk_wsgi.backends.store_url import read_url
from clerk_wsgi.backends.store_wire import exchange, trouble

CALL_SECONDS = 0.05
CONNECT_SECONDS = 1.0
MOST_CONNECTIONS = 32
MOST_CONNECTING = 4


class Connections:
    """The connections of one process to one server, kept and handed out.

    A call takes so many `seconds` at most, with all that belongs to it.
    """

    def __init__(self, url: str, *, seconds: float = CALL_SECONDS) -> None:
        self._settings = read_url(url, patience=CONNECT_SECONDS)
        self._seconds = seconds
        self.renew()

    def __repr__(self) -> str:
        return f"<Connections to {self.server}>"

    @property
    def server(self) -> str:
        """Where they lead, without a password."""
        return f"{self._settings['host']}:{self._settings['port']}"

    def renew(self) -> None:
        """Start without any: those of a parent are not a child's."""
        self._idle: deque[Any] = deque()
        self._in_use = BoundedSemaphore(MOST_CONNECTIONS)
        self._connecting = BoundedSemaphore(MOST_CONNECTING)

    def ask(self, *commands: Command) -> list[Any]:
        """An answer for each command, in time. Raises Refused, Failed or Busy."""
        try:
            answers = self._ask(commands, time.monotonic() + self._seconds)
        except Busy:
            raise
        except Exception as error:  # a server that is not itself raises anything
            raise trouble(error) from None
        for answer in answers:
            if isinstance(answer, Exception):
                raise trouble(answer)
        return answers

    def _ask(self, commands: Sequence[Command], until: float) -> list[Any]:
        with within(self._in_use, until):
            connection = self._take(until)
            try:
                connection.allow(until)
                answers = exchange(connection, commands)
            except BaseException:  # what is left of it must not be the next answer
                connection.disconnect()
                raise
            self._idle.append(connection)
            return answers

    def warm(self) -> None:
        """See to it that one is there, with more patience than a caller has."""
        self._idle.append(self._take(time.monotonic() + CONNECT_SECONDS))

    def drop(self) -> None:
        """Forget the idle ones: what befell one of them may befall all."""
        while connection := self._pop():
            connection.disconnect()

    @contextmanager
    def subscribe(self, channel: str) -> Iterator[Wait]:
        """A way to wait for what is published there, on a connection of its own."""
        connection = self._connect(time.monotonic() + CONNECT_SECONDS)
        try:
            yield News(connection, channel).wait
        finally:
            connection.disconnect()

    def _pop(self) -> Any:
        with suppress(IndexError):
            return self._idle.pop()
        return None

    def _quiet(self, until: float) -> Any:
        """An idle one that is still open, if there is one."""
        while connection := self._pop():
            if is_quiet(connection, until):
                return connection
            connection.disconnect()
        return None

    def _take(self, until: float) -> Any:
        if connection := self._quiet(until):
            return connection
        with within(self._connecting, until):
            return self._quiet(until) or self._connect(until)

    def _connect(self, until: float) -> Any:
        made: Future[Any] = Future()
        idle = self._idle

        def connect() -> None:
            connection: Any = BoundedConnection(**self._settings)
            try:
                connection.connect()
            except Exception as error:
                if made.set_running_or_notify_cancel():
                    made.set_exception(error)
                return
            if made.set_running_or_notify_cancel():
                made.set_result(connection)
            else:  # nobody waits any more, but somebody will ask again
                idle.append(connection)

        Thread(target=connect, name="clerk-store-connect", daemon=True).start()
        try:
            return made.result(max(0.0, until - time.monotonic()))
        except TimeoutError:
            if made.cancel():
                raise
            return made.result()


@contextmanager
def within(limit: BoundedSemaphore, until: float) -> Iterator[None]:
    """One of so many at a time. Raises Busy where one's turn does not come."""
    if not limit.acquire(timeout=max(0.0, until - time.monotonic())):
        raise Busy("busy")
    try:
        yield
    finally:
        limit.release()
