"""What was cut off, followed from a shared store; no request waits for it.

A listener of the store's reads the feed whenever it may have changed and replaces what
is known here, whole. What a process has once learned it keeps until that is of no use
any more, and gives back to a store that lost it.
"""

import math
import os
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from threading import Lock
from typing import NamedTuple
from weakref import WeakSet, finalize, ref

from clerk_wsgi.core.cutoffs import (
    PROFILE,
    UNVOUCHED,
    Cutoff,
    Cutoffs,
    RevocationsUnavailable,
)
from clerk_wsgi.core.errors import StoreUnavailable
from clerk_wsgi.core.events import (
    Emit,
    Event,
    OutageEnded,
    OutageStarted,
    Revoked,
    ignore,
)
from clerk_wsgi.core.ports import Verified
from clerk_wsgi.core.stores import Store
from clerk_wsgi.feed import NAME, NEVER, Feed
from clerk_wsgi.turns import Turns

WHAT = "revocations"
LOST = "The store lost what was revoked; it is told again."
TIDY_SECONDS = 60


class RevocationHealth(NamedTuple):
    """How the feed is doing: "idle" (nobody asked yet), "fresh", "stale".

    `age` is seconds since the last good read, None before it.
    """

    status: str
    age: float | None
    cutoffs: int
    last_error: str | None


class Revocations:
    """Cutoffs of one Clerk instance, here and wherever its store is read.

    Followed from the first question on, and anew in a forked child. Where they are
    required nobody is judged by what was read more than `max_age` seconds ago, nor by
    a token of before the feed began. `clock` gives epoch milliseconds, `ticks` seconds
    that never go back.
    """

    def __init__(
        self,
        store: Store,
        *,
        is_required: bool = False,
        max_age: float = 5,
        clock: Callable[[], float],
        ticks: Callable[[], float] = time.monotonic,
        emit: Emit = ignore,
    ) -> None:
        self.is_required = is_required
        self.max_age = max_age
        self._store = store
        self._clock = clock
        self._ticks = ticks
        self._emit = emit
        self._feed = Feed(store, clock, ticks)
        self._cutoffs = Cutoffs()
        self._tidied_at = ticks()
        self._read_at = NEVER
        self._error: str | None = None
        self._failing_since = NEVER
        self._end: Callable[[], object] = lambda: None
        self.renew()
        _followers.add(self)

    def renew(self) -> None:
        """A forked child knows what its parent knew, and follows by itself."""
        self._turns, self._changing = Turns(), Lock()
        self._is_following = self._is_calm = False

    def require(self) -> None:
        """Raises RevocationsUnavailable where nobody can tell and somebody must."""
        if not self._is_following:
            self.follow()
        if self.is_required and self._age() > self.max_age:
            raise RevocationsUnavailable(math.ceil(self.max_age))

    def judge(self, verified: Verified) -> str | None:
        """Why the session is cut off, or None. Raises RevocationsUnavailable."""
        if self._is_calm:
            return None
        self.require()
        issued = verified.token.claims.get("iat")
        if self.is_required and self._feed.began.covers(issued):
            return UNVOUCHED
        return self._cutoffs.judge(verified.state.session, issued)

    def is_session_cut_off(self, session_id: str) -> bool:
        return self._cutoffs.is_session_cut_off(session_id)

    def is_user_cut_off(self, user_id: str | None, issued: object) -> bool:
        return self._cutoffs.is_user_cut_off(user_id, issued)

    def cut(self, *cutoffs: Cutoff) -> None:
        """Cut off here at once, and everywhere.

        Raises StoreUnavailable where the others could not be told; they will be when
        the store is back, as long as this process lives.
        """
        self._tell(self._learn(cutoffs))
        self.follow()
        for each in cutoffs:
            self._feed.share(each)

    def follow(self) -> None:
        """Read now and listen from now on, unless that is so already.

        Where nobody can listen, for want of threads or of a better store, the next
        question reads again.
        """
        with self._turns.beginning:
            if self._is_following:
                return
            _, events = self._look()
            with suppress(Exception):
                self._listen()
        self._tell(events)

    def _listen(self) -> None:
        self._end()  # what a parent began
        self._end = self._store.listen(NAME, calling(self))
        finalize(self, self._end).atexit = False
        with self._changing:
            self._is_following = True
            self._settle()

    def read(self) -> bool:
        """Learn what is new. False for a store in trouble; that never raises."""
        is_read, events = self._look()
        self._tell(events)
        return is_read

    def _look(self) -> tuple[bool, list[Event]]:
        """Was it read, and what is to be told, when no lock is held any more?"""
        with self._turns.reading:
            started, is_history = self._ticks(), self._read_at == NEVER
            events: list[Event] = []
            try:
                found = self._learn(self._feed.read())
                events += [] if is_history else found
                is_lost = self._feed.mend(self._cutoffs)
            except Exception as error:  # a store's own mistake is a trouble, too
                said = str(error) if isinstance(error, StoreUnavailable) else ""
                return False, events + self._failed(said or type(error).__name__)
            if is_lost:
                events += self._failed(LOST)
            self._read_at = started
            return True, events + self._recovered()

    def _tell(self, events: Iterable[Event]) -> None:
        """Never with a lock: a listener may take its time, and may ask us."""
        for each in events:
            self._emit(each)

    def health(self) -> RevocationHealth:
        age, known = self._age(), len(self._cutoffs)
        if not self._is_following:
            return RevocationHealth("idle", None, known, None)
        status = "fresh" if age <= self.max_age else "stale"
        return RevocationHealth(
            status, age if age < math.inf else None, known, self._error
        )

    def _age(self) -> float:
        return self._ticks() - self._read_at

    def _learn(self, cutoffs: Iterable[Cutoff]) -> list[Event]:
        """Take what is new; gives what is to be told of it."""
        with self._changing:
            new = [each for each in cutoffs if self._cutoffs.lacks(each)]
            if new:
                self._cutoffs = self._cutoffs.plus(new)
            if self._ticks() - self._tidied_at > TIDY_SECONDS:
                self._tidied_at = self._ticks()
                self._cutoffs = self._cutoffs.at(self._clock())
            self._settle()
        return [Revoked(each.kind, each.id) for each in new if each.kind != PROFILE]

    def _settle(self) -> None:
        """Is there nothing to look at, as most of the time? Held: `_changing`."""
        is_busy = self.is_required or len(self._cutoffs) > 0
        self._is_calm = self._is_following and not is_busy

    def _failed(self, reason: str) -> list[Event]:
        self._error = reason
        if self._failing_since != NEVER:
            return []
        self._failing_since = self._ticks()
        left = max(0.0, self.max_age - self._age())
        return [OutageStarted(WHAT, reason, left)]

    def _recovered(self) -> list[Event]:
        self._error = None
        if self._failing_since == NEVER:
            return []
        seconds = self._ticks() - self._failing_since
        self._failing_since = NEVER
        return [OutageEnded(WHAT, seconds)]


def calling(revocations: Revocations) -> Callable[[], bool]:
    """Reads as long as somebody else has use for it."""
    known = ref(revocations)

    def told() -> bool:
        alive = known()
        return alive is None or alive.read()

    return told


_followers: WeakSet[Revocations] = WeakSet()


def _renew_all() -> None:
    for each in _followers:
        each.renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_all)
