"""Whoever listens hears of sets that came and of outages, and can do no harm."""

import logging

import pytest
from key_clerk import SECRET, Clerk, is_found, unavailable

from clerk_wsgi.core.events import KeysFetched, OutageEnded, OutageStarted


@pytest.fixture
def clerk():
    return Clerk("a", "b")


@pytest.fixture
def heard():
    return []


@pytest.fixture
def kept(clerk, heard):
    backend, keeper = clerk.kept_backend()
    backend.listen(heard.append)
    return backend, keeper


def test_a_set_that_came_is_told(clerk, kept, heard):
    backend, _ = kept
    answer = clerk.answer

    def slowly():
        clerk.now += 2
        return answer()

    clerk.answer = slowly
    assert is_found(backend)
    assert heard == [KeysFetched(seconds=2, keys=2)]


def test_an_outage_is_told_when_it_starts_and_when_it_ends(clerk, kept, heard):
    backend, keeper = kept
    assert is_found(backend)
    heard.clear()
    clerk.say(503, {})
    clerk.now += 240
    keeper.turn()
    for _ in range(5):
        clerk.now += 30
        keeper.turn()
    assert heard == [OutageStarted("keys", "jwk-remote-failed-to-load", 3660)]
    heard.clear()
    clerk.publish("a")
    clerk.now += 30
    keeper.turn()
    assert heard == [KeysFetched(0, 1), OutageEnded("keys", 180)]


def test_a_cold_outage_has_nothing_left(clerk, kept, heard):
    clerk.be_down()
    unavailable(kept[0])
    assert heard == [OutageStarted("keys", "unexpected-error", 0)]


def test_what_is_told_holds_no_secret(clerk, kept, heard):
    clerk.be_down()
    unavailable(kept[0])
    clerk.publish("a")
    clerk.now += 1
    kept[1].turn()
    assert len(heard) == 3
    assert SECRET not in repr(heard)


def test_a_listener_that_fails_hurts_nobody_and_is_logged_once(clerk, caplog):
    def fail(event):
        raise RuntimeError("No metrics today.")

    backend, keeper = clerk.kept_backend()
    backend.listen(fail)
    with caplog.at_level(logging.WARNING, "clerk_wsgi"):
        for _ in range(3):
            assert is_found(backend)
            clerk.now += 240
            keeper.turn()
    assert len(clerk.requests) == 4
    assert [each.message for each in caplog.records] == [
        "The listener for events failed at KeysFetched."
    ]
    assert "No metrics today." in caplog.text


def test_waiting_requests_do_not_wait_for_the_listener(clerk):
    asked = []
    backend = clerk.backend()
    backend.listen(lambda event: asked.append(is_found(backend)))
    assert is_found(backend)
    assert asked == [True]
