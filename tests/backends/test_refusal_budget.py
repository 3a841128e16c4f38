"""Who guesses makes few calls; who is right is not counted."""

import pytest

from clerk_wsgi.backends.api import BackendApi
from clerk_wsgi.backends.http import Answer
from clerk_wsgi.backends.refusal_budget import MOST, REFUSED, WITHIN_SECONDS
from clerk_wsgi.core.errors import ClerkAPIError
from clerk_wsgi.core.ports import Renewal
from clerk_wsgi.machine_memory import MachineMemory

RENEWAL = Renewal("sess_1", "expired", "refresh", "https://app.example.com", {}, False)
CALLS = {
    "a refresh": lambda api: api.renew(RENEWAL),
    "a nonce": lambda api: api.exchange_nonce("n"),
    "an API key": lambda api: api.verify_machine_token("api_key", "ak_1"),
    "an OAuth token": lambda api: api.verify_machine_token("oauth_token", "oat_1"),
}


class Clerk:
    """Answers with one status for all that is not `good`."""

    def __init__(self, status=404):
        self.now, self.calls, self.status = 0.0, 0, status
        self.api = BackendApi(
            secret_key="sk_test_1", transport=self.answer, clock=lambda: self.now
        )

    def answer(self, method, url, headers, body=None):
        self.calls += 1
        status = 200 if b"good" in (body or b"") else self.status
        return Answer(status, {"Content-Type": "application/json"}, b"{}")


def status_of(call, *given):
    with pytest.raises(ClerkAPIError) as caught:
        call(*given)
    return caught.value.status


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("status", REFUSED)
def test_guesses_cause_twenty_calls_a_second(status, call):
    clerk = Clerk(status)
    told = [status_of(call, clerk.api) for _ in range(200)]
    assert told == [status] * MOST + [429] * (200 - MOST)
    assert clerk.calls == MOST
    clerk.now += WITHIN_SECONDS
    assert status_of(call, clerk.api) == status


def test_guesses_of_one_kind_leave_the_others_alone():
    clerk = Clerk()
    for _ in range(MOST):
        status_of(CALLS["a nonce"], clerk.api)
    assert status_of(CALLS["a nonce"], clerk.api) == 429
    assert status_of(CALLS["an API key"], clerk.api) == 404


def test_good_calls_are_not_counted():
    clerk = Clerk(200)
    for _ in range(200):
        CALLS["an API key"](clerk.api)
    assert clerk.calls == 200


@pytest.mark.parametrize("status", [401, 500])
def test_an_outage_is_no_guess(status):
    clerk = Clerk(status)
    told = {status_of(CALLS["an API key"], clerk.api) for _ in range(2 * MOST)}
    assert told == {status}
    assert clerk.calls >= 2 * MOST


def test_a_token_that_is_known_is_good_in_a_flood_of_guesses():
    clerk = Clerk()
    memory = MachineMemory(clerk.api.verify_machine_token, lambda: clerk.now * 1000)
    assert memory("api_key", "good") == {}
    for number in range(200):
        status_of(memory, "api_key", f"ak_{number}")
        assert memory("api_key", "good") == {}
    assert clerk.calls == MOST + 1
