"""Feeds in a Redis or Valkey server: a sorted set each, by the time when entries end.

Two more members tell whether the server lost something: `epoch`, a number that was
drawn when the set was made, and `count`, of the entries that were ever appended. Their
scores are below every time, so that one command reads, counts or trims entries alone.
A set that was flushed or evicted comes back with another epoch; a server that took over
without the last writes comes back with a smaller count.
"""

import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from clerk_wsgi.backends.store_sealing import Sealer, until_of
from clerk_wsgi.core.errors import StoreUnavailable
from clerk_wsgi.core.stores import Entries

MOST_ENTRIES = 20_000
MOST_ENTRY_BYTES = 4096
PAGE = 500
LONGEST_SECONDS = 24 * 3600
LIFE_MS = 7 * LONGEST_SECONDS * 1000
RENEWAL_SECONDS = 3600
OLDEST = 100_000_000_000
"""Milliseconds of 1973: scores below are no times."""

Command = tuple[str | bytes | int | float, ...]
Ask = Callable[..., list[Any]]


@dataclass(slots=True)
class Known:
    """What was seen of a feed last."""

    epoch: float | None = None
    count: float = 0
    losses: int = 0
    read: tuple[float, float] | None = None
    entries: dict[bytes, bytes] = field(default_factory=dict)
    renewed: float = float("-inf")


class Feeds:
    """The feeds of one store; `ask(*commands)` raises StoreUnavailable."""

    def __init__(self, ask: Ask, sealer: Sealer, clock: Callable[[], float]) -> None:
        self._ask = ask
        self._sealer = sealer
        self._clock = clock
        self._known: dict[str, Known] = {}
        self.renew()

    def renew(self) -> None:
        self._lock = Lock()

    def append(self, key: str, entry: bytes, seconds: float) -> None:
        if len(entry) > MOST_ENTRY_BYTES or not 0 < seconds <= LONGEST_SECONDS:
            raise ValueError("The entry of a feed is too large, or for no time.")
        now = self._clock()
        sealed = self._sealer.seal(key, entry, now + seconds)
        *_, answers = self._ask(
            *transaction(
                ("ZADD", key, "NX", new_epoch(), "epoch"),
                ("ZSCORE", key, "epoch"),
                ("ZINCRBY", key, 1, "count"),
                ("ZADD", key, until_of(sealed) * 1000, sealed),
                ("ZREMRANGEBYSCORE", key, OLDEST, int(now * 1000)),
                ("ZREMRANGEBYRANK", key, 2, -(MOST_ENTRIES + 1)),
                ("PEXPIRE", key, LIFE_MS),
                ("PUBLISH", key, ""),
            )
        )
        try:
            epoch, count = number(answers[1]), number(answers[2])
        except (IndexError, TypeError):
            raise senseless() from None
        with self._lock:
            known = self._known.setdefault(key, Known())
            if known.epoch in (None, epoch):
                known.epoch, known.count = epoch, max(known.count, count)

    def entries(self, key: str) -> Entries:
        with self._lock:
            known = self._known.setdefault(key, Known())
            before = known.epoch, known.count
        epoch, count = self._marks(key)
        with self._lock:
            if epoch == before[0] and count < before[1]:
                known.losses += 1
            elif epoch == known.epoch:  # appended to since, perhaps
                count = max(count, known.count)
            known.epoch, known.count = epoch, count
            mark = f"{epoch:.0f}.{known.losses}"
            opened, is_old = known.entries, known.read != (epoch, count)
        if is_old:
            opened = self._read(key, opened)
            with self._lock:
                known.entries, known.read = opened, (epoch, count)
        now = self._clock()
        return Entries((e for s, e in opened.items() if until_of(s) > now), mark)

    def _marks(self, key: str) -> tuple[float, float]:
        """Epoch and count; a set that is not there is made."""
        marks: list[Command] = [("ZSCORE", key, "epoch"), ("ZSCORE", key, "count")]
        answers = self._ask(*marks, *self._renewal(key))
        if answers[0] is None:
            *_, answers = self._ask(
                *transaction(
                    ("ZADD", key, "NX", new_epoch(), "epoch"),
                    ("ZADD", key, "NX", 0, "count"),
                    ("PEXPIRE", key, LIFE_MS),
                    *marks,
                )
            )
            answers = answers[-2:] if isinstance(answers, list) else answers
        try:
            return number(answers[0]), number(answers[1])
        except (IndexError, TypeError):
            raise senseless() from None

    def _renewal(self, key: str) -> Iterable[Command]:
        """A feed that is read lasts, though nothing is appended."""
        with self._lock:
            known = self._known.setdefault(key, Known())
            if time.monotonic() - known.renewed < RENEWAL_SECONDS:
                return ()
            known.renewed = time.monotonic()
        return [("PEXPIRE", key, LIFE_MS)]

    def _read(self, key: str, opened: dict[bytes, bytes]) -> dict[bytes, bytes]:
        """What is there, page by page, so that no call takes long."""
        found: dict[bytes, bytes] = {}
        now = self._clock()
        for start in range(0, MOST_ENTRIES, PAGE):
            page = ("ZRANGEBYSCORE", key, int(now * 1000), "+inf", "LIMIT", start, PAGE)
            (members,) = self._ask(page)
            if not isinstance(members, list):
                raise senseless()
            for sealed in filter(is_bytes, members):
                entry = opened.get(sealed) or self._sealer.open(key, sealed, now)
                if entry is not None:
                    found[sealed] = entry
            if len(members) < PAGE:
                break
        return found


def transaction(*commands: Command) -> list[Command]:
    """All or nothing, and nobody between; the last answer is the list of theirs."""
    return [("MULTI",), *commands, ("EXEC",)]


def is_bytes(member: object) -> bool:
    return isinstance(member, bytes)


def new_epoch() -> int:
    return -1 - secrets.randbits(48)


def number(score: object) -> float:
    """A score, as the server writes one. Raises TypeError."""
    try:
        return float(score)  # type: ignore[arg-type]
    except ValueError:
        raise TypeError from None


def senseless() -> StoreUnavailable:
    return StoreUnavailable("The shared store's answer makes no sense.")
