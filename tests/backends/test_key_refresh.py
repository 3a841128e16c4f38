"""Keys are refreshed ahead of need, in the background, and nobody waits for that."""

import gc
import os
import queue
import random
import threading
import weakref
from dataclasses import asdict
from functools import partial
from types import SimpleNamespace

import pytest
from forging import vector_keys
from key_clerk import (
    SECRET,
    Clerk,
    Gate,
    HandKeeper,
    exit_status_of_child,
    in_threads,
    is_found,
    join,
    jwk,
    unavailable,
)

from clerk_wsgi.backends.fetch_limits import about_one
from clerk_wsgi.backends.jwks import JwksBackend
from clerk_wsgi.backends.key_refresh import Keeper
from clerk_wsgi.backends.pem import PemBackend
from clerk_wsgi.core.errors import ConfigurationError

PEM = vector_keys()["a"]["public_key_pem_spki"]


@pytest.fixture
def clerk():
    return Clerk()


def test_the_successor_comes_before_it_is_needed(clerk):
    backend, keeper = clerk.kept_backend()
    assert is_found(backend)
    assert keeper.turn() == 240
    clerk.now += 239
    assert keeper.turn() == 1
    assert len(clerk.requests) == 1
    clerk.now += 1
    assert keeper.turn() == 240
    assert len(clerk.requests) == 2


def test_nothing_is_kept_before_somebody_asks(clerk):
    backend, keeper = clerk.kept_backend()
    assert not keeper.was_asked
    assert is_found(backend)
    assert keeper.was_asked


@pytest.mark.parametrize(("jitter", "pause"), [(0.9, 216), (1, 240), (1.1, 264)])
def test_processes_refresh_at_different_times(clerk, jitter, pause):
    backend, keeper = clerk.kept_backend(jitter=lambda: jitter)
    assert is_found(backend)
    assert keeper.turn() == pytest.approx(pause)


MAX_AGES = {
    "": 300,
    "no-store": 300,
    "max-age=600": 600,
    "public, max-age=600, must-revalidate": 600,
    "private,max-age=600": 600,
    "Max-Age = 600": 600,
    'max-age="600"': 600,
    "s-maxage=900, max-age=600": 600,
    "s-maxage=900": 300,
    "x-max-age=900": 300,
    "max-age=0": 60,
    "max-age=59": 60,
    "max-age=3601": 3600,
    "max-age=99999999999999999999": 3600,
    "max-age=-1": 300,
    "max-age=x": 300,
    "max-age": 300,
}


@pytest.mark.parametrize(("said", "seconds"), MAX_AGES.items(), ids=MAX_AGES)
def test_a_set_is_fresh_as_long_as_clerk_says_within_bounds(clerk, said, seconds):
    clerk.publish("a", cache_control=said)
    backend, keeper = clerk.kept_backend()
    assert is_found(backend)
    assert keeper.turn() == pytest.approx(seconds * 0.8)
    clerk.now += seconds - 1
    assert backend.health().status == "fresh"
    clerk.now += 1
    assert backend.health().status == "stale"


def test_a_refresh_leaves_both_forced_fetches(clerk):
    backend, keeper = clerk.kept_backend()
    assert is_found(backend)
    clerk.now += 240
    keeper.turn()
    clerk.requests.clear()
    for number in range(10):
        assert not is_found(backend, f"unknown-{number}")
    assert len(clerk.requests) == 2


def test_a_key_that_was_withdrawn_dies_without_anybody_asking(clerk):
    clerk.publish("a", "b")
    backend, keeper = clerk.kept_backend()
    assert is_found(backend, "a")
    clerk.publish("b")
    clerk.now += 240
    keeper.turn()
    assert not is_found(backend, "a")
    assert is_found(backend, "b")


def test_who_knows_a_key_knows_it_again_after_a_refresh(clerk):
    backend, keeper = clerk.kept_backend()
    key = backend.find_key("a")
    clerk.now += 240
    keeper.turn()
    assert len(clerk.requests) == 2
    assert backend.find_key("a") is key


def test_another_key_of_the_same_name_replaces_the_first(clerk):
    backend, keeper = clerk.kept_backend()
    key = backend.find_key("a")
    clerk.say(200, {"keys": [jwk("a", key="b")]})
    clerk.now += 240
    keeper.turn()
    assert backend.find_key("a") != key


def test_a_forked_child_refreshes_at_a_time_of_its_own(clerk):
    jitters = iter([1, 1.1, 0.9])
    backend, keeper = clerk.kept_backend(jitter=lambda: next(jitters))
    assert is_found(backend)
    assert keeper.turn() == pytest.approx(264)
    backend.renew()
    assert backend.health().next_try == pytest.approx(216)
    assert is_found(backend)
    assert len(clerk.requests) == 1


# While Clerk is down


def test_no_request_asks_while_the_keeper_does(clerk):
    backend, keeper = clerk.kept_backend()
    assert is_found(backend)
    clerk.be_down()
    clerk.now += 240
    assert keeper.turn() == 1
    clerk.requests.clear()
    for _ in range(300):
        clerk.now += 10
        assert is_found(backend)
        assert unavailable(backend, "unknown").reason == "unexpected-error"
    assert clerk.requests == []


def test_the_keeper_asks_ever_more_seldom(clerk):
    backend, keeper = clerk.kept_backend()
    clerk.be_down()
    unavailable(backend)
    pauses = []
    for _ in range(7):
        clerk.now += keeper.turn()
        pauses.append(keeper.turn())
    assert pauses == [2, 4, 8, 16, 30, 30, 30]


def test_users_come_back_without_waiting_once_clerk_does(clerk):
    backend, keeper = clerk.kept_backend()
    clerk.be_down()
    unavailable(backend)
    clerk.publish("a")
    assert unavailable(backend).retry_after == 1
    clerk.now += 1
    keeper.turn()
    requests = len(clerk.requests)
    assert is_found(backend)
    assert len(clerk.requests) == requests


PAUSES = {"": 1, "0": 1, "7": 7, "30": 30, "31": 30, "86400": 30, "-5": 1, "x": 1}


@pytest.mark.parametrize(("said", "pause"), PAUSES.items(), ids=PAUSES)
def test_clerk_says_when_to_come_back_within_bounds(clerk, said, pause):
    clerk.say(429, {}, retry_after=said)
    backend, keeper = clerk.kept_backend()
    assert unavailable(backend).retry_after == pause
    assert keeper.turn() == pause


@pytest.mark.parametrize("jitter", [0.9, 1.1])
def test_processes_come_back_at_different_times(clerk, jitter):
    clerk.be_down()
    backend, keeper = clerk.kept_backend(jitter=lambda: jitter)
    unavailable(backend)
    assert keeper.turn() == pytest.approx(jitter)


def test_what_nobody_expected_is_an_outage_too(clerk):
    def burst():
        raise MemoryError

    clerk.answer = burst
    backend, keeper = clerk.kept_backend()
    assert unavailable(backend).reason == "unexpected-error"
    clerk.publish("a")
    clerk.now += 1
    keeper.turn()
    assert is_found(backend)


# Where the keeper is late, or there is none


def test_a_request_fetches_by_itself_where_there_are_no_threads(clerk):
    def refuse(run):
        raise RuntimeError("can't start new thread")

    backend = clerk.backend(keeper=partial(Keeper, start=refuse))
    assert is_found(backend)
    clerk.now += 300
    clerk.publish("b")
    assert not is_found(backend, "a")
    assert is_found(backend, "b")
    assert len(clerk.requests) == 2


def test_a_request_fetches_by_itself_where_threads_stand_still(clerk):
    goes_on = threading.Event()
    still = partial(Keeper, wait=lambda calls, seconds: goes_on.wait(30))
    backend = clerk.backend(keeper=still)
    assert is_found(backend)
    clerk.be_down()
    clerk.now += 300
    assert is_found(backend)
    assert len(clerk.requests) == 2
    clerk.publish("b")
    clerk.now += 1
    assert not is_found(backend, "a")
    assert is_found(backend, "b")
    goes_on.set()


def test_a_fetch_that_nobody_does_is_soon_given_up(clerk):
    backend = clerk.backend(keeper=partial(Keeper, start=lambda run: None), patience=0)
    assert unavailable(backend).retry_after == 1
    assert clerk.requests == []
    clerk.now += 6
    assert is_found(backend)


def test_what_a_request_fetches_nobody_fetches_again(clerk):
    keepers = []

    class Asleep(HandKeeper):
        def is_at_work(self):
            return False

    def make(owner, clock):
        keepers.append(Asleep(owner, clock))
        return keepers[-1]

    backend, gate = clerk.backend(keeper=make), Gate(clerk)
    threads, results = in_threads(1, lambda: is_found(backend))
    assert gate.asked.wait(30)
    keepers[0].turn()
    assert len(clerk.requests) == 1
    gate.open.set()
    join(threads)
    assert results == [True]


def test_an_older_answer_never_replaces_a_newer_one(clerk):
    backend, gate = clerk.backend(), Gate(clerk)
    threads, _ = in_threads(1, lambda: is_found(backend))
    assert gate.asked.wait(30)
    clerk.now += 6
    clerk.publish("b")
    assert is_found(backend, "b")
    gate.open.set()
    join(threads)
    assert is_found(backend, "b")
    assert not is_found(backend, "a")


def test_an_older_failure_is_none_any_more(clerk):
    clerk.be_down()
    backend, gate = clerk.backend(), Gate(clerk)
    threads, _ = in_threads(1, lambda: is_found(backend))
    assert gate.asked.wait(30)
    clerk.now += 6
    clerk.publish("a")
    assert is_found(backend)
    gate.open.set()
    join(threads)
    assert backend.health().last_error is None


# The thread


class Plants:
    """Something to be tended, which notes when."""

    def __init__(self, *pauses):
        self.pauses = iter(pauses)
        self.tended = queue.SimpleQueue()

    def tend(self):
        self.tended.put(threading.current_thread())
        pause = next(self.pauses, 1000)
        if isinstance(pause, BaseException):
            raise pause
        return pause


def keeper_of(plants, **options):
    return Keeper(plants, lambda: 0, **options)


def gone(thread):
    thread.join(10)
    return not thread.is_alive()


def test_a_thread_starts_when_it_is_needed_and_ends_with_its_owner():
    plants = Plants()
    keeper, tended = keeper_of(plants), plants.tended
    assert tended.empty()
    assert keeper.is_at_work()
    thread = tended.get(timeout=10)
    assert thread.daemon
    assert thread.name == "clerk-keys"
    del plants
    gc.collect()
    assert gone(thread)


def test_an_owner_that_is_garbage_takes_its_thread_along():
    plants = Plants()
    plants.keeper, plants.itself = keeper_of(plants), plants
    assert plants.keeper.is_at_work()
    thread = plants.tended.get(timeout=10)
    trace = weakref.ref(plants)
    del plants
    gc.collect()
    assert trace() is None
    assert gone(thread)


def test_a_keeper_comes_when_it_is_called():
    plants = Plants()
    keeper = keeper_of(plants)
    assert keeper.is_at_work()
    thread = plants.tended.get(timeout=10)
    keeper.call()
    assert plants.tended.get(timeout=10) is thread


def test_a_keeper_comes_when_it_said_it_would():
    plants = Plants(0.01, 0.01)
    assert keeper_of(plants).is_at_work()
    assert len({plants.tended.get(timeout=10) for _ in range(3)}) == 1


def test_a_keeper_with_nothing_to_wait_for_does_not_spin():
    waited = []
    plants = Plants(-5, 0, SystemExit())
    keeper = keeper_of(
        plants, wait=lambda calls, s: waited.append(s), start=lambda run: run()
    )
    with pytest.raises(SystemExit):
        keeper.is_at_work()
    assert waited == [0.1, 0.1]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_keeper_that_died_is_replaced():
    plants = Plants(SystemExit())
    keeper = keeper_of(plants)
    keeper.is_at_work()
    thread = plants.tended.get(timeout=10)
    assert gone(thread)
    assert not keeper.was_asked
    assert keeper.is_at_work()
    assert plants.tended.get(timeout=10) is not thread


def test_many_threads_start_one_keeper():
    plants = Plants()
    keeper = keeper_of(plants)
    threads, _ = in_threads(20, keeper.is_at_work)
    join(threads)
    plants.tended.get(timeout=10)
    with pytest.raises(queue.Empty):
        plants.tended.get(timeout=0.05)


def test_a_keeper_is_late_when_it_did_not_come():
    now = 0
    plants = Plants(10)
    keeper = Keeper(plants, lambda: now)
    assert keeper.is_at_work()
    plants.tended.get(timeout=10)
    wait_until(lambda: keeper.is_at_work())
    now = 14.9
    wait_until(lambda: keeper.is_at_work())
    now = 15
    assert not keeper.is_at_work()


def wait_until(holds):
    for _ in range(1000):
        if holds():
            return
        threading.Event().wait(0.01)
    raise AssertionError("It never happened.")


def test_a_backend_that_was_used_goes_away_with_its_thread(clerk):
    before = set(threading.enumerate())
    backend = clerk.backend(keeper=Keeper)
    assert is_found(backend)
    (thread,) = set(threading.enumerate()) - before
    trace = weakref.ref(backend)
    del backend
    gc.collect()
    assert trace() is None
    assert gone(thread)


def test_cold_threads_wait_for_the_keeper(clerk):
    backend, gate = clerk.backend(keeper=Keeper), Gate(clerk)
    threads, results = in_threads(50, lambda: is_found(backend))
    assert gate.asked.wait(30)
    gate.open.set()
    join(threads)
    assert results == [True] * 50
    assert len(clerk.requests) == 1


def test_a_request_does_not_wait_longer_than_its_patience(clerk):
    backend, gate = clerk.backend(keeper=Keeper, patience=0.01), Gate(clerk)
    assert unavailable(backend).retry_after == 1
    assert unavailable(backend, "b").retry_after == 1
    gate.open.set()
    wait_until(lambda: backend.health().status == "fresh")
    assert is_found(backend)
    assert len(clerk.requests) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_forked_child_starts_a_keeper_of_its_own(clerk):
    backend = clerk.backend(keeper=Keeper)
    assert is_found(backend)

    def child_has_one():
        before = [thread.name for thread in threading.enumerate()]
        assert is_found(backend)
        after = [thread.name for thread in threading.enumerate()]
        return "clerk-keys" not in before and after.count("clerk-keys") == 1

    assert exit_status_of_child(child_has_one) == 0


# Health


def test_health_tells_how_the_keys_fare(clerk):
    clerk.publish("a", "b")
    backend, keeper = clerk.kept_backend()
    assert asdict(backend.health()) == {
        "status": "unavailable",
        "keys": 0,
        "age": None,
        "seconds_left": 0,
        "next_try": 0,
        "last_error": None,
    }
    assert clerk.requests == []
    assert is_found(backend)
    clerk.now += 100
    assert asdict(backend.health()) == {
        "status": "fresh",
        "keys": 2,
        "age": 100,
        "seconds_left": 3800,
        "next_try": 140,
        "last_error": None,
    }
    clerk.be_down()
    clerk.now += 200
    keeper.turn()
    assert asdict(backend.health()) == {
        "status": "stale",
        "keys": 2,
        "age": 300,
        "seconds_left": 3600,
        "next_try": 1,
        "last_error": "unexpected-error: Refused.",
    }
    clerk.now += 3600
    keeper.turn()
    assert asdict(backend.health()) == {
        "status": "unavailable",
        "keys": 0,
        "age": 3900,
        "seconds_left": 0,
        "next_try": 2,
        "last_error": "unexpected-error: Refused.",
    }


ERRORS = {
    "in Clerk's words": (500, b"{}", "jwk-remote-failed-to-load: Error loading Clerk"),
    "no JSON": (200, b"<html>", "unexpected-error: "),
    "no keys": (200, b"{}", "jwk-remote-failed-to-load: The JWKS endpoint did not"),
}


@pytest.mark.parametrize(("status", "body", "error"), ERRORS.values(), ids=ERRORS)
def test_health_tells_the_last_error(clerk, status, body, error):
    clerk.say(status, body)
    backend = clerk.backend()
    unavailable(backend)
    assert backend.health().last_error.startswith(error)
    assert SECRET not in repr(backend.health())


def test_a_pinned_key_is_always_fresh():
    health = PemBackend(PEM).health()
    assert (health.status, health.keys) == ("fresh", 1)
    assert (health.seconds_left, health.next_try, health.age) == (None, None, None)


# A key of the configuration for the worst case


def test_a_pinned_key_serves_while_there_is_no_set(clerk):
    clerk.be_down()
    backend = clerk.backend(pinned=PEM)
    assert backend.find_key("a") == PemBackend(PEM).find_key(None)
    assert backend.health().status == "unavailable"
    clerk.publish("a")
    clerk.now += 1
    assert is_found(backend, "a")
    assert not is_found(backend, "b")


def test_a_pinned_key_is_not_asked_while_there_is_a_set(clerk):
    backend = clerk.backend(pinned=PEM)
    assert is_found(backend)
    clerk.be_down()
    clerk.now += 3899
    assert unavailable(backend, "b").reason == "unexpected-error"
    clerk.now += 1
    assert backend.find_key("b").kid is None


def test_a_pinned_key_comes_from_the_options():
    options = SimpleNamespace(
        api_url="http://127.0.0.1:9",
        api_version="v1",
        secret_key=SECRET,
        jwt_key="no key",
    )
    with pytest.raises(ConfigurationError, match="CLERK_JWT_KEY"):
        JwksBackend.from_options(options)
    options.jwt_key = PEM
    backend = JwksBackend.from_options(options)
    assert backend.find_key("a").kid is None


def test_the_random_numbers_of_the_application_are_its_own(clerk):
    backend, keeper = clerk.kept_backend(jitter=about_one)
    seen = random.getstate()
    assert is_found(backend)
    assert 216 <= keeper.turn() <= 264
    assert random.getstate() == seen
