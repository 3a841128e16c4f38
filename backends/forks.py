"""What a forked child must not share with its parent is made anew in it."""

import logging
import os
import threading
from typing import Protocol
from weakref import WeakSet

from clerk_wsgi.core.once import once

log = logging.getLogger("clerk_wsgi")


class Renewable(Protocol):
    def renew(self) -> None:
        """Replace locks, sockets and whatever else belongs to one process."""


class Turn:
    """A lock for who asks somebody outside, made when it is needed.

    Between the import, or a fork, and the first request gevent may replace the
    interpreter's locks, of which one that is waited for stops every greenlet.
    """

    @once
    def lock(self) -> threading.Lock:
        return threading.Lock()


_watched: WeakSet[Renewable] = WeakSet()


def renew_after_fork(thing: Renewable) -> None:
    """Call `thing.renew()` in every child that is forked, as long as it lives."""
    _watched.add(thing)


def _renew_all() -> None:
    """One that cannot, as where no thread can be started, leaves none out."""
    for thing in list(_watched):
        try:
            thing.renew()
        except Exception as error:
            kind = type(thing).__name__
            log.error("clerk: %s is not made anew after a fork: %r", kind, error)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_all)
