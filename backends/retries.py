"""Asking once more where Clerk said to come back, as long as there is time."""

import time
from collections.abc import Callable, Mapping

from clerk_wsgi.backends.api_errors import retry_after
from clerk_wsgi.backends.http import Answer, Transport

IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
COME_BACK = frozenset({429, 503})
FIRST_PAUSE = 0.1


class Retrying:
    """A transport that repeats idempotent requests that got 429 or 503.

    It waits what `Retry-After` says, else 0.1, 0.2, 0.4 ... seconds, and gives the
    last answer as it is when `retries` are used up, or when waiting and one more
    attempt, which takes `patience` seconds at most, would not end within `total`.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        retries: int,
        patience: float,
        total: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.transport = transport
        self.retries = retries
        self.patience = patience
        self.total = total
        self.clock = clock
        self.sleep = sleep

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None = None,
    ) -> Answer:
        """A `Transport`. Raises `NoAnswer`, which is never repeated."""
        last_start = self.clock() + self.total - self.patience
        answer = self.transport(method, url, headers, body)
        for number in range(self.retries if method in IDEMPOTENT else 0):
            pause = pause_before(answer, number)
            if pause is None or self.clock() + pause > last_start:
                break
            self.sleep(pause)
            answer = self.transport(method, url, headers, body)
        return answer


def pause_before(answer: Answer, number: int) -> float | None:
    """Seconds to wait before the next attempt; None where there shall be none."""
    if answer.status not in COME_BACK:
        return None
    told = retry_after(answer)
    return FIRST_PAUSE * 2**number if told is None else max(0, told)
