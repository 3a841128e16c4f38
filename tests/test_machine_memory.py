"""An opaque token costs one call, not one a request."""

import pytest

from clerk_wsgi.core.errors import ClerkAPIError
from clerk_wsgi.machine_memory import GOOD_SECONDS, MOST, UNKNOWN_SECONDS, MachineMemory


class Clerk:
    def __init__(self):
        self.now = 1_700_000_000_000
        self.calls = 0
        self.status = 200

    def verify(self, token_type, text):
        self.calls += 1
        if self.status == 200:
            return {"id": text, "subject": "user_1"}
        raise ClerkAPIError("no", status=self.status)


@pytest.fixture
def clerk():
    return Clerk()


@pytest.fixture
def memory(clerk):
    return MachineMemory(clerk.verify, lambda: clerk.now)


def refuse(memory, text="ak_1"):
    with pytest.raises(ClerkAPIError) as error:
        memory("api_key", text)
    return error.value.status


def test_a_good_token_is_asked_about_once_in_a_while(clerk, memory):
    for _ in range(5):
        assert memory("api_key", "ak_1")["id"] == "ak_1"
    assert clerk.calls == 1
    clerk.now += GOOD_SECONDS * 1000
    memory("api_key", "ak_1")
    assert clerk.calls == 2


def test_a_token_that_was_revoked_ends_with_its_time(clerk, memory):
    memory("api_key", "ak_1")
    clerk.status = 404
    assert memory("api_key", "ak_1")["subject"] == "user_1"
    clerk.now += GOOD_SECONDS * 1000
    assert refuse(memory) == 404


def test_an_unknown_token_is_asked_about_once_in_a_while(clerk, memory):
    clerk.status = 404
    assert [refuse(memory) for _ in range(5)] == [404] * 5
    assert clerk.calls == 1
    clerk.status = 200
    clerk.now += UNKNOWN_SECONDS * 1000
    assert memory("api_key", "ak_1")["id"] == "ak_1"


@pytest.mark.parametrize("status", [None, 401, 429, 500])
def test_an_outage_is_not_remembered(clerk, memory, status):
    clerk.status = status
    assert refuse(memory) == status
    clerk.status = 200
    assert memory("api_key", "ak_1")["id"] == "ak_1"


def test_types_are_not_mixed_up(clerk, memory):
    memory("api_key", "x")
    memory("oauth_token", "x")
    assert clerk.calls == 2


def test_it_is_bounded_and_holds_no_token(clerk, memory):
    for number in range(MOST + 50):
        memory("api_key", f"ak_secret{number}")
    assert len(memory._good) == MOST
    assert not any("ak_secret" in name for name in memory._good)
