"""Who guesses makes few calls; who is right is not counted."""

import pytest

from clerk_wsgi.core.errors import ClerkAPIError
from clerk_wsgi.machine_memory import MachineMemory
from clerk_wsgi.refusal_budget import MOST, REFUSED, WITHIN_MS, sparing


class Clerk:
    def __init__(self):
        self.now = 0
        self.calls = 0
        self.status = 404

    def clock(self):
        return self.now

    def ask(self, name):
        self.calls += 1
        if name == "good":
            return name
        raise ClerkAPIError("no", status=self.status)


@pytest.fixture
def clerk():
    return Clerk()


@pytest.fixture
def ask(clerk):
    return sparing(clerk.ask, clerk.clock)


def status_of(ask, *named):
    with pytest.raises(ClerkAPIError) as caught:
        ask(*named)
    return caught.value.status


@pytest.mark.parametrize("status", REFUSED)
def test_guesses_cause_twenty_calls_a_second(status, clerk, ask):
    clerk.status = status
    told = [status_of(ask, f"guess {number}") for number in range(1000)]
    assert told == [status] * MOST + [429] * (1000 - MOST)
    assert clerk.calls == MOST
    clerk.now += WITHIN_MS
    assert status_of(ask, "another guess") == status
    assert ask("good") == "good"


def test_good_calls_are_not_counted(clerk, ask):
    assert [ask("good") for _ in range(1000)] == ["good"] * 1000
    assert clerk.calls == 1000


@pytest.mark.parametrize("status", [401, 429, 500, 503, None])
def test_an_outage_is_no_guess(status, clerk, ask):
    clerk.status = status
    assert {status_of(ask, "x") for _ in range(100)} == {status}
    assert clerk.calls == 100


def test_a_clock_that_was_set_back_does_not_close_it(clerk, ask):
    clerk.now = 10**12
    for _ in range(MOST):
        status_of(ask, "guess")
    clerk.now = 0
    assert ask("good") == "good"


def test_a_token_that_is_known_is_good_in_a_flood_of_guesses(clerk):
    known = {"id": "ak_1", "subject": "user_1"}

    def verify(token_type, text):
        return known if clerk.ask(text) else None

    memory = MachineMemory(verify, clerk.clock)
    assert memory("api_key", "good") is known
    for number in range(1000):
        status_of(memory, "api_key", f"ak_{number}")
        assert memory("api_key", "good") is known
    assert clerk.calls == MOST + 1
