"""When a store is asked, and when it is left alone."""

import pytest

from clerk_wsgi.backends.store_breaker import (
    FIRST_WAIT,
    LONGEST_WAIT,
    REFUSALS,
    Breaker,
    StoreHealth,
)
from clerk_wsgi.core.events import OutageEnded, OutageStarted


class Trial:
    """A breaker with a clock that stands, and probes that are run by hand."""

    def __init__(self, dice=0.5):
        self.now = 100.0
        self.is_up = False
        self.probes = []
        self.events = []
        self.breaker = Breaker(
            self.probe,
            emit=self.events.append,
            clock=lambda: self.now,
            dice=lambda: dice,
            start=self.probes.append,
        )

    def probe(self):
        if not self.is_up:
            raise OSError("still away")

    def run(self):
        self.probes.pop()()

    def wait(self):
        """How long until somebody is sent to look, once more."""
        begun = self.now
        while not self.probes:
            assert not self.breaker.allows()
            self.now += 0.01
        return self.now - begun


@pytest.fixture
def trial():
    return Trial()


def test_at_first_the_store_is_asked(trial):
    assert trial.breaker.allows()
    assert trial.breaker.health() == StoreHealth(True)


def test_one_failure_is_enough(trial):
    trial.breaker.failed("timeout")
    assert not trial.breaker.allows()
    trial.now += 0.04
    health = trial.breaker.health()
    assert (health.is_available, health.reason) == (False, "timeout")
    assert health.seconds == pytest.approx(0.04)
    assert health.next_try == pytest.approx(FIRST_WAIT - 0.04)


def test_refusals_are_enough_when_they_come_in_a_row(trial):
    for _ in range(5):
        for _ in range(REFUSALS - 1):
            trial.breaker.refused("refused")
        assert trial.breaker.allows()
        trial.breaker.succeeded()
    for _ in range(REFUSALS):
        trial.breaker.refused("refused")
    assert not trial.breaker.allows()


def test_nobody_is_sent_before_it_is_time_and_only_one_then(trial):
    trial.breaker.failed("timeout")
    assert trial.wait() == pytest.approx(FIRST_WAIT, abs=0.02)
    for _ in range(10):
        assert not trial.breaker.allows()
    assert len(trial.probes) == 1


def test_each_try_comes_later_up_to_a_limit(trial):
    trial.breaker.failed("timeout")
    waits = []
    for _ in range(8):
        waits.append(trial.wait())
        trial.run()
    assert waits == sorted(waits)
    assert waits[1] == pytest.approx(2 * FIRST_WAIT, abs=0.02)
    assert waits[-1] == pytest.approx(LONGEST_WAIT, abs=0.02)


@pytest.mark.parametrize(("dice", "part"), [(0.0, 0.75), (1.0, 1.25)])
def test_processes_do_not_try_at_the_same_moment(dice, part):
    trial = Trial(dice)
    trial.breaker.failed("timeout")
    assert trial.wait() == pytest.approx(part * FIRST_WAIT, abs=0.02)


def test_a_store_that_is_back_is_asked_again(trial):
    trial.breaker.failed("timeout")
    trial.wait()
    trial.is_up = True
    trial.run()
    assert trial.breaker.allows()
    assert trial.breaker.health() == StoreHealth(True)
    started, ended = trial.events
    assert started == OutageStarted("store", "timeout", 0.0)
    assert isinstance(ended, OutageEnded)
    assert ended.seconds == pytest.approx(FIRST_WAIT, abs=0.02)


def test_one_that_only_seemed_to_be_back_is_tried_later(trial):
    trial.breaker.failed("timeout")
    trial.wait()
    trial.is_up = True
    trial.run()
    trial.breaker.failed("timeout")
    assert trial.wait() == pytest.approx(2 * FIRST_WAIT, abs=0.02)
    trial.run()
    trial.now += 2 * LONGEST_WAIT
    trial.breaker.failed("timeout")
    assert trial.wait() == pytest.approx(FIRST_WAIT, abs=0.02)


def test_what_comes_late_changes_nothing(trial):
    """Calls that were under way when it opened end, well or not."""
    trial.breaker.failed("timeout")
    trial.breaker.failed("connection")
    trial.breaker.succeeded()
    assert not trial.breaker.allows()
    assert trial.breaker.health().reason == "timeout"
    assert len(trial.events) == 1


def test_a_forked_child_sends_somebody_of_its_own(trial):
    trial.breaker.failed("timeout")
    trial.wait()
    trial.breaker.renew()
    assert not trial.breaker.allows()
    assert len(trial.probes) == 2


def test_where_no_thread_can_be_started_the_next_one_tries():
    def start(work):
        raise RuntimeError("can't start new thread")

    now = 0.0
    breaker = Breaker(lambda: None, clock=lambda: now, start=start)
    breaker.failed("timeout")
    now = 10.0
    assert not breaker.allows()
    assert not breaker._is_probing


def test_the_probe_runs_in_a_thread_of_its_own():
    from redis_server import wait_until

    breaker = Breaker(lambda: None)
    breaker.failed("timeout")
    wait_until(breaker.allows, "nobody looks")
