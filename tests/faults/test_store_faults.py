"""A store in trouble: no error, no waiting, and nothing that is not ours."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from redis_server import wait_until
from scripted_redis import NONSENSE, REFUSALS, SILENCES, scripted

from clerk_wsgi.backends.redis import RedisStore
from clerk_wsgi.core.errors import StoreUnavailable
from clerk_wsgi.core.events import OutageEnded, OutageStarted

# Were each of many calls to wait for the store, they would take 50 ms each. A machine
# that is busy may take long for a few of them, not for all.
CALLS = 200
LONG = 0.05 * CALLS


def store_at(server_or_url, **more):
    url = getattr(server_or_url, "url", server_or_url)
    return RedisStore.from_url(url, secret="sk_test_1", scope="here", **more)


def use(store):
    """Everything that requests do with a store; none of it may raise."""
    store.write("name", b"value", 10)
    assert store.read("name") is None
    store.forget("name")


def assert_no_feed(store):
    with pytest.raises(StoreUnavailable):
        store.entries("feed")
    with pytest.raises(StoreUnavailable):
        store.append("feed", b"entry", 10)


def assert_left_alone(store):
    """Many calls take no time, since the store is not asked."""
    began = time.monotonic()
    for _ in range(CALLS):
        use(store)
    assert time.monotonic() - began < LONG
    assert not store.health().is_available


@pytest.mark.parametrize("behave", SILENCES.values(), ids=SILENCES)
def test_a_store_that_fails_is_asked_once_and_then_left_alone(behave):
    events = []
    with scripted(behave) as server:
        store = store_at(server, emit=events.append)
        began = time.monotonic()
        assert store.read("name") is None
        assert time.monotonic() - began < 1
        assert not store.health().is_available
        assert server.asked <= 1
        assert_left_alone(store)
        assert_no_feed(store)
        assert [type(each) for each in events] == [OutageStarted]


@pytest.mark.parametrize("behave", REFUSALS.values(), ids=REFUSALS)
def test_a_store_that_refuses_is_left_alone_after_three_times(behave):
    with scripted(behave) as server:
        store = store_at(server)
        for _ in range(3):
            assert store.health().is_available
            store.read("name")
        assert_left_alone(store)
        assert_no_feed(store)


@pytest.mark.parametrize("behave", NONSENSE.values(), ids=NONSENSE)
def test_an_answer_about_something_else_is_no_value(behave):
    with scripted(behave) as server:
        store = store_at(server)
        for _ in range(5):
            use(store)
            assert_no_feed(store)


def test_a_port_that_nobody_listens_on():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    store = store_at(f"redis://127.0.0.1:{port}")
    use(store)
    assert_left_alone(store)
    assert store.health().reason == "connection"


def test_a_port_where_nobody_takes_the_call():
    with socket.create_server(("127.0.0.1", 0), backlog=1) as silent:
        store = store_at(f"redis://127.0.0.1:{silent.getsockname()[1]}")
        use(store)
        assert_left_alone(store)
        assert store.health().reason == "timeout"


def test_a_name_that_resolves_to_nothing():
    store = store_at("redis://store.invalid:6379")
    use(store)
    assert_left_alone(store)


REASONS = {
    "hangs": "timeout",
    "drips": "timeout",
    "resets": "connection",
    "pours bytes": "connection",
    "speaks HTTP": "garbage",
    "loads": "loading",
    "wants a password": "authentication",
    "is a replica now": "read-only",
}


@pytest.mark.parametrize(("name", "reason"), REASONS.items())
def test_the_reason_is_a_word_of_ours(name, reason):
    """With patience, unless it is about that: a machine that is busy is late, too."""
    events = []
    with scripted(SILENCES[name]) as server:
        patience = 0.05 if reason == "timeout" else 10
        store = store_at(server, emit=events.append, seconds=patience)
        store.read("name")
        assert store.health().reason == reason
        assert [each.reason for each in events] == [reason]


def test_threads_that_meet_a_hanging_store_wait_once():
    with scripted(SILENCES["hangs"]) as server, ThreadPoolExecutor(16) as pool:
        store = store_at(server)
        found = list(pool.map(lambda number: store.read(f"{number}"), range(400)))
        assert found == [None] * 400
        assert server.asked <= 16


def test_a_store_that_came_back_is_found_beside_the_requests():
    events = []
    with scripted(SILENCES["hangs"]) as server:
        store = store_at(server, emit=events.append)
        store.read("name")
        server.behave = NONSENSE["a word"]

        def is_back():
            store.read("name")
            return store.health().is_available

        wait_until(is_back, "the store is not found again")
        assert [type(each) for each in events] == [OutageStarted, OutageEnded]
        assert events[1].seconds > 0


def test_a_listener_is_told_though_the_store_is_away():
    told = []
    with scripted(SILENCES["hangs"]) as server:
        store = store_at(server, poll=0.05)
        end = store.listen("feed", lambda: told.append(1))
        wait_until(lambda: len(told) >= 3, "the listener is not told")
        end()


def test_an_event_hook_that_fails_fails_nobody():
    def fail(event):
        raise RuntimeError("no log today")

    with scripted(SILENCES["leaves"]) as server:
        use(store_at(server, emit=fail))
