"""A thread that hears of news, and looks by itself where none come."""

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import Event, Thread

from clerk_wsgi.backends.dice import DICE
from clerk_wsgi.core.errors import StoreUnavailable

POLL_SECONDS = 1.0
PAUSE_SECONDS = 0.05
FIRST_WAIT = 0.1

Wait = Callable[[float], object]
"""Returns when there are news, or after so many seconds."""

log = logging.getLogger("clerk_wsgi")


class Listening:
    """Calls `told` at once, on news, and after `poll` seconds without any.

    `subscribe()` is entered for a way to wait, and may raise: then it is tried again,
    later and later, at most `poll` seconds apart, and `told` goes on being called. News
    that come while `told` runs are one call more; it takes a fifth of the time at most.
    """

    def __init__(
        self,
        subscribe: Callable[[], AbstractContextManager[Wait]],
        told: Callable[[], None],
        *,
        poll: float = POLL_SECONDS,
        dice: Callable[[], float] = DICE.random,
    ) -> None:
        self._subscribe = subscribe
        self._told = told
        self._poll = poll
        self._dice = dice
        self._ended = Event()
        self._start(0.0)

    @property
    def is_over(self) -> bool:
        return self._ended.is_set()

    def end(self) -> None:
        self._ended.set()

    def renew(self) -> None:
        """Listen again in a forked child, whose threads are gone.

        A little later, when everybody else who must be renewed has been.
        """
        if not self.is_over:
            self._ended = Event()
            self._start(PAUSE_SECONDS)

    def _start(self, after: float) -> None:
        work, given = self._run, (self._ended, after)
        Thread(target=work, args=given, name="clerk-store-feed", daemon=True).start()

    def _run(self, ended: Event, after: float) -> None:
        ended.wait(after)
        wait = FIRST_WAIT
        while not ended.is_set():
            began = time.monotonic()
            try:
                with self._subscribe() as news:
                    wait = FIRST_WAIT
                    self._hear(ended, news)
            except Exception as error:  # any client has its own
                log.debug("The store's feed was cut off: %s.", type(error).__name__)
                self._tell(ended)
                until = began + min(self._poll, wait * (0.75 + self._dice() / 2))
                ended.wait(max(0.0, until - time.monotonic()))
                wait *= 2

    def _hear(self, ended: Event, news: Wait) -> None:
        while not ended.is_set():
            self._tell(ended)
            news(self._poll)

    def _tell(self, ended: Event) -> None:
        began = time.monotonic()
        try:
            if not ended.is_set():
                self._told()
        except StoreUnavailable:
            log.debug("The store's feed cannot be read now.")
        except Exception:
            log.exception("Who listens to a store's feed failed.")
        took = time.monotonic() - began
        ended.wait(min(self._poll, max(PAUSE_SECONDS, 4 * took)))
