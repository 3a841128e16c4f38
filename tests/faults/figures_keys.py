"""What becomes of users when Clerk does not do well: the figures about keys.

`python tests/faults/figures_keys.py` asks a scripted Clerk over real connections, with
simulated time where it would take long; `--long` adds ten real minutes of outage.
"""

import argparse
import random
import resource
import sys
import threading
import time
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from clerk_server import environ_for
from forging import NOW, encode, mint
from key_clerk import SECRET, HandKeeper, in_threads, join
from scripted_clerk import FAULTS, SLOW_SECONDS, ScriptedClerk, good, held, slow

from clerk_wsgi.backends.http import HttpClient
from clerk_wsgi.backends.jwks import JwksBackend
from clerk_wsgi.backends.key_refresh import Keeper, wait_for_call
from clerk_wsgi.core.keys import build_publishable_key
from clerk_wsgi.core.options import Options
from clerk_wsgi.environ import read_request
from clerk_wsgi.instance import Instance

Figures = list[tuple[str, str, str]]

HOSTILE = 60_000
KEY = build_publishable_key("clerk.example.com")
TOKEN = mint({"kid": "a"})


class Site:
    """An instance that asks the scripted Clerk; its clock stands until it is moved."""

    def __init__(self, clerk, **options):
        self.now = 1000.0
        options = {"clock": lambda: self.now, "keeper": self.hand_keeper, **options}
        self.backend = JwksBackend(clerk.url, "v1", SECRET, **options)
        chosen = Options.read({"publishable_key": KEY, "secret_key": SECRET}, {})
        self.instance = Instance.load(chosen, self.backend, clock=lambda: NOW * 1000)

    def hand_keeper(self, owner, clock):
        self.keeper = HandKeeper(owner, clock)
        return self.keeper

    def state(self, token=TOKEN):
        headers = {"Authorization": f"Bearer {token}"}
        environ = environ_for("/", headers, **{"wsgi.url_scheme": "http"})
        return self.instance.authenticate(read_request(environ))

    def lets_in(self, token=TOKEN):
        return self.state(token).status == "signed-in"

    def time_passes(self, seconds):
        self.now += seconds
        if self.backend.health().next_try == 0:
            self.keeper.turn()


def measure(*, is_long: bool = False) -> Figures:
    """(promise, ours, peers) each."""
    figures = [
        hostile_minute(),
        cold_threads(),
        simulated_hour(),
        cold_minute(),
        warm_while_slow(),
        dripping(),
        gigabyte(),
        redirected(),
        faulty_minutes(minutes=5, speed=20),
    ]
    return [*figures, faulty_minutes(minutes=10, speed=1)] if is_long else figures


def hostile_minute():
    with ScriptedClerk("a") as clerk:
        site = Site(clerk)
        site.lets_in()
        clerk.requests.clear()
        wrong = refused = 0
        for number, token in enumerate(hostile_tokens(HOSTILE)):
            site.time_passes(60 / HOSTILE)
            wrong += site.lets_in(token)
            refused += number % 100 == 0 and not site.lets_in()
        return (
            f"key fetches under {HOSTILE:,} hostile tokens in a minute: at most 4",
            f"{len(clerk.requests)}; let in {wrong}, users refused {refused}",
            "official Python SDK: 200 for 200 unknown names, "
            "201 for 200 bad signatures",
        )


def hostile_tokens(count):
    """Unknown names and bad signatures in turn, none of them twice."""
    dice = random.Random(0)
    header, claims, _ = TOKEN.split(".")
    for number in range(count):
        unknown = encode(f'{{"alg":"RS256","kid":"ins_{number}"}}'.encode())
        signature = encode(dice.randbytes(256))
        yield f"{unknown if number % 2 else header}.{claims}.{signature}"


def cold_threads(count=200):
    with ScriptedClerk("a") as clerk:
        clerk.say(held)
        transport = HttpClient(read=30, total=30, keep_alive=False).send
        site = Site(clerk, keeper=Keeper, transport=transport, patience=30)
        threads, results = in_threads(count, site.lets_in)
        clerk.asked.wait(30)
        time.sleep(0.5)
        clerk.go_on.set()
        join(threads)
        return (
            f"key fetches of {count} threads that start cold: 1",
            f"{len(clerk.requests)}; signed in {sum(results)}",
            "official Python SDK: 40 for 50 threads",
        )


def simulated_hour():
    with ScriptedClerk("a") as clerk:
        site = Site(clerk)
        site.lets_in()
        clerk.requests.clear()
        clerk.say(FAULTS["server error"])
        failed = 0
        for hostile in hostile_tokens(3600):
            site.time_passes(1)
            failed += not site.lets_in()
            site.lets_in(hostile)
        return (
            "failed requests in a simulated hour of outage, an attacker among them: 0",
            f"{failed} of 3,600; fetches tried {len(clerk.requests)}",
            "official Python SDK: every one after the first bad token; "
            "JavaScript SDK: every one after 5 minutes",
        )


def cold_minute():
    with ScriptedClerk("a") as clerk:
        clerk.say(FAULTS["server error"])
        site = Site(clerk)
        unsure = 0
        for _ in range(600):
            site.time_passes(0.1)
            unsure += site.state().reason == "jwk-remote-failed-to-load"
        return (
            "key fetches of 600 requests in a minute of outage from the start: "
            "at most 1 a second",
            f"{len(clerk.requests)}; answered as unavailable {unsure}",
            "PyJWT: 50 for 50 requests",
        )


def warm_while_slow():
    with ScriptedClerk("a") as clerk:
        site = Site(clerk, transport=HttpClient(read=30, total=30).send)
        site.lets_in()
        clerk.say(slow)
        clerk.asked.clear()
        refresh = threading.Thread(target=site.time_passes, args=(280,))
        refresh.start()
        clerk.asked.wait(30)
        count, longest = 0, 0.0
        while refresh.is_alive():
            started = time.perf_counter()
            site.lets_in()
            longest, count = max(longest, time.perf_counter() - started), count + 1
            time.sleep(0.001)
        waited = int(longest > 1)
        return (
            f"requests that wait while a refresh takes {SLOW_SECONDS} s: 0",
            f"{waited} of {count:,}; the longest took {longest * 1000:.1f} ms",
            "PyJWT: all of them, up to 30 s",
        )


def dripping():
    with ScriptedClerk("a") as clerk:
        clerk.say(FAULTS["drips"])
        started = time.monotonic()
        Site(clerk).lets_in()
        return (
            "a key set that comes at two bytes a second is left after: 3 s",
            f"{time.monotonic() - started:.2f} s",
            "PyJWT: never, since each byte has 30 s of its own",
        )


def gigabyte():
    with ScriptedClerk("a") as clerk:
        clerk.say(FAULTS["gigabyte"])
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        transport = HttpClient(read=30, total=30, keep_alive=False)
        Site(clerk, transport=transport.send, patience=30).lets_in()
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        return (
            "of a key set of 1 GB at most 64 KiB are read",
            f"{transport.max_body // 1024} KiB, with what the kernel took along "
            f"{clerk.sent // 1024:,} KiB; memory grew by {grown:,} KiB",
            "PyJWT: all of it",
        )


def redirected():
    with ScriptedClerk("a") as other, ScriptedClerk("a") as clerk:
        clerk.elsewhere = other.url
        clerk.say(FAULTS["redirect"])
        Site(clerk).lets_in()
        return (
            "redirects of the key endpoint that are followed: 0",
            f"{len(other.requests)} of {len(clerk.requests)}",
            "PyJWT, before GHSA-993g-76c3-p5m4: all of them",
        )


def faulty_minutes(minutes, speed):
    """Real threads and a real keeper; time runs faster, and so do all deadlines."""
    dice = random.Random(1)
    with ScriptedClerk("a") as clerk:
        clerk.headers = ["Cache-Control: max-age=60"]
        site = Site(
            clerk,
            clock=lambda: time.monotonic() * speed,
            transport=HttpClient(
                connect=1 / speed, read=1 / speed, total=3 / speed, keep_alive=False
            ).send,
            keeper=lambda owner, clock: Keeper(
                owner, clock, lambda calls, s: wait_for_call(calls, s / speed)
            ),
        )
        while not site.lets_in():
            time.sleep(0.1)
        over, faults = time.monotonic() + minutes * 60 / speed, list(FAULTS.values())
        threads, results = in_threads(4, lambda: users(site, over))
        while time.monotonic() < over:
            clerk.say(*dice.choices(faults, k=3), *dice.choices([*faults, good], k=1))
            time.sleep(5 / speed)
        join(threads)
        failed, count = (sum(each) for each in zip(*results, strict=True))
        fast = f", {speed} times as fast" if speed > 1 else ", in real time"
        return (
            f"failed requests in {minutes} minutes of random faults{fast}: 0",
            f"{failed} of {count:,}; fetches tried {len(clerk.requests)}",
            "official Python SDK: every one after the first bad token",
        )


def users(site, over):
    """How many of them were not let in, and how many there were."""
    failed = count = 0
    hostile = hostile_tokens(sys.maxsize)
    while time.monotonic() < over:
        failed, count = failed + (not site.lets_in()), count + 1
        site.lets_in(next(hostile))
        time.sleep(0.005)
    return failed, count


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--long", action="store_true", help="ten more minutes")
    for promise, ours, peers in measure(is_long=parser.parse_args().long):
        print(f"{promise}\n    ours:  {ours}\n    peers: {peers}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
