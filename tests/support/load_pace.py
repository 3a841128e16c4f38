"""Clients that send at their own times, whether or not the server can follow."""

import random
import select
import time
from collections import Counter
from contextlib import contextmanager
from itertools import cycle
from statistics import median

from load_clients import CLIENTS, connected
from load_server import WORKERS

RATE = 300  # good requests a second, and as many bad ones: far from all that it can
GAP = CLIENTS / RATE  # seconds, of each client


class Visitor:
    """Sends now and then, at random; `waits` are seconds, from when it meant to send.

    So a server that is late for one request is late for the next, too.
    """

    def __init__(self, client, requests, gap, seed):
        self.client, self.requests, self.gap = client, cycle(requests), gap
        self.dice, self.due, self.began = random.Random(seed), 0.0, 0.0
        self.waits, self.answers = [], Counter()

    def starts(self, now):
        self.due = now + self.dice.expovariate(1 / self.gap)

    def is_free(self):
        return not self.client.is_waiting

    def send(self):
        self.client.send(next(self.requests))
        self.began = self.due
        self.due += self.dice.expovariate(1 / self.gap)

    def receive(self):
        if status := self.client.receive():
            self.answers[status] += 1
            self.waits.append(time.perf_counter() - self.began)

    def fileno(self):
        return self.client.fileno()


class Attacker(Visitor):
    """Waits for nothing: what is late, or closed, is left for a new connection."""

    def is_free(self):
        return True

    def send(self):
        if self.client.is_waiting:
            self.renew()
        try:
            super().send()
        except ConnectionError:
            self.renew()

    def receive(self):
        try:
            super().receive()
        except ConnectionError:
            self.answers["closed"] += 1
            self.renew()

    def renew(self):
        self.client.close()
        self.client.connect()


def pace(everybody, seconds):
    """Until the time is over and who waits has an answer; attackers need none."""
    now = time.perf_counter()
    over = now + seconds
    for each in everybody:
        each.starts(now)
    while now < over or not all(each.is_free() for each in everybody):
        for each in everybody:
            if each.due <= now < over and each.is_free():
                each.send()
        for each in ready(everybody, min(over, soonest(everybody))):
            each.receive()
        now = time.perf_counter()


def soonest(everybody):
    return min((each.due for each in everybody if each.is_free()), default=float("inf"))


def ready(everybody, until):
    waiting = [each for each in everybody if each.client.is_waiting]
    return select.select(waiting, [], [], max(0.0, until - time.perf_counter()))[0]


@contextmanager
def mixing(server, clients, good, bad):
    """`good` and `bad` are requests; the attackers have connections of their own."""
    with connected(server.port, good[0], WORKERS) as others:
        yield Mix(
            [Visitor(each, good, GAP, n) for n, each in enumerate(clients)],
            [Attacker(each, bad[n::CLIENTS], GAP, ~n) for n, each in enumerate(others)],
        )


class Mix:
    """`p99s` are (without attackers, with them), in seconds, one pair a turn."""

    def __init__(self, users, attackers):
        self.users, self.attackers, self.p99s = users, attackers, []

    def turn(self, seconds):
        pair = []
        for others in ([], self.attackers):
            pace(self.users + others, seconds)
            waits = sorted(wait for each in self.users for wait in each.waits)
            pair.append(waits[int(len(waits) * 0.99)])
            for each in self.users:
                each.waits.clear()
        self.p99s.append(pair)

    def ratio(self):
        return median(hostile / calm for calm, hostile in self.p99s)

    def failed(self):
        answers = sum((each.answers for each in self.users), Counter())
        return answers.total() - answers[200]

    def hostile(self):
        return sum((each.answers for each in self.attackers), Counter())
