"""How often keys may be fetched, whatever tokens come in and however Clerk fares."""

import math
from collections import deque
from collections.abc import Callable

from cachetools import TTLCache

from clerk_wsgi.backends.dice import DICE
from clerk_wsgi.core.errors import KeysUnavailable

FORCED_FETCHES, FORCED_SECONDS = 2, 30
UNKNOWN_NAMES, UNKNOWN_SECONDS = 1024, 30
BACKOFF_SECONDS = (1, 2, 4, 8, 16, 30)


def about_one() -> float:
    """A factor that keeps many processes from doing the same thing at the same time."""
    return DICE.uniform(0.9, 1.1)


class FetchLimits:
    """Counts fetches and failures. Not thread-safe: its owner holds a lock.

    `clock` gives seconds and never goes back; `jitter` a factor for every pause.
    """

    def __init__(
        self, clock: Callable[[], float], jitter: Callable[[], float] = about_one
    ) -> None:
        self._clock = clock
        self._jitter = jitter
        self._forced: deque[float] = deque(maxlen=FORCED_FETCHES)
        self._unknown: TTLCache[str, bool] = TTLCache(
            UNKNOWN_NAMES, UNKNOWN_SECONDS, timer=clock
        )
        self._failures = 0
        self._failing_since = math.inf
        self._failure: KeysUnavailable | None = None
        self.next_try = -math.inf

    @property
    def is_failing(self) -> bool:
        """Did the last fetch fail?"""
        return self._failure is not None

    def may_fetch(self, unknown: str | None = None) -> bool:
        """May the keys be fetched now? If so, that is counted.

        `unknown` is the name for whose sake alone a set would be fetched that is not
        due: that is allowed twice in thirty seconds, and not twice for one name.
        """
        now = self._clock()
        if now < self.next_try:
            return False
        if unknown is None:
            return True
        spent = len(self._forced) == FORCED_FETCHES
        if unknown in self._unknown:
            return False
        if spent and now - self._forced[0] < FORCED_SECONDS:
            return False
        self._forced.append(now)
        return True

    def remember_unknown(self, name: str) -> None:
        self._unknown[name] = True

    def succeeded(self) -> float | None:
        """The end of an outage, if there was one: the seconds that it took."""
        lasted = self._clock() - self._failing_since if self.is_failing else None
        self._failures = 0
        self._failure = None
        self.next_try = -math.inf
        return lasted

    def failed(self, failure: KeysUnavailable) -> bool:
        """Is this the first failure of an outage?

        The pause is the one that Clerk asked for, if that is longer than ours and no
        longer than our longest.
        """
        is_first = not self.is_failing
        if is_first:
            self._failing_since = self._clock()
        pause = BACKOFF_SECONDS[min(self._failures, len(BACKOFF_SECONDS) - 1)]
        asked_for = min(failure.retry_after, BACKOFF_SECONDS[-1])
        self._failures += 1
        self._failure = failure
        self.next_try = self._clock() + max(pause * self._jitter(), asked_for)
        return is_first

    def last_error(self) -> str | None:
        """Why the last fetch failed, in one line without secrets."""
        if self._failure is None:
            return None
        said = self._failure.message or self._failure.__cause__
        return f"{self._failure.reason}: {said}" if said else self._failure.reason

    def unavailable(self) -> KeysUnavailable:
        """Why there are no keys, to be raised, and when to ask again."""
        if self._failure is None:  # the first fetch is still going on
            return KeysUnavailable("unexpected-error", "", retry_after=1)
        return KeysUnavailable(
            self._failure.reason,
            self._failure.message,
            self._failure.action,
            retry_after=max(1, math.ceil(self.next_try - self._clock())),
        )
