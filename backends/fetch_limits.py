"""How often keys may be fetched, whatever tokens come in and however Clerk fares."""

import math
from collections import deque
from collections.abc import Callable

from cachetools import TTLCache

from clerk_wsgi.core.errors import KeysUnavailable

FORCED_FETCHES, FORCED_SECONDS = 2, 30
UNKNOWN_NAMES, UNKNOWN_SECONDS = 1024, 30
BACKOFF_SECONDS = (1, 2, 4, 8, 16, 30)


class FetchLimits:
    """Counts fetches and failures. Not thread-safe: its owner holds a lock.

    `clock` gives seconds and never goes back.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._forced: deque[float] = deque(maxlen=FORCED_FETCHES)
        self._unknown: TTLCache[str, bool] = TTLCache(
            UNKNOWN_NAMES, UNKNOWN_SECONDS, timer=clock
        )
        self._failures = 0
        self._next_try = -math.inf
        self._failure: KeysUnavailable | None = None

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
        if now < self._next_try:
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

    def succeeded(self) -> None:
        self._failures = 0
        self._next_try = -math.inf
        self._failure = None

    def failed(self, failure: KeysUnavailable) -> None:
        pause = BACKOFF_SECONDS[min(self._failures, len(BACKOFF_SECONDS) - 1)]
        self._failures += 1
        self._next_try = self._clock() + pause
        self._failure = failure

    def unavailable(self) -> KeysUnavailable:
        """Why there are no keys, to be raised, and when to ask again."""
        if self._failure is None:  # the first fetch is still going on
            return KeysUnavailable("unexpected-error", "", retry_after=1)
        return KeysUnavailable(
            self._failure.reason,
            self._failure.message,
            self._failure.action,
            retry_after=max(1, math.ceil(self._next_try - self._clock())),
        )
