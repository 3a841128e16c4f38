"""What must be at rest while the process forks, so that the child gets it whole."""

import os
from threading import Lock
from typing import Protocol
from weakref import WeakSet


class Pausing(Protocol):
    def before_fork(self) -> None:
        """Wait until nobody is at work, and let nobody in."""

    def after_fork(self, *, is_child: bool) -> None:
        """Go on, in the parent and in the child."""


_watched: WeakSet[Pausing] = WeakSet()
_forking = Lock()
_paused: list[Pausing] = []


def pause_while_forking(thing: Pausing) -> None:
    """Have it pause for each fork, as long as it lives."""
    _watched.add(thing)


def _before() -> None:
    _forking.acquire()
    for each in list(_watched):
        each.before_fork()
        _paused.append(each)


def _after(is_child: bool) -> None:
    try:
        while _paused:
            _paused.pop().after_fork(is_child=is_child)
    finally:
        _forking.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before,
        after_in_parent=lambda: _after(False),
        after_in_child=lambda: _after(True),
    )
