"""What every store does, in this process or in a server that several share."""

import os
import secrets
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from redis_server import KINDS, running, wait_until

from clerk_wsgi.backends.memory import MemoryStore
from clerk_wsgi.backends.redis import RedisStore
from clerk_wsgi.core.stores import Entries

NOW = 1_800_000_000


class Clock:
    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


@pytest.fixture(scope="module", params=["memory", *KINDS])
def url(request):
    if request.param == "memory":
        yield "memory://"
    else:
        with running(request.param) as server:
            yield server.url


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def scope():
    return secrets.token_hex(8)


def open_at(url, scope, secret="sk_test_1", **more):
    """The store there, with patience: a machine that is busy is no outage."""
    if url == "memory://":
        return MemoryStore.from_url(url, secret=secret, scope=scope, **more)
    return RedisStore.from_url(url, secret=secret, scope=scope, seconds=10, **more)


@pytest.fixture
def store(url, scope, clock):
    return open_at(url, scope, clock=clock, poll=0.1)


@pytest.fixture
def other(store, url, scope, clock):
    """The same store, as another part of the application opens it."""
    return open_at(url, scope, clock=clock, poll=0.1)


def test_what_was_written_is_read(store, other):
    store.write("name", b"\x00value\xff", 10)
    assert store.read("name") == other.read("name") == b"\x00value\xff"


def test_what_nobody_wrote_is_not_there(store):
    assert store.read("name") is None
    store.forget("name")


def test_an_empty_value_is_a_value(store):
    store.write("name", b"", 10)
    assert store.read("name") == b""


def test_the_last_value_counts(store):
    store.write("name", b"1", 10)
    store.write("name", b"2", 10)
    assert store.read("name") == b"2"


def test_what_was_forgotten_is_gone(store, other):
    store.write("name", b"1", 10)
    other.forget("name")
    assert store.read("name") is None


def test_a_value_ends_with_its_time(store, clock):
    store.write("name", b"1", 10)
    clock.now += 9
    assert store.read("name") == b"1"
    clock.now += 1
    assert store.read("name") is None


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("-inf")])
def test_a_value_for_no_time_is_not_kept(store, seconds):
    store.write("name", b"1", seconds)
    assert store.read("name") is None


@pytest.mark.parametrize("size", [17 * 1024 * 1024])
def test_a_value_that_is_too_large_is_not_kept(store, size):
    store.write("name", bytes(size), 10)
    assert store.read("name") is None


@pytest.mark.parametrize(
    "name", ["", "ä ö ü", "a" * 100_000, "line\r\nbreak", "\x00", "*"]
)
def test_any_text_is_a_name(store, name):
    store.write(name, b"1", 10)
    assert store.read(name) == b"1"
    assert store.read(name + "2") is None


@pytest.mark.parametrize("what", ["secret", "scope"])
def test_another_instance_sees_nothing(store, url, scope, clock, what):
    given = {"secret": "sk_test_1", "scope": scope, what: "another"}
    another = open_at(url, clock=clock, **given)
    store.write("name", b"1", 10)
    store.append("feed", b"entry", 10)
    another.entries("feed")
    assert another.read("name") is None
    assert another.entries("feed") == ()


def test_a_feed_that_nobody_wrote_to_is_empty(store):
    found = store.entries("feed")
    assert isinstance(found, Entries)
    assert found == ()
    assert found.mark


def test_entries_are_there_for_all(store, other):
    store.append("feed", b"1", 10)
    other.append("feed", b"2", 10)
    assert (
        sorted(store.entries("feed")) == sorted(other.entries("feed")) == [b"1", b"2"]
    )
    assert store.entries("another feed") == ()


def test_an_entry_ends_with_its_time(store, other, clock):
    store.append("feed", b"1", 10)
    store.append("feed", b"2", 20)
    assert len(store.entries("feed")) == 2
    clock.now += 10
    assert store.entries("feed") == other.entries("feed") == (b"2",)
    clock.now += 10
    assert store.entries("feed") == other.entries("feed") == ()


def test_an_entry_that_comes_twice_is_kept_once(store, other):
    for _ in range(3):
        store.append("feed", b"1", 10)
        other.append("feed", b"1", 10)
    assert store.entries("feed") == other.entries("feed") == (b"1",)


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_an_entry_for_no_time_is_not_kept(store, seconds):
    store.append("feed", b"1", seconds)
    assert store.entries("feed") == ()


def test_an_entry_that_is_too_large_is_refused(store):
    with pytest.raises(ValueError, match="4096 bytes"):
        store.append("feed", bytes(4097), 10)


def test_the_mark_stays_while_nothing_is_lost(store, other, clock):
    marks = {store.entries("feed").mark}
    for number in range(20):
        store.append("feed", b"%d" % number, 10)
        other.append("feed", b"%d" % -number, 10)
        marks |= {store.entries("feed").mark, other.entries("feed").mark}
        clock.now += 1
    assert len(marks) == 1


def test_many_entries_are_read_in_one_go(store, other):
    for number in range(1234):
        store.append("feed", b"%d" % number, 100)
    assert len(other.entries("feed")) == 1234
    assert len(store.entries("feed")) == 1234
    store.append("feed", b"another", 100)
    assert len(other.entries("feed")) == 1235


def test_who_falls_behind_catches_up(store, other):
    store.append("feed", b"begin", 100)
    assert other.entries("feed") == (b"begin",)
    for number in range(1100):
        store.append("feed", b"%d" % number, 100)
    assert len(other.entries("feed")) == 1101


def test_a_listener_is_told_at_once_of_news_and_else_now_and_then(store, other):
    told = []
    end = other.listen("feed", lambda: told.append(other.entries("feed")))
    try:
        wait_until(lambda: told, "it is not told at the beginning")
        store.append("feed", b"1", 10)
        wait_until(lambda: told[-1] == (b"1",), "it is not told of news")
        seen = len(told)
        wait_until(lambda: len(told) > seen + 1, "it is not told now and then")
    finally:
        end()


def test_a_listener_that_ended_is_told_no_more(store):
    told = []
    store.listen("feed", lambda: told.append(1))()
    wait_until(lambda: not listening(), "its thread goes on")
    seen = len(told)
    store.append("feed", b"1", 10)
    assert len(told) == seen


def listening():
    return [t for t in threading.enumerate() if t.name == "clerk-store-feed"]


def test_threads_do_not_mix_values_up(store):
    def use(number):
        name, value = f"name {number % 50}", b"%d" % (number % 50)
        store.write(name, value, 10)
        store.append("feed", value, 10)
        return store.read(name) == value

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(use, range(800)))
    assert len(store.entries("feed")) == 50


CHILD = """
import os, sys, time, warnings
warnings.simplefilter("ignore")
{patch}
from clerk_wsgi.instance import load
url, kind, scope = sys.argv[1:]
more = {{}} if url == "memory://" else {{"seconds": 10}}
store = load(kind).from_url(url, secret="sk_test_1", scope=scope, poll=0.05, **more)
told = []
def listen():
    store.listen("feed", lambda: told.append((os.getpid(), store.entries("feed"))))

listen()
store.append("feed", b"parent", 100)
store.write("name", b"parent", 100)

def ours():
    return [entries for pid, entries in told if pid == os.getpid()]

def wait_until(is_so):
    until = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.005)

wait_until(lambda: ours() and ours()[-1] == (b"parent",))
pid = os.fork()
if not pid:
    try:
        listen()
        wait_until(ours)
        assert b"parent" in ours()[-1]
        for number in range(300):
            store.write("child", b"%d" % number, 100)
            assert store.read("child") == b"%d" % number
        store.append("feed", b"child", 100)
        wait_until(lambda: set(ours()[-1]) == {{b"parent", b"child"}})
        os._exit(0)
    finally:
        os._exit(1)
for number in range(300):
    store.write("name", b"%d" % number, 100)
    assert store.read("name") == b"%d" % number
_, status = os.waitpid(pid, 0)
assert os.waitstatus_to_exitcode(status) == 0
if url != "memory://":
    wait_until(lambda: set(ours()[-1]) == {{b"parent", b"child"}})
print("good")
"""
PATCHES = {"threads": "", "greenlets": "from gevent import monkey; monkey.patch_all()"}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("patch", PATCHES)
def test_a_forked_child_reads_writes_and_listens_for_itself(url, scope, patch):
    if patch == "greenlets":
        pytest.importorskip("gevent", reason="left out, since gevent is not installed")
    kind = "memory:MemoryStore" if url == "memory://" else "redis:RedisStore"
    code = CHILD.format(patch=PATCHES[patch])
    given = [url, f"clerk_wsgi.backends.{kind}", scope]
    done = subprocess.run(
        [sys.executable, "-c", code, *given], capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "good\n", done.stderr


def test_the_wall_clock_is_the_default(url, scope):
    store = open_at(url, scope)
    store.write("name", b"1", 100)
    assert store.read("name") == b"1"
    assert abs(store._clock() - time.time()) < 60
