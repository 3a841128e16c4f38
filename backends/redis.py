"""The shared store in a Redis or Valkey server: `CLERK_STORE_URL=redis://...`.

A store that is away costs its first caller 50 ms and the others nothing, and nobody an
error: values are then not there, feeds are unavailable.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from clerk_wsgi.backends.forks import renew_after_fork
from clerk_wsgi.backends.store_breaker import (
    Breaker,
    Busy,
    Failed,
    Refused,
    StoreHealth,
)
from clerk_wsgi.backends.store_commands import Command
from clerk_wsgi.backends.store_feeds import Feeds
from clerk_wsgi.backends.store_listening import POLL_SECONDS, Listening
from clerk_wsgi.backends.store_sealing import Sealer
from clerk_wsgi.core.errors import ConfigurationError, StoreUnavailable
from clerk_wsgi.core.events import Emit, ignore
from clerk_wsgi.core.stores import Entries

if TYPE_CHECKING:
    from clerk_wsgi.backends.store_connections import Connections

MOST_VALUE_BYTES = 1024 * 1024
LONGEST_SECONDS = 366 * 24 * 3600
NO_PACKAGE = (
    "CLERK_STORE_URL (option store_url) names a Redis or Valkey server, which needs "
    "the package redis: pip install redis."
)


class RedisStore:
    """A `Store` that processes and hosts share.

    `clock` gives seconds since 1970: entries say with it when they end, so the hosts'
    clocks must agree to a second or so. Safe in threads, greenlets and forked children.
    """

    def __init__(
        self,
        connections: "Connections",
        sealer: Sealer,
        *,
        emit: Emit = ignore,
        clock: Callable[[], float] = time.time,
        poll: float = POLL_SECONDS,
    ) -> None:
        self._connections = connections
        self._sealer = sealer
        self._clock = clock
        self._poll = poll
        self._breaker = Breaker(self._probe, emit=emit)
        self._feeds = Feeds(self._ask, sealer, clock)
        renew_after_fork(self)

    @classmethod
    def from_url(
        cls, url: str, *, secret: str, scope: str, seconds: float = 0.05, **more: Any
    ) -> Self:
        """The store at that URL; no call of it takes more than so many seconds.

        Nothing is connected before it is asked. `more` is what the class takes.

        Raises ConfigurationError, which tells nothing that the URL hides.
        """
        try:
            from clerk_wsgi.backends.store_connections import Connections
        except ImportError:
            raise ConfigurationError(NO_PACKAGE) from None
        connections = Connections(url, seconds=seconds)
        return cls(connections, Sealer(secret, scope), **more)

    def __repr__(self) -> str:
        return f"<RedisStore at {self._connections.server}>"

    def renew(self) -> None:
        self._connections.renew()
        self._breaker.renew()
        self._feeds.renew()

    def health(self) -> StoreHealth:
        return self._breaker.health()

    def read(self, name: str) -> bytes | None:
        key = self._sealer.key("value", name)
        with suppress(StoreUnavailable):
            (sealed,) = self._ask(("GET", key))
            return self._sealer.open(key, sealed, self._clock())
        return None

    def write(self, name: str, value: bytes, seconds: float) -> None:
        if not 0 < seconds <= LONGEST_SECONDS or len(value) > MOST_VALUE_BYTES:
            return
        key = self._sealer.key("value", name)
        sealed = self._sealer.seal(key, value, self._clock() + seconds)
        with suppress(StoreUnavailable):
            self._ask(("SET", key, sealed, "PX", max(1, int(seconds * 1000))))

    def forget(self, name: str) -> None:
        with suppress(StoreUnavailable):
            self._ask(("DEL", self._sealer.key("value", name)))

    def append(self, feed: str, entry: bytes, seconds: float) -> None:
        self._feeds.append(self._sealer.key("feed", feed), entry, seconds)

    def entries(self, feed: str) -> Entries:
        return self._feeds.entries(self._sealer.key("feed", feed))

    def listen(self, feed: str, told: Callable[[], object]) -> Callable[[], None]:
        key = self._sealer.key("feed", feed)
        subscribe = partial(self._connections.subscribe, key)
        return Listening(subscribe, told, poll=self._poll).end

    def _ask(self, *commands: Command) -> list[Any]:
        """An answer for each command. Raises StoreUnavailable."""
        if not self._breaker.allows():
            raise unavailable(self.health().reason)
        try:
            answers = self._connections.ask(*commands)
        except Busy as error:
            raise unavailable(str(error)) from None
        except Refused as error:
            self._breaker.refused(str(error))
            raise unavailable(str(error)) from None
        except Failed as error:
            self._breaker.failed(str(error))
            self._connections.drop()
            raise unavailable(str(error)) from None
        self._breaker.succeeded()
        return answers

    def _probe(self) -> None:
        """Is it there, in time, and can it be written to?"""
        self._connections.warm()
        self._connections.ask(("SET", self._sealer.key("probe", ""), "", "PX", 1000))


def unavailable(reason: str) -> StoreUnavailable:
    return StoreUnavailable(f"The shared store does not answer: {reason}.")
