"""Calls to Clerk that strangers cause: bounded as soon as they are for nothing."""

import time
from collections import deque
from collections.abc import Callable

from clerk_wsgi.core.errors import ClerkAPIError

MOST, WITHIN_SECONDS = 20, 1
REFUSED = (400, 403, 404, 422)
SPENT = "Clerk has refused too many of these calls just now, so it is not asked."


class RefusalBudget:
    """`with budget:` around one kind of call, until 20 were refused within a second.

    Whoever guesses tokens or nonces makes this process call no more often than that;
    calls that Clerk answers cost nothing of it. What comes meanwhile raises
    ClerkAPIError with the status 429, as if Clerk had said so. `ticks` gives seconds
    and never goes back.
    """

    def __init__(self, ticks: Callable[[], float] = time.monotonic) -> None:
        self._ticks = ticks
        self._refusals: deque[float] = deque(maxlen=MOST)

    def __enter__(self) -> None:
        spent = len(self._refusals) == MOST
        if spent and self._ticks() - self._refusals[0] < WITHIN_SECONDS:
            raise ClerkAPIError(SPENT, status=429, retry_after=1)

    def __exit__(self, _: object, error: object, __: object) -> None:
        if isinstance(error, ClerkAPIError) and error.status in REFUSED:
            self._refusals.append(self._ticks())
