"""The store of one process: bounded, and one for all who name the same instance."""

import gc

import pytest

from clerk_wsgi.backends.memory import (
    MOST_BYTES,
    MOST_ENTRIES,
    MOST_VALUES,
    MemoryStore,
)


def open_it(secret="sk_test_1", scope="here"):
    return MemoryStore.from_url("memory://", secret=secret, scope=scope)


def test_parts_that_are_built_apart_share_it():
    first = open_it()
    assert open_it() is first
    assert open_it(scope="there") is not first
    assert open_it(secret="sk_test_2") is not first
    assert open_it("a b", "c") is not open_it("a", "b c")


def test_it_ends_with_its_last_user():
    open_it(scope="gone").write("name", b"1", 100)
    gc.collect()
    assert open_it(scope="gone").read("name") is None


def test_it_keeps_so_many_values_and_the_latest():
    store = MemoryStore()
    for number in range(MOST_VALUES + 100):
        store.write(f"{number}", b"1", 100)
    assert len(store._values) <= MOST_VALUES
    assert store.read("0") is None
    assert store.read(f"{MOST_VALUES + 99}") == b"1"


def test_it_keeps_so_many_bytes():
    store = MemoryStore()
    for number in range(40):
        store.write(f"{number}", bytes(1024 * 1024), 100)
    assert store._values.currsize <= MOST_BYTES
    assert store.read("39") is not None
    assert store.read("0") is None


def test_a_name_that_is_long_counts():
    store = MemoryStore()
    for number in range(30):
        store.write(f"{number}" * 1024 * 512, b"1", 100)
    assert sum(len(name) for name in store._values) <= MOST_BYTES


def test_a_feed_that_is_full_loses_what_ends_first():
    now = 0
    store = MemoryStore(clock=lambda: now)
    for number in range(MOST_ENTRIES + 1):
        store.append("feed", b"%d" % number, 1000 + number)
    kept = store.entries("feed")
    assert MOST_ENTRIES * 8 // 10 < len(kept) <= MOST_ENTRIES
    assert b"%d" % MOST_ENTRIES in kept
    assert b"0" not in kept


def test_what_is_over_is_not_kept():
    now = 0
    store = MemoryStore(clock=lambda: now)
    store.append("feed", b"1", 10)
    now = 10
    assert store.entries("feed") == ()
    assert store._feeds["feed"] == {}


def test_the_later_end_counts():
    now = 0
    store = MemoryStore(clock=lambda: now)
    store.append("feed", b"1", 100)
    store.append("feed", b"1", 10)
    now = 50
    assert store.entries("feed") == (b"1",)


def test_a_forked_child_knows_the_feeds_of_its_parent():
    store = MemoryStore()
    store.write("name", b"1", 100)
    store.append("feed", b"1", 100)
    with store._changed:  # as a thread of the parent may have it
        store.renew()
    assert store.read("name") is None
    assert store.entries("feed") == (b"1",)


def test_an_entry_that_is_too_large_is_refused():
    with pytest.raises(ValueError, match="4096 bytes"):
        MemoryStore().append("feed", bytes(4097), 10)
