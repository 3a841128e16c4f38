"""A new key may get the old one's name: its first token tells, and few others can."""

import pytest
from clerk_tokens import PEM
from forging import HEADER, compact
from key_clerk import Clerk, Gate, in_threads, is_found, join, jwk

from clerk_wsgi.core.errors import KeysUnavailable, TokenVerificationError
from clerk_wsgi.core.ports import Ports
from clerk_wsgi.core.token_keys import find_key, verified_by
from clerk_wsgi.core.tokens import parse_token
from clerk_wsgi.core.verification import Checks


@pytest.fixture
def clerk():
    """Heard thirty seconds ago, which is when it may be asked again."""
    return Clerk("k")


def warm(clerk, **options):
    backend = clerk.backend(**options)
    assert is_found(backend, "k")
    clerk.now += 30
    clerk.requests.clear()
    return backend


def replace(clerk, pair="b"):
    clerk.say(200, {"keys": [jwk("k", pair)]})


TOKENS = {
    pair: parse_token(compact({**HEADER, "kid": "k"}, key=pair)) for pair in "abc"
}


def is_good(backend, pair):
    """Is a token good that names the key `k` and is signed by that pair?"""
    ports = Ports(
        now=lambda: 1_700_000_000_000,
        find_key=backend.find_key,
        find_other_key=backend.find_other_key,
        remembered={},
        warn=print,
    )
    token = TOKENS[pair]
    try:
        verified_by(token, find_key(token, ports), Checks(), ports)
    except TokenVerificationError:
        return False
    return True


def test_the_first_token_of_a_replaced_key_is_good(clerk):
    backend = warm(clerk)
    replace(clerk)
    assert is_good(backend, "b")
    assert len(clerk.requests) == 1
    assert not is_good(backend, "a")
    assert is_good(backend, "b")
    assert len(clerk.requests) == 1


def test_the_keeper_fetches_where_there_is_one(clerk):
    backend, keeper = clerk.kept_backend()
    assert is_found(backend, "k")
    clerk.now += 30
    replace(clerk)
    assert is_good(backend, "b")
    assert keeper.was_asked
    assert len(clerk.requests) == 2


def test_clerk_is_believed_for_thirty_seconds(clerk):
    backend = warm(clerk)
    clerk.now -= 1
    replace(clerk)
    assert not is_good(backend, "b")
    assert clerk.requests == []
    clerk.now += 1
    assert is_good(backend, "b")


def test_what_another_fetch_brought_is_not_asked_for(clerk):
    backend = warm(clerk)
    old = backend.find_key("k")
    replace(clerk)
    assert is_good(backend, "b")
    assert backend.find_other_key("k", old) == backend.find_key("k") != old
    assert len(clerk.requests) == 1


def test_a_flood_of_bad_signatures_fetches_once_in_thirty_seconds(clerk):
    backend = warm(clerk)
    for number in range(6000):
        clerk.now = 1030 + number / 100
        assert not is_good(backend, "b")
        if not number % 100:
            assert is_good(backend, "a")
    assert len(clerk.requests) == 2


def test_a_flood_of_bad_signatures_leaves_a_fetch_for_a_new_name(clerk):
    backend = warm(clerk)
    for number in range(60):
        clerk.now = 1030 + number
        assert not is_good(backend, "b")
    clerk.publish("k", "new")
    assert is_found(backend, "new")


def test_signatures_and_names_share_two_fetches_in_thirty_seconds(clerk):
    backend = warm(clerk)
    for number in range(600):
        clerk.now = 1030 + number / 10
        is_found(backend, f"unknown-{number}")
        assert not is_good(backend, "b")
    assert len(clerk.requests) == 4


def test_a_flood_delays_a_replaced_key_by_thirty_seconds_at_most(clerk):
    backend = warm(clerk)
    for number in range(300):
        clerk.now = 1030 + number / 10
        is_found(backend, f"unknown-{number}")
        assert not is_good(backend, "b")
        if number == 10:
            replace(clerk)
    clerk.now = 1060
    is_found(backend, "unknown")
    assert is_good(backend, "b")


def test_bad_signatures_during_an_outage_evict_nothing(clerk):
    backend = warm(clerk)
    clerk.be_down()
    for _ in range(300):
        clerk.now += 1
        assert not is_good(backend, "b")
        assert is_good(backend, "a")
    assert len(clerk.requests) < 15


@pytest.mark.parametrize("status", [200, 500])
def test_a_bad_answer_replaces_nothing(clerk, status):
    backend = warm(clerk)
    clerk.say(status, b"<html>")
    assert not is_good(backend, "b")
    assert is_good(backend, "a")


def test_a_withdrawn_name_has_no_other_key(clerk):
    backend = warm(clerk)
    clerk.publish("other")
    assert not is_good(backend, "b")
    assert is_found(backend, "other")
    assert not is_found(backend, "k")


def test_nobody_but_the_first_waits_for_a_bad_signature(clerk):
    """Good users have their key; who shows another bad signature is told to wait."""
    backend = warm(clerk)
    replace(clerk)
    gate = Gate(clerk)
    first, results = in_threads(1, lambda: is_good(backend, "b"))
    assert gate.asked.wait(30)
    assert is_good(backend, "a")
    for _ in range(100):
        with pytest.raises(KeysUnavailable) as caught:
            is_good(backend, "b")
        assert caught.value.retry_after == 1
    gate.open.set()
    join(first)
    assert results == [True]
    assert is_good(backend, "b")
    assert len(clerk.requests) == 1


def test_the_first_does_not_wait_for_ever(clerk):
    backend, keeper = clerk.kept_backend(patience=0.01)
    assert is_found(backend, "k")
    clerk.now += 30
    keeper.call = lambda: None
    assert not is_good(backend, "b")
    assert is_good(backend, "a")


def test_a_pinned_key_has_no_other(clerk):
    clerk.be_down()
    backend = clerk.backend(pinned=PEM)
    pinned = backend.find_key("k")
    clerk.requests.clear()
    clerk.now += 2
    assert backend.find_other_key("k", pinned) is None
    assert clerk.requests == []


@pytest.mark.parametrize("kid", [None, ""])
def test_a_token_without_a_name_asks_nobody(clerk, kid):
    backend = warm(clerk)
    assert backend.find_other_key(kid, backend.find_key("k")) is None
    assert clerk.requests == []


def test_while_the_keeper_tries_no_signature_asks(clerk):
    backend, keeper = clerk.kept_backend()
    assert is_found(backend, "k")
    clerk.now += 240
    clerk.be_down()
    keeper.turn()
    clerk.now += 2
    assert not is_good(backend, "b")
    assert is_good(backend, "a")
    assert len(clerk.requests) == 2
