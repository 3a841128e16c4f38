"""Key sets in a store that processes share: of use, and never believed blindly."""

import json

import pytest
from key_clerk import SECRET, Clerk, is_found, jwk, unavailable

from clerk_wsgi.backends.jwks import JwksBackend


class DictStore:
    """A store that keeps what it is given, and notes for how long."""

    def __init__(self):
        self.values = {}
        self.seconds = None
        self.looked_up = []

    def read(self, name):
        self.looked_up.append(name)
        return self.values.get(name)

    def write(self, name, value, seconds):
        self.values[name] = value
        self.seconds = seconds

    def change(self, **members):
        (name,) = self.values
        entry = {**json.loads(self.values[name]), **members}
        self.values[name] = json.dumps(entry).encode()

    def put(self, value):
        (name,) = self.values
        self.values[name] = value


@pytest.fixture
def clerk():
    return Clerk()


@pytest.fixture
def store(clerk):
    """A store into which another process put the key `a`."""
    store = DictStore()
    assert is_found(sharing(clerk, store)[0])
    clerk.requests.clear()
    store.looked_up.clear()
    return store


def sharing(clerk, store, **options):
    backend, keeper = clerk.kept_backend(**options)
    backend.share(store)
    return backend, keeper


def test_a_cold_process_looks_into_the_store_and_asks_clerk_all_the_same(clerk, store):
    backend, keeper = sharing(clerk, store)
    clerk.now += 100
    assert is_found(backend)
    assert clerk.requests == []
    assert (backend.health().status, backend.health().age) == ("fresh", 100)
    assert keeper.was_asked
    keeper.turn()
    assert len(clerk.requests) == 1
    assert backend.health().age == 0


def test_a_cold_process_works_though_clerk_is_down(clerk, store):
    clerk.be_down()
    clerk.now += 3899
    backend, _ = sharing(clerk, store)
    assert is_found(backend)
    assert backend.health().status == "stale"
    clerk.now += 1
    assert unavailable(backend).reason == "unexpected-error"


def test_a_set_that_is_not_fresh_does_not_spare_a_fetch(clerk, store):
    clerk.publish("b")
    clerk.now += 300
    backend, _ = sharing(clerk, store)
    assert not is_found(backend, "a")
    assert is_found(backend, "b")
    assert len(clerk.requests) == 1


def test_a_key_that_is_not_in_the_store_is_asked_for(clerk, store):
    clerk.publish("a", "b")
    backend, _ = sharing(clerk, store)
    assert is_found(backend, "b")
    assert len(clerk.requests) == 1


def test_a_warm_process_does_not_look_into_the_store(clerk, store):
    backend, keeper = sharing(clerk, store)
    assert is_found(backend)
    keeper.turn()
    for number in range(5):
        assert not is_found(backend, f"unknown-{number}")
        clerk.now += 240
        keeper.turn()
    assert len(store.looked_up) == 1


def test_after_a_failure_another_process_may_have_been_luckier(clerk, store):
    unlucky, keeper = sharing(clerk, store)
    assert is_found(unlucky)
    clerk.publish("b")
    clerk.now += 240
    assert is_found(sharing(clerk, DictStore())[0], "b")
    lucky, its_keeper = sharing(clerk, store)
    assert is_found(lucky, "a")
    its_keeper.turn()
    clerk.be_down()
    clerk.now += 10
    keeper.turn()
    assert is_found(unlucky, "b")
    assert unlucky.health().age == 10
    assert unlucky.health().last_error


def test_an_older_set_of_the_store_is_not_taken(clerk, store):
    backend, keeper = sharing(clerk, store)
    (stored,) = store.values.values()
    clerk.publish("b")
    clerk.now += 100
    assert is_found(backend, "a")
    keeper.turn()
    store.put(stored)
    clerk.be_down()
    clerk.now += 240
    keeper.turn()
    assert is_found(backend, "b")
    assert unavailable(backend, "a")


def test_an_entry_lasts_as_long_as_its_keys(clerk):
    store = DictStore()
    clerk.publish("a", cache_control="max-age=600")
    assert is_found(sharing(clerk, store)[0])
    assert store.seconds == 4200
    other, _ = sharing(clerk, store)
    clerk.now += 599
    assert is_found(other)
    assert other.health().status == "fresh"


def test_a_failure_stores_nothing(clerk, store):
    before = dict(store.values)
    backend, _ = sharing(clerk, store)
    clerk.say(200, {"keys": []})
    clerk.now += 4000
    unavailable(backend)
    assert store.values == before


SENT = {"keys": [jwk("a")]}
USELESS = {
    "no keys": {"document": {"keys": []}},
    "no set": {"document": {}},
    "no document": {"document": None},
    "a text": {"document": "keys"},
    "a weak key": {"document": {"keys": [jwk("a", e="AQ")]}},
    "another algorithm": {"document": {"keys": [jwk("a", alg="HS256")]}},
    "too many keys": {"document": {"keys": [jwk(f"k{n}") for n in range(33)]}},
    "no time": {"at": None},
    "a time that is a text": {"at": "1700001000"},
    "a time that is a boolean": {"at": True},
    "a time to come": {"at": 1_700_001_061},
    "a time long ago": {"at": 0},
    "a time before all times": {"at": -(10**400)},
    "no seconds": {"seconds": None},
}


@pytest.mark.parametrize("members", USELESS.values(), ids=USELESS)
def test_an_entry_that_makes_no_sense_is_none(clerk, store, members):
    store.change(**members)
    clerk.be_down()
    assert unavailable(sharing(clerk, store)[0]).reason == "unexpected-error"


VALUES = {
    "nothing": b"",
    "no JSON": b"\x80\x04K\x01.",
    "a list": b"[]",
    "too deep": b'{"document":' + b"[" * 10 + b"]" * 10 + b"}",
    "too large": b'{"a":"' + b"x" * 200_000 + b'"}',
}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_a_value_that_is_no_entry_is_none(clerk, store, value):
    store.put(value)
    backend, _ = sharing(clerk, store)
    assert is_found(backend)
    assert len(clerk.requests) == 1


def test_clocks_may_differ_a_little(clerk, store):
    store.change(at=1_700_001_060)
    backend, _ = sharing(clerk, store)
    assert is_found(backend)
    assert (len(clerk.requests), backend.health().age) == (0, 0)


@pytest.mark.parametrize(("said", "fresh"), [(0, 60), (1e9, 3600), (10**400, None)])
def test_an_entry_is_fresh_within_the_same_bounds(clerk, store, said, fresh):
    store.change(seconds=said)
    backend, _ = sharing(clerk, store)
    clerk.be_down()
    if fresh is None:
        unavailable(backend)
    else:
        assert is_found(backend)
        assert backend.health().seconds_left == fresh + 3600


OTHERS = {
    "another host": ("https://api.other.test", "v1", SECRET),
    "another version": ("https://api.clerk.test", "v2", SECRET),
    "another instance": ("https://api.clerk.test", "v1", SECRET + "x"),
}


@pytest.mark.parametrize("instance", OTHERS.values(), ids=OTHERS)
def test_instances_share_no_entry(clerk, store, instance):
    other = JwksBackend(*instance, clock=clock, transport=clerk.transport)
    other.share(store)
    assert is_found(other)
    assert len(clerk.requests) == 1
    assert len(store.values) == 2


def clock():
    return 1000.0


def test_names_and_entries_hold_no_secret(clerk, store):
    assert SECRET not in repr(store.values)


def test_a_forked_child_that_is_cold_looks_itself(clerk, store):
    backend, _ = sharing(clerk, store)
    clerk.be_down()
    stored = dict(store.values)
    store.values.clear()
    unavailable(backend)
    store.values.update(stored)
    backend.renew()
    assert is_found(backend)
