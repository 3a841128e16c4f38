"""Real servers that hang, die, forget, fill up and hand over; and hostile writers."""

import secrets
import time
from contextlib import suppress

import pytest
import redis
from redis_server import KINDS, running, wait_until

from clerk_wsgi.backends.redis import RedisStore
from clerk_wsgi.backends.store_sealing import Sealer
from clerk_wsgi.core.errors import StoreUnavailable

SECRET = "sk_test_1"


@pytest.fixture(scope="module", params=KINDS)
def server(request):
    with running(request.param) as server:
        yield server


@pytest.fixture
def scope():
    return secrets.token_hex(8)


@pytest.fixture
def store(server, scope):
    server.say("FLUSHALL")
    return open_at(server.url, scope)


@pytest.fixture
def other(server, store, scope):
    """The same store, as another process has it."""
    return open_at(server.url, scope)


def open_at(url, scope, **more):
    """With patience, where it is not what the test is about: machines are busy."""
    given = {"seconds": 10, "poll": 0.1, **more}
    return RedisStore.from_url(url, secret=SECRET, scope=scope, **given)


@pytest.fixture
def sealer(scope):
    return Sealer(SECRET, scope)


def back(*stores):
    """Until each of them has found its server."""

    def is_back():
        for each in stores:
            each.read("name")
        return all(each.health().is_available for each in stores)

    wait_until(is_back, "the server is not found again")


def test_a_server_that_hangs_costs_one_call_and_is_found_again(server, other, scope):
    other.write("name", b"1", 100)
    store = open_at(server.url, scope, seconds=0.05)
    server.hang()
    try:
        began = time.monotonic()
        for _ in range(100):
            assert store.read("name") is None
        assert time.monotonic() - began < 100 * 0.05  # what waiting each time takes
    finally:
        server.go_on()
    back(store)
    assert other.read("name") == b"1"


def test_a_server_that_dies_and_returns_empty_is_noticed(server, store, other):
    store.append("feed", b"1", 100)
    before = other.entries("feed")
    server.stop()
    store.write("name", b"1", 100)
    assert store.read("name") is None
    with pytest.raises(StoreUnavailable):
        other.entries("feed")
    server.start()
    back(store, other)
    after = other.entries("feed")
    assert (before, after) == ((b"1",), ())
    assert after.mark != before.mark


def test_connections_that_the_server_closed_are_no_outage(server, store):
    events = []
    store._breaker._emit = events.append
    store.write("name", b"1", 100)
    server.say("CLIENT", "KILL", "TYPE", "normal")
    time.sleep(0.02)
    assert store.read("name") == b"1"
    assert events == []


def lose_everything(server, key):
    server.say("FLUSHALL")


def evict(server, key):
    server.say("DEL", key)


@pytest.mark.parametrize("lose", [lose_everything, evict])
def test_a_feed_that_was_lost_has_another_mark(server, store, other, sealer, lose):
    store.append("feed", b"1", 100)
    before = other.entries("feed"), other.entries("feed").mark
    lose(server, sealer.key("feed", "feed"))
    found = other.entries("feed")
    assert before[0] == (b"1",)
    assert found == ()
    assert found.mark != before[1]
    assert store.entries("feed").mark == found.mark


def test_a_loss_is_noticed_though_others_appended_since(server, store, other):
    """As many entries as before, and none of them the same."""
    store.append("feed", b"1", 100)
    before = other.entries("feed")
    server.say("FLUSHALL")
    store.append("feed", b"2", 100)
    after = other.entries("feed")
    assert after == (b"2",)
    assert after.mark != before.mark


def test_a_server_that_took_over_without_the_last_writes_is_noticed(
    server, store, other, sealer
):
    """As a replica that was made a master: the feed is there, and a little older."""
    key = sealer.key("feed", "feed")
    store.append("feed", b"1", 100)
    before = other.entries("feed")
    store.append("feed", b"2", 100)
    assert len(other.entries("feed")) == 2
    (sealed,) = store._ask(("ZRANGE", key, -1, -1))
    server.say("ZREM", key, *sealed)
    server.say("ZINCRBY", key, -1, "count")
    after = other.entries("feed")
    assert len(after) == 1
    assert after.mark != before.mark
    assert other.entries("feed").mark == after.mark


def test_what_only_the_writer_knew_is_noticed_by_the_writer(server, store, sealer):
    store.entries("feed")
    before = store.entries("feed")
    store.append("feed", b"1", 100)
    key = sealer.key("feed", "feed")
    (sealed,) = store._ask(("ZRANGE", key, -1, -1))
    server.say("ZREM", key, *sealed)
    server.say("ZINCRBY", key, -1, "count")
    after = store.entries("feed")
    assert after == ()
    assert after.mark != before.mark


def test_a_stream_that_was_evicted_is_no_loss(server, store, other, sealer):
    store.append("feed", b"1", 100)
    before = other.entries("feed")
    store.append("feed", b"2", 100)
    server.say("DEL", sealer.key("feed", "feed") + ":log")
    store.append("feed", b"3", 100)
    after = other.entries("feed")
    assert sorted(after) == [b"1", b"2", b"3"]
    assert after.mark == before.mark


def test_a_listener_goes_on_after_its_connection_was_cut(server, store, other):
    told = []
    end = other.listen("feed", lambda: told.append(other.entries("feed")))
    try:
        wait_until(lambda: told, "it is not told")
        server.say("CLIENT", "KILL", "TYPE", "pubsub")
        server.say("CLIENT", "KILL", "TYPE", "normal")
        back(store, other)
        store.append("feed", b"1", 100)
        wait_until(lambda: told[-1] == (b"1",), "it hears no more")
    finally:
        end()


def test_a_listener_goes_on_after_its_server_hung_or_died(server, store, other):
    told = []
    end = other.listen("feed", lambda: told.append(other.entries("feed")))
    try:
        wait_until(lambda: told, "it is not told")
        server.stop()
        time.sleep(0.05)
        server.start()
        back(store, other)
        store.append("feed", b"1", 100)
        wait_until(lambda: told[-1] == (b"1",), "it hears no more")
    finally:
        end()


def test_a_server_without_memory_keeps_nothing_and_fails_nobody(server, store):
    store.append("feed", b"1", 100)
    server.say("CONFIG", "SET", "maxmemory", "1")
    try:
        store.write("name", b"1", 100)
        assert store.read("name") is None
        with pytest.raises(StoreUnavailable, match="out-of-memory"):
            store.append("feed", b"2", 100)
    finally:
        server.say("CONFIG", "SET", "maxmemory", "0")
    back(store)
    assert store.entries("feed") == (b"1",)


def test_a_master_that_became_a_replica_is_left(server, store):
    store.write("name", b"1", 100)
    server.say("REPLICAOF", "127.0.0.1", "1")
    try:
        store.write("name", b"2", 100)
        assert not store.health().is_available
        assert store.read("name") is None
    finally:
        server.say("REPLICAOF", "NO", "ONE")
    back(store)


def test_a_key_of_another_type_is_no_value(server, store, sealer):
    server.say("LPUSH", sealer.key("value", "name"), "x")
    assert store.read("name") is None
    server.say("SET", sealer.key("feed", "feed"), "x")
    for call in (store.entries, lambda feed: store.append(feed, b"1", 10)):
        with suppress(StoreUnavailable):
            pytest.fail(f"a feed of another type gave {call('feed')}")


# What somebody can try who reads and writes the store, and has no secret.


def values(server, *keys):
    client = redis.Redis(port=server.port)
    return client.mget(*keys)


def test_no_entry_can_be_planted(server, store, sealer):
    key = sealer.key("value", "jwks")
    forged = Sealer("a guess", "x").seal(key, b'{"keys": []}', time.time() + 100)
    for planted in (b'{"keys": []}', forged, b"\x01" * 100, b""):
        server.say("SET", key, planted)
        assert store.read("jwks") is None


def test_no_entry_passes_under_another_name(server, store, sealer):
    mine, theirs = sealer.key("value", "mine"), sealer.key("value", "theirs")
    store.write("mine", b"1", 100)
    (sealed,) = values(server, mine)
    server.say("SET", theirs, sealed)
    assert store.read("theirs") is None
    assert store.read("mine") == b"1"


def test_no_entry_lives_longer_by_being_written_again(server, scope, sealer):
    now = time.time()
    store = open_at(server.url, scope, clock=lambda: now)
    store.write("name", b"1", 10)
    (sealed,) = values(server, sealer.key("value", "name"))
    now += 11
    server.say("SET", sealer.key("value", "name"), sealed)
    assert store.read("name") is None


def test_nothing_can_be_added_to_a_feed(server, store, sealer):
    key, other = sealer.key("feed", "feed"), sealer.key("feed", "other")
    store.append("feed", b"1", 100)
    store.append("other", b"2", 100)
    (theirs,) = store._ask(("ZRANGE", other, -1, -1))
    score = int(time.time() * 1000) + 100_000
    for planted in (theirs[0], b"\x01" * 60, b"x"):
        server.say("ZADD", key, score, planted)
        server.say("XADD", f"{key}:log", "*", "e", planted)
        server.say("ZINCRBY", key, 1, "count")
    assert store.entries("feed") == (b"1",)


def test_the_store_holds_no_word_of_ours(server, store):
    import redis

    store.write("user_31415", b"private words", 100)
    store.append("feed_27182", b"private words", 100)
    client = redis.Redis(port=server.port)
    seen = []
    for key in client.scan_iter():
        seen += [key, client.dump(key)]
    assert len(seen) == 6
    for word in (b"private", b"31415", b"27182", SECRET.encode()):
        assert not any(word in each for each in seen)


def test_a_password_is_needed_where_the_server_wants_one(server):
    server.say("CONFIG", "SET", "requirepass", "hush")
    given = {"secret": SECRET, "scope": "x", "seconds": 10}
    address = f"127.0.0.1:{server.port}"
    try:
        right = RedisStore.from_url(f"redis://:hush@{address}/2", **given)
        right.write("name", b"1", 10)
        assert right.read("name") == b"1"
        for url in (f"redis://:wrong@{address}", f"redis://{address}"):
            wrong = RedisStore.from_url(url, **given)
            assert wrong.read("name") is None
            assert wrong.health().reason == "authentication"
    finally:
        redis.Redis(port=server.port, password="hush").config_set("requirepass", "")
