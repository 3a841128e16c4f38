"""The store of one process: `CLERK_STORE_URL=memory://`, and what is used without."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from operator import itemgetter
from threading import Condition, Lock
from typing import Any, Self
from weakref import WeakValueDictionary

from cachetools import TLRUCache

from clerk_wsgi.backends.forks import renew_after_fork
from clerk_wsgi.backends.store_listening import POLL_SECONDS, Listening, Wait
from clerk_wsgi.core.errors import ConfigurationError
from clerk_wsgi.core.events import Emit, ignore
from clerk_wsgi.core.stores import Entries

MOST_BYTES = 16 * 1024 * 1024
MOST_VALUES = 10_000
MOST_ENTRIES = 100_000
MOST_ENTRY_BYTES = 4096
MARK = "memory"

Kept = tuple[bytes, float, int]
"""A value, when it ends and about what it costs."""


def weight(name: str, value: bytes) -> int:
    """Never so little that too many fit."""
    return max(4 * len(name) + len(value) + 400, MOST_BYTES // MOST_VALUES + 1)


class Made:
    """The stores of this process that somebody uses, by their names."""

    def __init__(self) -> None:
        self._stores: WeakValueDictionary[tuple[type, bytes], Any]
        self._stores = WeakValueDictionary()
        self.renew()
        renew_after_fork(self)

    def renew(self) -> None:
        self._lock = Lock()

    def get(self, name: tuple[type, bytes], make: Callable[[], Any]) -> Any:
        with self._lock:
            store = self._stores.get(name)
            if store is None:
                store = self._stores[name] = make()
        return store


_made = Made()


class MemoryStore:
    """A `Store` for this process alone: at most 10,000 values and about 16 MiB.

    The least recently used go first. `clock` gives seconds. Nothing is sealed, since
    nobody else can write here.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.time,
        poll: float = POLL_SECONDS,
    ) -> None:
        self._clock = clock
        self._poll = poll
        self._feeds: dict[str, dict[bytes, float]] = {}
        self._appended = 0
        self.renew()
        renew_after_fork(self)

    @classmethod
    def from_url(
        cls, url: str, *, secret: str, scope: str, emit: Emit = ignore, **more: Any
    ) -> Self:
        """One store for each secret and scope, whoever asks: the parts of an
        application that are built apart then share it. Raises ConfigurationError."""
        if url != "memory://":
            raise ConfigurationError(
                "CLERK_STORE_URL (option store_url) must be memory:// and nothing more "
                "for a store in the process."
            )
        name = (cls, sha256(f"{len(secret)} {secret} {scope}".encode()).digest())
        store: Self = _made.get(name, lambda: cls(**more))
        return store

    def renew(self) -> None:
        """A forked child knows its parent's feeds. Values are only a cache."""
        self._changed = Condition(Lock())
        self._values: TLRUCache[str, Kept] = TLRUCache(
            MOST_BYTES, lambda name, kept, now: kept[1], self._clock, itemgetter(2)
        )

    def read(self, name: str) -> bytes | None:
        with self._changed:
            kept = self._values.get(name)
        return kept[0] if kept else None

    def write(self, name: str, value: bytes, seconds: float) -> None:
        cost = weight(name, value)
        if seconds > 0 and cost <= MOST_BYTES:
            with self._changed:
                self._values[name] = value, self._clock() + seconds, cost

    def forget(self, name: str) -> None:
        with self._changed:
            self._values.pop(name, None)

    def append(self, feed: str, entry: bytes, seconds: float) -> None:
        if len(entry) > MOST_ENTRY_BYTES:
            raise ValueError(
                f"An entry of a feed has {MOST_ENTRY_BYTES} bytes at most."
            )
        if not seconds > 0:
            return
        until = self._clock() + seconds
        with self._changed:
            known = self._feeds.setdefault(feed, {})
            known[entry] = max(until, known.get(entry, until))
            if len(known) > MOST_ENTRIES:
                self._feeds[feed] = dict(self._good(known)[-MOST_ENTRIES * 9 // 10 :])
            self._appended += 1
            self._changed.notify_all()

    def entries(self, feed: str) -> Entries:
        with self._changed:
            known = self._feeds[feed] = dict(self._good(self._feeds.get(feed, {})))
            return Entries(known, MARK)

    def listen(self, feed: str, told: Callable[[], object]) -> Callable[[], None]:
        return Listening(self._subscribe, told, poll=self._poll).end

    def _good(self, known: dict[bytes, float]) -> list[tuple[bytes, float]]:
        """What is not over, first to end first."""
        now = self._clock()
        good = (each for each in known.items() if each[1] > now)
        return sorted(good, key=lambda each: each[1])

    @contextmanager
    def _subscribe(self) -> Iterator[Wait]:
        seen = self._appended

        def wait(seconds: float) -> None:
            nonlocal seen
            with self._changed:
                self._changed.wait_for(lambda: self._appended != seen, seconds)
                seen = self._appended

        yield wait
