"""What a shared store costs when it is well and when it is not, and what it cannot do.

`python tests/faults/figures_store.py` asks a real server and scripted ones, `--long`
ten times as often.
"""

import argparse
import secrets
import socket
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import redis
from redis_server import running, wait_until
from scripted_redis import NONSENSE, REFUSALS, SILENCES, scripted

from clerk_wsgi.backends.redis import RedisStore
from clerk_wsgi.backends.store_sealing import Sealer

Figures = list[tuple[str, str, str]]

SHORT, LONG = 300, 3000
SECRET = "sk_test_figures"
NOW = 1_800_000_000
AWAY = {**SILENCES, **REFUSALS}


def measure(*, is_long: bool = False) -> Figures:
    """(promise, ours, peers) each."""
    calls = LONG if is_long else SHORT
    return [
        *in_trouble(calls),
        *when_well(calls, is_long),
        lost_and_noticed(),
        planted(),
    ]


def store_at(url, scope="figures"):
    return RedisStore.from_url(url, secret=SECRET, scope=scope)


def taken(call: Callable[[], object], times: int = 1) -> list[float]:
    """Milliseconds that each call took."""
    found = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        found.append((time.perf_counter() - began) * 1000)
    return found


@contextmanager
def nobody():
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken_port:
        port = taken_port.getsockname()[1]
    yield f"redis://127.0.0.1:{port}"


class Trouble:
    """What requests feel of stores that fail in different ways."""

    def __init__(self):
        self.first, self.later, self.escaped = [], [], 0

    def meet(self, url: str, calls: int, *, is_away: bool = True) -> None:
        store = store_at(url)
        first = taken(lambda: store.read("name"), 3)
        later = taken(lambda: self.use(store), calls)
        if is_away:
            self.first.append(max(first))
            self.later += later

    def use(self, store) -> None:
        try:
            store.forget("name")
            assert store.read("name") is None
        except Exception:
            self.escaped += 1


def in_trouble(calls: int) -> Figures:
    trouble = Trouble()
    with nobody() as url:
        trouble.meet(url, calls)
    for behave in AWAY.values():
        with scripted(behave) as server:
            trouble.meet(server.url, calls)
    for behave in NONSENSE.values():
        with scripted(behave) as server:
            trouble.meet(server.url, 30, is_away=False)
    first, later = sorted(trouble.first), sorted(trouble.later)
    return [
        (
            f"a store in trouble, {len(first)} kinds: who meets it first waits at most "
            "75 ms, of which 50 are the deadline and the rest is reading what came",
            f"{max(first):.0f} ms at most, {median(first):.0f} ms in the middle",
            redis_py_alone(),
        ),
        (
            f"and the others do not: a read and a change, {len(later):,} times",
            f"{median(later) * 1000:.0f} us, 99 of 100 within "
            f"{later[len(later) * 99 // 100] * 1000:.0f} us",
            "as above, each time",
        ),
        ("exceptions that reach a request: 0", f"{trouble.escaped:,}", "-"),
    ]


def redis_py_alone() -> str:
    """What redis-py does as it comes, where nobody listens."""
    with nobody() as url:
        client = redis.Redis(port=int(url.rpartition(":")[2]))
        (waited,) = taken(lambda: attempted(client))
    return f"redis-py {redis.__version__} as it comes: {waited:,.0f} ms if refused"


def attempted(client) -> None:
    with suppress(redis.RedisError):
        client.get("name")


def when_well(calls: int, is_long: bool) -> Figures:
    with running("redis") as server:
        writer, reader = store_at(server.url), store_at(server.url)
        writer.write("name", b"x" * 500, 100)
        reading = taken(lambda: reader.read("name"), calls)
        client = redis.Redis(port=server.port)
        plain = taken(lambda: client.get("x"), calls)
        heard = pushed(writer, reader, 50 if is_long else 15)
        back = [recovery(server, reader, seconds) for seconds in (0.2, 0.5, 1.3)]
    return [
        (
            "a value of 500 bytes, read and opened",
            f"{median(reading) * 1000:.0f} us",
            f"redis-py, no deadline, nothing sealed: {median(plain) * 1000:.0f} us",
        ),
        (
            "an entry of a feed is read elsewhere: within 1 s",
            f"{max(heard):.1f} ms at most, of {len(heard)}",
            "-",
        ),
        (
            "a server that hung for a moment is used again: within 3 s",
            f"{max(back):.1f} s at most, of {len(back)}",
            "-",
        ),
    ]


def pushed(writer, reader, times: int) -> list[float]:
    """Milliseconds from append to the moment when another has read it."""
    read: list[tuple[float, set[bytes]]] = []

    def told():
        entries = set(reader.entries("feed"))
        read.append((time.perf_counter(), entries))

    end, found = reader.listen("feed", told), []
    wait_until(lambda: read, "nothing is read")
    for _ in range(times):
        time.sleep(0.1)
        entry, began = secrets.token_bytes(8), time.perf_counter()
        writer.append("feed", entry, 100)
        wait_until(lambda entry=entry: entry in read[-1][1], "it is not read")
        found.append(next(at - began for at, known in read if entry in known) * 1000)
    end()
    return found


def recovery(server, store, seconds: float) -> float:
    """Seconds from its going on to the first value, after so many of hanging."""
    server.hang()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        assert store.read("name") is None
        time.sleep(0.005)
    server.go_on()
    began = time.monotonic()
    wait_until(lambda: store.read("name") is not None, "it is not used again")
    return time.monotonic() - began


def lost_and_noticed() -> tuple[str, str, str]:
    """Losses of a feed that its next reader tells from an empty one."""
    key = Sealer(SECRET, "losses").key("feed", "feed")
    losses = {
        "flush": [("FLUSHALL",)],
        "eviction": [("DEL", key)],
        "failover": [("ZREMRANGEBYRANK", key, -1, -1), ("ZINCRBY", key, -1, "count")],
        "restart": [],
    }
    noticed = []
    with running("redis") as server:
        for name, commands in losses.items():
            store = store_at(server.url, "losses")
            store.append("feed", secrets.token_bytes(8), 100)
            before = store.entries("feed").mark
            for each in commands:
                server.say(*each)
            if not commands:
                server.stop()
                server.start()
            store = store if commands else resumed(store)
            noticed += [name] if store.entries("feed").mark != before else []
    told = f"{len(noticed)} of {len(losses)}: {', '.join(noticed)}"
    return "losses of a feed that are noticed: all", told, "-"


def resumed(store):
    def is_back():
        store.read("name")
        return store.health().is_available

    wait_until(is_back, "it is not used again")
    return store


def planted() -> tuple[str, str, str]:
    """Forged, changed, moved and revived entries; all of them must stay closed."""
    sealer = Sealer(SECRET, "here")
    key, other = sealer.key("value", "jwks"), sealer.key("value", "user")
    entry = sealer.seal(key, b'{"keys": []}', NOW)
    tried = [
        (
            key,
            b"".join((entry[:at], bytes([entry[at] ^ bit]), entry[at + 1 :])),
            NOW - 1,
        )
        for at in range(len(entry))
        for bit in (1, 2, 4, 8, 16, 32, 64, 128)
    ]
    tried += [(key, entry[:cut], NOW - 1) for cut in range(len(entry))]
    tried += [(key, secrets.token_bytes(len(entry)), NOW - 1) for _ in range(1000)]
    tried += [(other, entry, NOW - 1), (key, entry, NOW)]
    forger = Sealer("a guess", "here")
    tried.append((key, forger.seal(key, b'{"keys": []}', NOW), NOW - 1))
    assert sealer.open(key, entry, NOW - 1) is not None
    opened = sum(sealer.open(*each) is not None for each in tried)
    return (
        "planted, changed, moved and revived entries that open: 0",
        f"{opened} of {len(tried):,}",
        "-",
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--long", action="store_true")
    for figure in measure(is_long=parser.parse_args().long):
        print(*figure, sep="\n    ")
