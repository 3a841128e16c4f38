"""Keys are refreshed ahead of need, in the background, and nobody waits for that."""

import gc
import os
import queue
import threading
import weakref

import pytest
from key_clerk import Clerk, Gate, in_threads, is_found, join, unavailable

from clerk_wsgi.backends.key_refresh import Keeper
from clerk_wsgi.backends.pem import PemBackend
from clerk_wsgi.core.errors import KeyNotFound
from clerk_wsgi.core.strict_json import read_object


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
    other = Clerk()
    clerk.say(200, {"keys": [read_object(other.answer().body)["keys"][0]]})
    clerk.say(200, {"keys": [different("a")]})
    clerk.now += 240
    keeper.turn()
    assert backend.find_key("a") != key


def different(kid):
    from key_clerk import jwk

    return jwk(kid, key="b")
