"""A thread that hears of news, and looks by itself where none come."""

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import Thread

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
    Where `told` gives False or raises, what it was told of is still to be read: it is
    called again in the same way.
    """

    def __init__(
        self,
        subscribe: Callable[[], AbstractContextManager[Wait]],
        told: Callable[[], object],
        *,
        poll: float = POLL_SECONDS,
        dice: Callable[[], float] = DICE.random,
    ) -> None:
        self._subscribe = subscribe
        self._told = told
        self._poll = poll
        self._dice = dice
        self._is_over = False
        Thread(target=self._run, name="clerk-store-feed", daemon=True).start()

    def end(self) -> None:
        """Soon. Safe at any moment, in the midst of a collection too, and in a forked
        child, which has no such thread."""
        self._is_over = True

    def _run(self) -> None:
        wait = FIRST_WAIT
        while not self._is_over:
            began = time.monotonic()
            try:
                with self._subscribe() as news:
                    wait = FIRST_WAIT
                    self._hear(news)
            except Exception as error:  # any client has its own
                log.debug("The store's feed was cut off: %s.", type(error).__name__)
                self._tell()
                until = began + min(self._poll, wait * (0.75 + self._dice() / 2))
                time.sleep(max(0.0, until - time.monotonic()))
                wait *= 2

    def _hear(self, news: Wait) -> None:
        wait = FIRST_WAIT
        while not self._is_over:
            if self._tell():
                wait = FIRST_WAIT
                news(self._poll)
            else:
                time.sleep(min(self._poll, wait))
                wait *= 2

    def _tell(self) -> bool:
        """Has it been read, whatever it was told of?"""
        began, is_read = time.monotonic(), False
        try:
            is_read = self._is_over or self._told() is not False
        except StoreUnavailable:
            log.debug("The store's feed cannot be read now.")
        except Exception:
            log.exception("Who listens to a store's feed failed.")
        took = time.monotonic() - began
        time.sleep(min(self._poll, max(PAUSE_SECONDS, 4 * took)))
        return is_read
