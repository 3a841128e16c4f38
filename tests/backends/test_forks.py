"""A forked child makes anew what it must not share, whatever fails there."""

import os
import signal
from threading import Event, Thread

import pytest

from clerk_wsgi.backends.forks import renew_after_fork
from clerk_wsgi.backends.memory import MemoryStore

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork"),
    pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning"),
]
NAMED = {"secret": "sk_test_1", "scope": "here"}


class Watched:
    """Fails in a child, or not; `seen` says in which process it was renewed."""

    def __init__(self, error=None):
        self.error = error
        self.seen = None
        renew_after_fork(self)

    def renew(self):
        self.seen = os.getpid()
        Watched()  # as what is renewed may make parts that watch, too
        if self.error:
            raise self.error


def test_one_that_cannot_be_made_anew_keeps_nobody_from_it():
    no_more = RuntimeError("can't start new thread")
    watched = [Watched(error) for error in (None, no_more) * 5]
    child = os.fork()
    if child == 0:
        os._exit(0 if {each.seen for each in watched} == {os.getpid()} else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert {each.seen for each in watched} == {None}


class SlowlyMade(MemoryStore):
    begun, may_end = Event(), Event()

    def __init__(self):
        self.begun.set()
        self.may_end.wait(30)
        super().__init__()


def test_a_store_that_a_thread_of_the_parent_was_making_keeps_no_child_waiting():
    making = Thread(target=lambda: SlowlyMade.from_url("memory://", **NAMED))
    making.start()
    SlowlyMade.begun.wait(30)
    child = os.fork()
    if child == 0:
        signal.alarm(5)
        MemoryStore.from_url("memory://", **NAMED)
        os._exit(0)
    SlowlyMade.may_end.set()
    making.join()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
