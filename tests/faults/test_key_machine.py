"""Whatever happens in whatever order: few fetches, no forgotten user, no dead key.

A machine turns keys, breaks Clerk, forks, freezes threads and lets time pass. With
`HYPOTHESIS_PROFILE=soak` it does so for long.
"""

import os
from functools import cache
from types import SimpleNamespace

import pytest
from forging import HEADER, NOW, compact
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from key_clerk import Clerk, HandKeeper, jwk

from clerk_wsgi.backends.http import NoAnswer
from clerk_wsgi.core.errors import KeysUnavailable, TokenVerificationError
from clerk_wsgi.core.ports import Ports
from clerk_wsgi.core.token_keys import find_key, verified_by
from clerk_wsgi.core.tokens import parse_token
from clerk_wsgi.core.verification import Checks, verify_signature

FEW = settings(max_examples=100, stateful_step_count=40, deadline=None)
MANY = settings(
    max_examples=2000,
    stateful_step_count=120,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
LENGTH = MANY if os.environ.get("HYPOTHESIS_PROFILE") == "soak" else FEW

PORTS = Ports(now=lambda: NOW * 1000, find_key=None, remembered={}, warn=print)
DEADLINE, STALE = 3, 3600
FORCED, WINDOW = 2, 30
FAULTS = ("refuses", "hangs", "sends HTML", "sends no keys", "has too many requests")
names = st.sampled_from(["k0", "k1", "k2"])
pairs = st.sampled_from(["a", "b", "c"])


@cache
def token(kid, pair):
    """A token that names the key `kid`, signed with that key pair."""
    return parse_token(compact({**HEADER, "kid": kid}, key=pair))


class SleepyKeeper(HandKeeper):
    """One that may be asleep, as where threads stand still between requests."""

    is_asleep = False

    def is_at_work(self):
        self.was_asked = True
        return not self.is_asleep


class KeyMachine(RuleBasedStateMachine):
    """The world, and what must be true of it: `known` is the last set that came."""

    def __init__(self):
        super().__init__()
        self.clerk = Clerk()
        self.clerk.transport = self.answer
        self.published = {"k0": "a"}
        self.max_age = 300
        self.fault = None
        self.is_asleep = False
        self.jitter = 1.0
        self.known, self.known_at, self.known_for = {}, None, 300
        self.is_failing = False
        self.fetched_at, self.forced_at, self.asked_in_vain = [], [], {}
        self.retry_after = [1]
        self.keeper = None
        self.backend = self.clerk.backend(
            keeper=self.make_keeper, jitter=lambda: self.jitter
        )

    def make_keeper(self, owner, clock):
        self.keeper = SleepyKeeper(owner, clock)
        self.keeper.is_asleep = self.is_asleep
        return self.keeper

    def answer(self, method, url, headers, body):
        self.fetched_at.append(self.clerk.now)
        self.is_failing = self.fault is not None
        self.say()
        if self.fault == "hangs":
            self.clerk.now += DEADLINE
        if self.fault in ("refuses", "hangs"):
            raise NoAnswer("No answer.")
        if self.fault is None:
            self.known, self.known_at = dict(self.published), self.clerk.now
            self.known_for = self.max_age
        return self.clerk.answer()

    def say(self):
        entries = [jwk(kid, pair) for kid, pair in self.published.items()]
        cache_control = f"max-age={self.max_age}"
        if self.fault == "sends HTML":
            self.clerk.say(200, b"<html>")
        elif self.fault == "sends no keys":
            self.clerk.say(200, {"keys": []}, cache_control=cache_control)
        elif self.fault:
            self.clerk.say(429, {"keys": entries}, retry_after="20")
        else:
            self.clerk.say(200, {"keys": entries}, cache_control=cache_control)

    @property
    def age(self):
        return float("inf") if self.known_at is None else self.clerk.now - self.known_at

    @property
    def is_usable(self):
        """Summed up in this order, since the last digit counts at the very end."""
        if self.known_at is None:
            return False
        return self.clerk.now < self.known_at + self.known_for + STALE

    def ask(self, kid, pair):
        """Is the token good? None where nobody can tell. What is always true of it."""
        before = SimpleNamespace(
            known=dict(self.known),
            usable=self.is_usable,
            fresh=self.age < self.known_for,
            heard_now=self.age < WINDOW,
            failing=self.is_failing,
            now=self.clerk.now,
            fetches=len(self.fetched_at),
        )
        verdict = self.verify(kid, pair)
        fetches = len(self.fetched_at) - before.fetches
        assert fetches <= 1
        assert self.clerk.now - before.now <= DEADLINE
        if before.fresh and before.known.get(kid) == pair:
            assert fetches == 0, "who has a fresh key waits for nobody"
        if before.heard_now and kid in before.known:
            assert fetches == 0, "Clerk is believed for a while"
        if before.failing and not self.is_asleep:
            assert fetches == 0, "while the keeper tries, no request does"
        if fetches and before.fresh:
            self.forced_at.append(before.now)
        if kid not in self.known:
            self.asked_in_vain[kid] = self.clerk.now
        if self.known.get(kid) != pair:
            assert not verdict, "what is not in the last set is refused"
        elif before.usable and before.known.get(kid) == pair:
            assert verdict, "what is in the last set is good for an hour"
        return verdict

    def verify(self, kid, pair):
        ports = PORTS._replace(
            find_key=self.backend.find_key, find_other_key=self.backend.find_other_key
        )
        shown = token(kid, pair)
        try:
            verified_by(shown, find_key(shown, ports), Checks(), ports)
        except TokenVerificationError:
            return False
        except KeysUnavailable as error:
            self.retry_after.append(error.retry_after)
            return None
        return True

    @initialize()
    def the_first_user_comes(self):
        assert self.ask("k0", "a")

    @rule(kid=names, pair=pairs)
    def somebody_shows_any_token(self, kid, pair):
        self.ask(kid, pair)

    @precondition(lambda self: self.known)
    @rule(data=st.data())
    def users_come(self, data):
        kid = data.draw(st.sampled_from(sorted(self.known)))
        self.ask(kid, self.known[kid])

    @precondition(lambda self: self.fault is None and not self.is_failing)
    @rule(kid=names, pair=pairs)
    def keys_turn_and_a_user_comes_with_the_new_one(self, kid, pair):
        now, self.published[kid] = self.clerk.now, pair
        spent = [at for at in self.forced_at if now - at < WINDOW]
        in_vain = now - self.asked_in_vain.get(kid, -WINDOW) < WINDOW
        verdict = self.ask(kid, pair)
        is_askable = self.known.get(kid) in (None, pair) or self.age >= WINDOW
        if len(spent) < FORCED and not in_vain and is_askable:
            assert verdict, "a new key is found at once"

    @rule(count=st.integers(1, 50))
    def a_flood_of_forged_names(self, count):
        for number in range(count):
            assert not self.ask(f"forged-{self.clerk.now}-{number}", "b")
            self.clerk.now += 0.001

    @precondition(lambda self: self.known)
    @rule(count=st.integers(1, 50), data=st.data())
    def a_flood_of_bad_signatures(self, count, data):
        kid = data.draw(st.sampled_from(sorted(self.known)))
        for _ in range(count):
            self.ask(kid, data.draw(pairs))
            self.clerk.now += 0.001

    @precondition(lambda self: self.known and self.fault is None)
    @rule(data=st.data(), pair=pairs)
    def a_key_is_replaced_under_its_name_and_users_come(self, data, pair):
        """Whatever strangers do meanwhile, they are out for half a minute at most."""
        kid = data.draw(st.sampled_from(sorted(self.known)))
        self.published[kid] = pair
        until = self.clerk.now + WINDOW
        while self.clerk.now < until:
            self.ask(f"forged-{self.clerk.now}", "b")
            if not self.ask(kid, pair) and self.is_failing:
                return
            self.clerk.now += 5
        assert self.ask(kid, pair), "a replaced key is found in half a minute"

    @rule(seconds=st.sampled_from([0.5, 1, 3, 20, 31, 60, 239, 300, 1000, 3600, 5000]))
    def time_passes(self, seconds):
        until = self.clerk.now + seconds
        while self.keeper.was_asked and not self.is_asleep:
            due = self.clerk.now + self.backend.health().next_try
            if due > until:
                break
            self.clerk.now = max(due, self.clerk.now)
            before = len(self.fetched_at)
            self.keeper.turn()
            assert len(self.fetched_at) == before + 1
        self.clerk.now = max(until, self.clerk.now)
        if self.keeper.was_asked and not (self.is_asleep or self.is_failing):
            assert self.age < self.known_for, "who is looked after is always fresh"

    @rule(kid=names, pair=pairs)
    def a_key_is_added_or_replaced(self, kid, pair):
        self.published[kid] = pair

    @precondition(lambda self: len(self.published) > 1)
    @rule(data=st.data())
    def a_key_is_withdrawn(self, data):
        del self.published[data.draw(st.sampled_from(sorted(self.published)))]

    @rule(fault=st.sampled_from([None, *FAULTS]))
    def clerk_breaks_or_recovers(self, fault):
        self.fault = fault

    @rule(fault=st.sampled_from(FAULTS), times=st.integers(1, 15))
    def clerk_is_down_for_long(self, fault, times):
        self.fault = fault
        for _ in range(times):
            self.time_passes(300)
            self.the_last_set_decides()
        self.fault = None

    @rule(seconds=st.sampled_from([60, 300, 3600]))
    def clerk_says_how_long_keys_are_fresh(self, seconds):
        self.max_age = seconds

    @rule(jitter=st.sampled_from([0.9, 1.0, 1.1]))
    def dice_fall(self, jitter):
        self.jitter = jitter

    @rule(asleep=st.booleans())
    def threads_stand_still_or_go_on(self, asleep):
        self.keeper.is_asleep = self.is_asleep = asleep

    @rule()
    def the_process_forks(self):
        self.backend.renew()
        self.is_failing = False
        self.fetched_at, self.forced_at, self.asked_in_vain = [], [], {}

    @invariant()
    def the_last_set_decides(self):
        fresh = self.age < self.known_for
        if fresh or (self.is_usable and self.is_failing and not self.is_asleep):
            for kid in self.known:
                assert self.ask(kid, self.known[kid])
                self.no_other_fits(kid)

    def no_other_fits(self, kid):
        """The key at hand is that one: what asks for others comes by its own rules."""
        key = self.backend.find_key(kid)
        for pair in {"a", "b", "c"} - {self.known[kid]}:
            with pytest.raises(TokenVerificationError):
                verify_signature(token(kid, pair), key)

    @invariant()
    def fetches_are_few(self):
        for times, most in ((self.forced_at, FORCED), (self.fetched_at, FORCED + 6)):
            recent = [at for at in times if at > self.clerk.now - WINDOW]
            assert len(recent) <= most

    @invariant()
    def users_are_told_when_to_come_back(self):
        assert 1 <= min(self.retry_after) <= max(self.retry_after) <= 33
        self.retry_after = [1]

    @invariant()
    def health_is_true(self):
        health = self.backend.health()
        fresh = self.age < self.known_for
        status = "fresh" if fresh else "stale" if self.is_usable else "unavailable"
        assert health.status == status
        assert health.keys == (len(self.known) if self.is_usable else 0)
        assert (health.last_error is not None) == self.is_failing


def test_keys_turn_through_outages_floods_and_forks():
    run_state_machine_as_test(KeyMachine, settings=LENGTH)
