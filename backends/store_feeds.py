"""Feeds in a Redis or Valkey server: what holds, and what was appended of late.

A feed is a sorted set of entries by the time when they end. Two more members tell
whether the server lost something: `epoch`, a number that was drawn when the set was
made, and `count`, of all that was ever appended. Their scores are below every time, so
that one command reads or trims entries alone. A set that was flushed or evicted comes
back with another epoch, a server that took over without the last writes with a smaller
count.

Beside it a stream has the latest entries in their order. Who reads on from where it was
and comes to the same count has missed nothing; who does not, reads the set.
"""

import math
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from clerk_wsgi.backends.forks import Turn
from clerk_wsgi.backends.store_commands import (
    Look,
    added,
    lasting,
    look,
    made,
    next_id,
    read_look,
    senseless,
    transaction,
)
from clerk_wsgi.backends.store_sealing import Sealer, until_of
from clerk_wsgi.core.stores import Entries

MOST_ENTRIES = 100_000
MOST_ENTRY_BYTES = 4096
PAGE = 500
MOST_PAGES = 20
LONGEST_SECONDS = 366 * 24 * 3600
RENEWAL_SECONDS = 3600

Ask = Callable[..., list[Any]]


@dataclass(slots=True)
class Known:
    """What was seen of a feed last: `read` is the count up to which, `last` where.

    `ends` is when the first of the entries does.
    """

    epoch: float | None = None
    count: float = 0
    losses: int = 0
    read: float | None = None
    last: bytes = b"0-0"
    entries: dict[bytes, bytes] = field(default_factory=dict)
    ends: float = math.inf
    renewed: float = -math.inf

    def learn(self, sealed: bytes, entry: bytes) -> None:
        self.entries[sealed] = entry
        self.ends = min(self.ends, until_of(sealed))

    def forget_what_is_over(self, now: float) -> None:
        if now < self.ends:
            return
        known, self.entries, self.ends = self.entries, {}, math.inf
        for sealed, entry in known.items():
            if until_of(sealed) > now:
                self.learn(sealed, entry)


class Feeds:
    """The feeds of one store; `ask(*commands)` raises StoreUnavailable."""

    def __init__(self, ask: Ask, sealer: Sealer, clock: Callable[[], float]) -> None:
        self._ask = ask
        self._sealer = sealer
        self._clock = clock
        self._known: dict[str, Known] = {}
        self.renew()

    def renew(self) -> None:
        self._lock, self._turn = Lock(), Turn()

    def append(self, key: str, entry: bytes, seconds: float) -> None:
        """Raises ValueError for more than 4 KiB, StoreUnavailable."""
        if len(entry) > MOST_ENTRY_BYTES:
            raise ValueError(
                f"An entry of a feed has {MOST_ENTRY_BYTES} bytes at most."
            )
        if not seconds > 0:
            return
        now = self._clock()
        sealed = self._sealer.seal(key, entry, now + min(seconds, LONGEST_SECONDS))
        until_ms, now_ms = until_of(sealed) * 1000, int(now * 1000)
        adding = added(key, sealed, until_ms, now_ms, MOST_ENTRIES)
        *_, answers = self._ask(
            *transaction(*made(key, new_epoch()), *adding, *look(key, b"+", b"+", 1))
        )
        seen = read_look(answers)
        with self._lock:
            known = self._known.setdefault(key, Known())
            if known.epoch in (None, seen.epoch):
                known.epoch, known.count = seen.epoch, max(known.count, seen.count)

    def entries(self, key: str) -> Entries:
        with self._turn.lock:
            known = self._known.setdefault(key, Known())
            self._read_on(key, known)
            known.forget_what_is_over(self._clock())
            mark = f"{known.epoch:.0f}.{known.losses}"
            return Entries(known.entries.values(), mark)

    def _read_on(self, key: str, known: Known) -> None:
        """Bring up to date what is known: from the stream, else from the set."""
        self._renew_life(key, known)
        for _ in range(MOST_PAGES):
            before = known.epoch, known.count
            seen = self._look(key, next_id(known.last), b"+", PAGE)
            self._notice(known, seen, before)
            if known.read is None or len(known.entries) > 2 * MOST_ENTRIES:
                break
            if len(seen.news) != min(seen.count - known.read, PAGE):
                break
            self._learn(key, known, [sealed for _, sealed in seen.news])
            known.last = seen.news[-1][0] if seen.news else known.last
            known.read += len(seen.news)
            if known.read == seen.count:
                return
        self._read_all(key, known)

    def _notice(
        self, known: Known, seen: Look, before: tuple[float | None, float]
    ) -> None:
        """Was anything lost since `before`? Others may append meanwhile."""
        with self._lock:
            if seen.epoch != before[0]:
                known.epoch, known.count, known.read = seen.epoch, seen.count, None
            elif seen.count < before[1]:
                known.losses += 1
                known.count, known.read = seen.count, None
            else:
                known.count = max(seen.count, known.count)

    def _read_all(self, key: str, known: Known) -> None:
        """What is there, page by page, so that no call takes long."""
        seen = self._look(key, b"+", b"-", 1)
        now, old, known.entries = self._clock(), known.entries, {}
        known.read = None
        for start in range(0, MOST_ENTRIES, PAGE):
            page = ("ZRANGEBYSCORE", key, int(now * 1000), "+inf", "LIMIT", start, PAGE)
            (members,) = self._ask(page)
            if not isinstance(members, list):
                raise senseless()
            self._learn(key, known, members, old)
            if len(members) < PAGE:
                break
        known.read = seen.count
        known.last = seen.news[0][0] if seen.news else b"0-0"

    def _learn(
        self,
        key: str,
        known: Known,
        members: Iterable[object],
        old: dict[bytes, bytes] | None = None,
    ) -> None:
        now = self._clock()
        for sealed in members:
            if isinstance(sealed, bytes):
                entry = (old or {}).get(sealed) or self._sealer.open(key, sealed, now)
                if entry is not None:
                    known.learn(sealed, entry)

    def _look(self, key: str, start: bytes, end: bytes, most: int) -> Look:
        """Epoch, count and a part of the stream; a set that is not there is made."""
        wanted = look(key, start, end, most)
        *_, answers = self._ask(*transaction(*wanted))
        if isinstance(answers, list) and answers[:1] == [None]:
            making = made(key, new_epoch())
            *_, answers = self._ask(*transaction(*making, *wanted))
        return read_look(answers)

    def _renew_life(self, key: str, known: Known) -> None:
        """A feed that is read lasts, though nothing is appended."""
        if time.monotonic() - known.renewed > RENEWAL_SECONDS:
            self._ask(*lasting(key))
            known.renewed = time.monotonic()


def new_epoch() -> int:
    return -1 - secrets.randbits(48)
