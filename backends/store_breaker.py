"""A store in trouble is left alone, and asked again in the background."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock, Thread

from clerk_wsgi.backends.dice import DICE
from clerk_wsgi.core.events import Emit, Event, OutageEnded, OutageStarted, ignore

REFUSALS = 3
FIRST_WAIT = 0.1
LONGEST_WAIT = 2.0


class Refused(Exception):
    """The store answered, and said no. The argument is one word for why."""


class Failed(Exception):
    """No answer came, or none that means anything. The argument is one word for why."""


class Busy(Exception):
    """So many are asking already that there was no turn; the store may be well."""


@dataclass(frozen=True, slots=True)
class StoreHealth:
    """Whether the store is asked, and if not: why, since when, and when next.

    `seconds` is how long it has been away, `next_try` how long until it is asked
    again; both are 0 for a store that is there.
    """

    is_available: bool
    reason: str = ""
    seconds: float = 0.0
    next_try: float = 0.0


def in_background(work: Callable[[], None]) -> None:
    Thread(target=work, name="clerk-store-probe", daemon=True).start()


class Breaker:
    """Closed: ask. Open: do not. `probe` is called beside the requests to find out.

    A failure that may have cost time opens it at once, a refusal the third time in a
    row. The first try comes after 0.1 s, the next ones after up to 2 s, with jitter;
    no request waits for it. `clock` gives seconds and never goes back.
    """

    def __init__(
        self,
        probe: Callable[[], object],
        *,
        emit: Emit = ignore,
        clock: Callable[[], float] = time.monotonic,
        dice: Callable[[], float] = DICE.random,
        start: Callable[[Callable[[], None]], None] = in_background,
    ) -> None:
        self._probe = probe
        self._emit = emit
        self._clock = clock
        self._dice = dice
        self._start = start
        self._refusals = 0
        self._since: float | None = None
        self._ended = -LONGEST_WAIT
        self._next_try = 0.0
        self._wait = FIRST_WAIT
        self._reason = ""
        self.renew()

    def renew(self) -> None:
        """What it knows is a forked child's too; a probe under way is not."""
        self._lock = Lock()
        self._is_probing = False

    def allows(self) -> bool:
        """May the store be asked? Starts a probe where one is due."""
        if self._since is None:
            return True
        if self._clock() >= self._next_try:
            self._try()
        return False

    def health(self) -> StoreHealth:
        since, now = self._since, self._clock()
        if since is None:
            return StoreHealth(True)
        left = max(0.0, self._next_try - now)
        return StoreHealth(False, self._reason, now - since, left)

    def succeeded(self) -> None:
        self._refusals = 0

    def refused(self, reason: str) -> None:
        """The store answered, and said no."""
        with self._lock:
            self._refusals += 1
            often = self._refusals >= REFUSALS
        if often:
            self.failed(reason)

    def failed(self, reason: str) -> None:
        """No answer came, or none that means anything."""
        with self._lock:
            if self._since is not None:
                return
            now = self._since = self._clock()
            self._reason = reason
            if now - self._ended > LONGEST_WAIT:  # else it only seemed to be back
                self._wait = FIRST_WAIT
            self._postpone()
        self._tell(OutageStarted("store", reason, 0.0))

    def _try(self) -> None:
        with self._lock:
            if self._is_probing:
                return
            self._is_probing = True
        try:
            self._start(self._find_out)
        except RuntimeError:  # no more threads: the interpreter ends, or a limit is met
            self._is_probing = False

    def _find_out(self) -> None:
        try:
            self._probe()
        except Exception:
            with self._lock:
                self._postpone()
                self._is_probing = False
        else:
            self._close()

    def _postpone(self) -> None:
        self._next_try = self._clock() + self._wait * (0.75 + self._dice() / 2)
        self._wait = min(2 * self._wait, LONGEST_WAIT)

    def _close(self) -> None:
        with self._lock:
            now = self._ended = self._clock()
            away = now - (now if self._since is None else self._since)
            self._since = None
            self._refusals = 0
            self._is_probing = False
        self._tell(OutageEnded("store", away))

    def _tell(self, event: Event) -> None:
        with suppress(Exception):  # whose listener fails must not fail its request
            self._emit(event)
