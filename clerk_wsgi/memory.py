"""Verified tokens, remembered in this process: each is verified once."""

from collections.abc import Iterator, MutableMapping
from operator import attrgetter
from threading import Lock
from typing import NamedTuple

from cachetools import LRUCache

from clerk_wsgi.core.ports import Verified

MOST_BYTES = 16 * 1024 * 1024
MOST_ENTRIES = 10_000


class Entry(NamedTuple):
    verified: Verified
    weight: int


def weigh(text: str, verified: Verified) -> int:
    """About what an entry costs in memory; never so little that too many fit.

    `text` may be all the headers that a token came with, which a client can make long.
    """
    cost = len(text) + 6 * len(verified.token.text)
    return min(max(cost, MOST_BYTES // MOST_ENTRIES), MOST_BYTES)


class TokenMemory(MutableMapping[str, Verified]):
    """At most 10,000 tokens and about 16 MiB; the least recently used go first.

    An entry proves nothing by itself: whoever finds it still asks for its key and
    the time.
    """

    def __init__(self) -> None:
        self._cache: LRUCache[str, Entry] = LRUCache(
            MOST_BYTES, getsizeof=attrgetter("weight")
        )
        self._lock = Lock()

    def get(self, text: str, default: object = None) -> Verified | None:  # type: ignore[override]
        with self._lock:
            entry = self._cache.get(text)
        return entry.verified if entry else None

    def __getitem__(self, text: str) -> Verified:
        with self._lock:
            return self._cache[text].verified

    def __setitem__(self, text: str, verified: Verified) -> None:
        with self._lock:
            self._cache[text] = Entry(verified, weigh(text, verified))

    def __delitem__(self, text: str) -> None:
        with self._lock:
            del self._cache[text]

    def __iter__(self) -> Iterator[str]:
        with self._lock:
            return iter(list(self._cache))

    def __len__(self) -> int:
        with self._lock:
            return len(self._cache)
