"""What a forked child must not share with its parent is made anew in it."""

import os
from typing import Protocol
from weakref import WeakSet


class Renewable(Protocol):
    def renew(self) -> None:
        """Replace locks, sockets and whatever else belongs to one process."""


_watched: WeakSet[Renewable] = WeakSet()


def renew_after_fork(thing: Renewable) -> None:
    """Call `thing.renew()` in every child that is forked, as long as it lives."""
    _watched.add(thing)


def _renew_all() -> None:
    for thing in _watched:
        thing.renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_all)
