"""Calls to Clerk that strangers cause: bounded as soon as they are for nothing."""

from collections import deque
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from clerk_wsgi.core.errors import ClerkAPIError

MOST, WITHIN_MS = 20, 1000
REFUSED = (400, 403, 404, 422)
SPENT = "Clerk has refused too many of these calls just now, so it is not asked."

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")


def sparing(
    ask: Callable[Asked, Answer], clock: Callable[[], float]
) -> Callable[Asked, Answer]:
    """`ask`, but not after Clerk has refused 20 calls within a second.

    Whoever guesses tokens or nonces makes this process call no more often than that;
    calls that Clerk answers cost nothing of it. `clock` gives milliseconds. What comes
    meanwhile raises ClerkAPIError with the status 429, as if Clerk had said so.
    """
    refusals: deque[float] = deque(maxlen=MOST)

    def spare(*args: Asked.args, **named: Asked.kwargs) -> Answer:
        if len(refusals) == MOST and 0 <= clock() - refusals[0] < WITHIN_MS:
            raise ClerkAPIError(SPENT, status=429, retry_after=1)
        try:
            return ask(*args, **named)
        except ClerkAPIError as error:
            if error.status in REFUSED:
                refusals.append(clock())
            raise

    return spare
