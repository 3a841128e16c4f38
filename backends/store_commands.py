"""Commands that several places send to a Redis or Valkey server, and their answers."""

from dataclasses import dataclass
from typing import Any

from clerk_wsgi.core.errors import StoreUnavailable

LATEST = 10_000
LIFE_MS = 30 * 24 * 3600 * 1000
OLDEST = 100_000_000_000
"""Milliseconds of 1973: scores below are no times."""

Command = tuple[str | bytes | int | float, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """A feed's epoch and count, and of its stream what was asked for."""

    epoch: float
    count: float
    news: list[tuple[bytes, bytes]]
    """Ids and entries."""


def transaction(*commands: Command) -> list[Command]:
    """All or nothing, and nobody between; the last answer is the list of theirs."""
    return [("MULTI",), *commands, ("EXEC",)]


def made(key: str, epoch: int) -> list[Command]:
    """Make the feed, unless it is there, and let it last."""
    epochs, count = ("NX", epoch, "epoch"), ("NX", 0, "count")
    return [("ZADD", key, *epochs), ("ZADD", key, *count), *lasting(key)]


def lasting(key: str) -> list[Command]:
    return [("PEXPIRE", key, LIFE_MS), ("PEXPIRE", f"{key}:log", LIFE_MS)]


def added(
    key: str, sealed: bytes, until_ms: int, now_ms: int, most: int
) -> list[Command]:
    """Keep and count the entry, drop what is over or too much, and tell of it."""
    return [
        ("ZINCRBY", key, 1, "count"),
        ("ZADD", key, until_ms, sealed),
        ("ZREMRANGEBYSCORE", key, OLDEST, now_ms),
        ("ZREMRANGEBYRANK", key, 2, -(most + 1)),
        ("XADD", f"{key}:log", "MAXLEN", "~", LATEST, "*", "e", sealed),
        ("PUBLISH", key, ""),
    ]


def look(key: str, start: bytes, end: bytes, most: int) -> list[Command]:
    """`most` of the stream, forwards, or backwards where `start` is `+`."""
    which = "XREVRANGE" if start == b"+" else "XRANGE"
    return [
        ("ZSCORE", key, "epoch"),
        ("ZSCORE", key, "count"),
        (which, f"{key}:log", start, end, "COUNT", most),
    ]


def read_look(answers: Any) -> Look:
    """The last three of the answers. Raises StoreUnavailable for nonsense."""
    try:
        epoch, count, news = answers[-3:]
        return Look(float(epoch), float(count), [(i, e[1]) for i, e in news])
    except (IndexError, KeyError, TypeError, ValueError):
        raise senseless() from None


def next_id(last: bytes) -> bytes:
    """The first id of a stream after this one. Raises StoreUnavailable for nonsense."""
    try:
        time_ms, number = map(int, last.split(b"-"))
    except (AttributeError, TypeError, ValueError):
        raise senseless() from None
    return b"%d-%d" % (time_ms, number + 1)


def senseless() -> StoreUnavailable:
    return StoreUnavailable("The shared store's answer makes no sense.")
