"""Somebody who looks after keys in the background, and the fetch that many wait for."""

import queue
import threading
import weakref
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Protocol

GRACE_SECONDS = 5
LEAST_PAUSE = 0.1

# Threads, queues and events are made when they are needed and not before: between the
# import, or a fork, and the first request gevent may replace them by its own.
Calls = queue.SimpleQueue[None]
Wait = Callable[[Calls, float], None]


class Tended(Protocol):
    def tend(self) -> float:
        """Do what is due; the seconds until something is due again."""


def call(all_calls: Sequence[Calls], _: object = None) -> None:
    """Safe at any moment, in the midst of a lock too, when a collection may come."""
    for calls in all_calls:
        calls.put(None)


def wait_for_call(calls: Calls, seconds: float) -> None:
    """Come back after so many seconds, or as soon as somebody calls."""
    with suppress(queue.Empty):
        calls.get(timeout=seconds)


def start_thread(run: Callable[[], None]) -> None:
    """Run it in a thread that keeps no process alive."""
    threading.Thread(target=run, name="clerk-keys", daemon=True).start()


class Keeper:
    """Calls `owner.tend()` whenever it is time, in a daemon thread of its own.

    The thread starts when it is first needed, and ends with its owner, which it does
    not hold. It may be missing or late all the same: some servers allow no threads, or
    let them run during requests only. Whoever needs something done asks `is_at_work`.
    """

    def __init__(
        self,
        owner: Tended,
        clock: Callable[[], float],
        wait: Wait = wait_for_call,
        start: Callable[[Callable[[], None]], None] = start_thread,
    ) -> None:
        self._calls: list[Calls] = []  # none or one
        self._owner = weakref.ref(owner, partial(call, self._calls))
        self._clock = clock
        self._wait = wait
        self._start_thread = start
        self._lock = threading.Lock()
        self._is_running = False
        self._expected_at = clock()
        self.was_asked = False

    def is_at_work(self) -> bool:
        """Will it come when it is called, or when it said it would?"""
        self.was_asked = True
        if not self._is_running:
            self._start()
        return self._is_running and self._clock() - self._expected_at < GRACE_SECONDS

    def call(self) -> None:
        """Have `tend` called now."""
        call(self._calls)

    def _start(self) -> None:
        with self._lock:
            starts, self._is_running = not self._is_running, True
        if starts:
            self._expected_at = self._clock()
            self._calls[:] = [queue.SimpleQueue()]
            try:
                self._start_thread(self._run)
            except RuntimeError:  # there are no threads to be had
                self._is_running = False

    def _run(self) -> None:
        try:
            while (seconds := self._tend()) is not None:
                seconds = max(seconds, LEAST_PAUSE)
                self._expected_at = self._clock() + seconds
                self._wait(self._calls[0], seconds)
                self._expected_at = self._clock()
        finally:  # whatever ended it: the next who needs it starts it again
            self._is_running = self.was_asked = False

    def _tend(self) -> float | None:
        owner = self._owner()
        return None if owner is None else owner.tend()


class Flight:
    """A fetch that somebody asked for, at a time of the backend's clock."""

    def __init__(self, asked_at: float) -> None:
        self.landed = threading.Event()
        self._asked_at = asked_at
        self._is_taken = False

    def take(self) -> bool:
        """Shall the caller do it? Only the first one hears yes; he holds a lock."""
        taken, self._is_taken = self._is_taken, True
        return not taken

    def is_lost(self, now: float) -> bool:
        """Does it take so long that nobody should count on it any more?"""
        return now - self._asked_at > GRACE_SECONDS
