"""What the chain costs a server that is busy, or attacked: the figures about load.

`python tests/faults/figures_load.py` takes a minute, `--long` about twenty.

Each figure is a ratio of what is measured in turns, so that a machine with other work
to do is slow for both sides.
"""

import argparse
import json
import random
import subprocess
import sys
from collections import Counter
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from load_clients import CLIENTS, connected, rush
from load_pace import RATE, mixing
from load_requests import browsed, garbage
from load_server import KIND, WORKERS, load_server
from token_press import pressed_now

FLOOD = Path(__file__).with_name("flood.py")
MIB = 1024 * 1024
USERS = 64
WARM, NEW, MIXED, FLOODED = 0.95, 0.85, 1.5, 16 * MIB
Figures = list[tuple[str, str, str, bool]]


class Amount(NamedTuple):
    """Rounds of so many requests, turns of so many seconds, and of what floods."""

    rounds: int
    requests: int
    turns: int
    seconds: float
    tokens: int
    headers: int


TINY = Amount(1, 100, 1, 0.5, 100, 100)
SHORT = Amount(12, 400, 5, 0.8, 10_000, 20_000)
LONG = Amount(50, 1000, 30, 2.0, 1_000_000, 1_000_000)


def measure(*, is_long: bool = False, amount: Amount | None = None) -> Figures:
    """(promise, ours, peers, whether it is kept) each."""
    amount = amount or (LONG if is_long else SHORT)
    tokens = pressed_now(USERS + amount.rounds * amount.requests)
    found = []
    for name in ("null", "page"):
        with site(name, tokens[0]) as sides:
            found += throughput(name, sides, tokens, amount)
            if name == "page":
                found.append(hostile_mix(sides, tokens[:USERS], amount))
    return [*found, token_flood(amount.tokens), header_flood(amount.headers)]


class Side(NamedTuple):
    """One of both: its server, and the clients that are connected to it."""

    server: object
    clients: list


@contextmanager
def side(name, kind, raw):
    with (
        load_server(name, kind) as server,
        connected(server.port, raw, WORKERS) as clients,
    ):
        yield Side(server, clients)


@contextmanager
def site(name, token):
    """(the bare application, the same behind the chain)"""
    raw = browsed(token)
    with side(name, "bare", raw) as bare, side(name, "clerk", raw) as ours:
        yield bare, ours


def throughput(name, sides, tokens, amount):
    """Tokens seen before, and those that nobody has seen; the rounds take turns."""
    users = [browsed(each) for each in tokens[:USERS]]
    news = [browsed(each) for each in tokens[USERS:]]
    rounds = [news[n :: amount.rounds] for n in range(amount.rounds)]
    dice = random.Random(0)
    seen = [dice.choices(users, k=amount.requests) for _ in range(amount.rounds)]
    for each in sides:
        rush(each.clients, users * 20)
    warm, cold = compared(sides, seen), compared(sides, rounds)
    what = {"null": "a null application", "page": "a small page of Flask"}[name]
    return [
        told(f"{what}, tokens seen before", WARM, warm),
        told(f"{what}, every token new", NEW, cold),
    ]


class Compared(NamedTuple):
    rates: list  # (bare, ours) of each round
    spent: list  # processor seconds for all requests: [bare, ours]
    answers: Counter

    def ratio(self):
        return median(ours / bare for bare, ours in self.rates)

    def thrift(self):
        """The same by what the workers worked: nobody else on the machine counts."""
        bare, ours = self.spent
        return bare / ours


def compared(sides, rounds):
    rates, spent, answers = [], [0.0, 0.0], Counter()
    for number, requests in enumerate(rounds):
        taken = {}
        for place in (0, 1) if number % 2 else (1, 0):
            before = sides[place].server.spent()
            taken[place] = rush(sides[place].clients, requests)
            spent[place] += sides[place].server.spent() - before
            answers += taken[place].answers
        rates.append((taken[0].rate(), taken[1].rate()))
    return Compared(rates, spent, answers)


def told(what, least, found):
    bare = median(bare for bare, _ in found.rates)
    failed = found.answers.total() - found.answers[200]
    return (
        f"throughput under {KIND} ({WORKERS} workers, {CLIENTS} clients), {what}: "
        f"at least {least:.0%} of the bare application's",
        f"{found.ratio():.1%} of {bare:,.0f} requests a second; by the workers' "
        f"processor time {found.thrift():.1%}; failed {failed}",
        "-",
        found.ratio() >= least and not failed,
    )


def hostile_mix(sides, tokens, amount):
    """The bare application gets the same, for what it takes to serve more at all."""
    bad = garbage(tokens, int(2 * RATE * amount.turns * amount.seconds))
    good = [browsed(each) for each in tokens]
    with ExitStack() as stack:
        bare, ours = mixes = [
            stack.enter_context(mixing(*each, good, bad)) for each in sides
        ]
        for _ in range(amount.turns):
            for each in mixes:
                each.turn(amount.seconds)
    calm, hostile = (median(each) * 1000 for each in zip(*ours.p99s, strict=True))
    return (
        f"p99 of good requests with as many hostile ones beside them, "
        f"{CLIENTS} clients, {RATE} a second: at most {MIXED} times that without",
        f"{ours.ratio():.2f} times ({hostile:.1f} ms, {calm:.1f} ms without); hostile "
        f"{ours.hostile().total():,}, of them let in {ours.hostile()[200]}; "
        f"failed {ours.failed()}",
        f"the bare application: {bare.ratio():.2f} times",
        ours.ratio() <= MIXED and not ours.failed() and not ours.hostile()[200],
    )


def token_flood(count):
    return flood(f"{count:,} good tokens of as many users", 2 * count, "tokens")


def header_flood(count):
    return flood(f"{count:,} sets of headers with one good token", count, "headers")


def flood(what, requests, kind):
    command = [sys.executable, str(FLOOD), str(requests), "--kind", kind]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    before, after, signed_in = json.loads(done.stdout)
    return (
        f"memory that {what} take: at most 16 MiB",
        f"{(after - before) / MIB:.1f} MiB; let in {signed_in:,} of {requests:,}",
        "-",
        after - before <= FLOODED and signed_in == requests,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--long", action="store_true")
    for figure in measure(is_long=parser.parse_args().long):
        print(*figure, sep="\n    ")
