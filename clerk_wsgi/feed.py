"""The feed of revocations in a store, as this process has read it last."""

import math
from collections.abc import Callable, Iterable
from secrets import token_hex
from typing import NamedTuple

from clerk_wsgi.core.cutoffs import FEED, LIFE_MS, MOST, Cutoff, cut_off, read_entry
from clerk_wsgi.core.stores import Store

NAME = "revocations"
NEVER = -math.inf
# What is over so soon may be missing already, and is not worth another word.
LAST_MS = 5000
# A store that is full drops entries on purpose: nothing is repeated for ever.
AGAIN_SECONDS = 10
MOST_TIMES = 3
MOST_AT_ONCE = 500

UNKNOWN = Cutoff(FEED, "", None, 0)


class Pending(NamedTuple):
    """What we said and have not heard yet; when, in ticks, and how often."""

    cutoff: Cutoff
    said_at: float = NEVER
    times: int = 0


class Feed:
    """Reads what is new, and gives back what the store has lost.

    `began` is when it was begun, an entry of its own: what was revoked before that it
    cannot tell. `clock` gives epoch milliseconds, `ticks` seconds.
    """

    def __init__(
        self, store: Store, clock: Callable[[], float], ticks: Callable[[], float]
    ) -> None:
        self.store = store
        self.began = UNKNOWN
        self._clock = clock
        self._ticks = ticks
        self._mark: str | None = None
        self._was_marked = ""
        self._read: dict[bytes, Cutoff | None] = {}
        self._pending: dict[bytes, Pending] = {}

    def read(self) -> list[Cutoff]:
        """The cutoffs that were not there when it was read last.

        Raises StoreUnavailable.
        """
        entries = self.store.entries(NAME)
        before, self._was_marked = self._read, entries.mark
        self._read = {e: before[e] if e in before else read_entry(e) for e in entries}
        new = [each for e, each in self._read.items() if e not in before]
        return [each for each in new if each and each.kind != FEED]

    def share(self, cutoff: Cutoff) -> None:
        """Tell everybody. Raises StoreUnavailable; then it is told later."""
        self._pending[cutoff.entry] = Pending(cutoff)
        while len(self._pending) > MOST:  # the store is away for long
            self._pending.pop(next(iter(self._pending)), None)
        self._append(cutoff)

    def mend(self, known: Iterable[Cutoff]) -> bool:
        """Give back what is missing; what others said, too, if anything was lost.

        Was it? Raises StoreUnavailable.
        """
        is_lost = self._mark not in (None, self._was_marked)
        if is_lost:
            self._pending |= {each.entry: Pending(each) for each in known}
        self._mark = self._was_marked
        now_ms = self._clock()
        self.began = self._begun(now_ms)
        for cutoff in self._missing(now_ms):
            self._append(cutoff)
        return is_lost

    def _begun(self, now_ms: float) -> Cutoff:
        """The oldest beginning, made now if there is none, and kept from ending."""
        found = [each for each in self._read.values() if each and each.kind == FEED]
        if not found:
            began = cut_off(FEED, token_hex(8), int(now_ms), now_ms)
            self._append(began)
            return began
        oldest = min(found, key=lambda each: each.at_ms or 0)
        last_ms = max(each.until_ms for each in found if each.id == oldest.id)
        if last_ms - now_ms < LIFE_MS[FEED] / 2:
            self._append(cut_off(FEED, oldest.id, oldest.at_ms, now_ms))
        return oldest

    def _missing(self, now_ms: float) -> list[Cutoff]:
        """What has to be said once more."""
        latest = self._ticks() - AGAIN_SECONDS
        missing = []
        for entry, (cutoff, said_at, times) in self._pending.copy().items():
            is_over = cutoff.until_ms - now_ms < LAST_MS
            if entry in self._read or is_over or times > MOST_TIMES:
                self._pending.pop(entry, None)
            elif said_at <= latest:
                missing.append(cutoff)
        return missing[:MOST_AT_ONCE]

    def _append(self, cutoff: Cutoff) -> None:
        entry = cutoff.entry
        seconds = (cutoff.until_ms - self._clock()) / 1000
        self.store.append(NAME, entry, seconds)
        waiting = self._pending.get(entry)
        if waiting:
            self._pending[entry] = Pending(cutoff, self._ticks(), waiting.times + 1)
