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


EXPIRATIONS = {
    "none": (None, 30),
    "none that is told": ({}, 30),
    "later": (1_700_000_100_000, 30),
    "sooner": (1_700_000_005_000, 5),
    "sooner, in seconds": (1_700_000_005, 5),
    "over": (1_600_000_000_000, 0),
    "no time": (True, 30),
    "a text": ("1700000005000", 30),
}


@pytest.mark.parametrize(
    ("expiration", "seconds"), EXPIRATIONS.values(), ids=EXPIRATIONS
)
def test_nothing_is_remembered_past_a_tokens_own_end(clerk, expiration, seconds):
    def verify(token_type, text):
        return clerk.verify(token_type, text) | {"expiration": expiration}

    memory = MachineMemory(verify, lambda: clerk.now)
    memory("api_key", "ak_1")
    clerk.now += seconds * 1000 - 1
    memory("api_key", "ak_1")
    assert clerk.calls == (1 if seconds else 2)
    clerk.now += 1
    memory("api_key", "ak_1")
    assert clerk.calls == (2 if seconds else 3)


class Shared:
    """A store that two processes share, and that can be out of order."""

    def __init__(self, clerk):
        self.clerk = clerk
        self.values = {}
        self.is_away = False

    def read(self, name):
        value, until = self.values.get(name, (None, 0))
        good = until > self.clerk.now / 1000 and not self.is_away
        return value if good else None

    def write(self, name, value, seconds):
        if not self.is_away:
            self.values[name] = value, self.clerk.now / 1000 + seconds


@pytest.fixture
def store(clerk):
    return Shared(clerk)


@pytest.fixture
def processes(clerk, store):
    return [MachineMemory(clerk.verify, lambda: clerk.now, store) for _ in range(2)]


def test_processes_that_share_a_store_ask_once_together(clerk, processes):
    for each in processes * 3:
        assert each("api_key", "ak_1")["subject"] == "user_1"
    assert clerk.calls == 1


def test_a_revoked_token_lives_no_longer_by_being_shared(clerk, processes):
    first, second = processes
    first("api_key", "ak_1")
    clerk.status = 404
    clerk.now += (GOOD_SECONDS - 1) * 1000
    assert second("api_key", "ak_1")["id"] == "ak_1"
    clerk.now += 1000
    assert refuse(second) == refuse(first) == 404


def test_an_unknown_token_is_unknown_to_all_for_a_moment(clerk, processes):
    first, second = processes
    clerk.status = 404
    assert refuse(first) == refuse(second) == refuse(second) == 404
    assert clerk.calls == 1
    clerk.status = 200
    clerk.now += UNKNOWN_SECONDS * 1000
    assert second("api_key", "ak_1")["id"] == "ak_1"


def test_without_the_store_each_asks_for_itself(clerk, store, processes):
    store.is_away = True
    for each in processes * 3:
        each("api_key", "ak_1")
    assert clerk.calls == 2


def test_an_outage_is_not_shared(clerk, store, processes):
    clerk.status = 500
    assert refuse(processes[0]) == 500
    assert store.values == {}


def test_a_clock_that_is_wrong_elsewhere_changes_little(clerk, store, processes):
    first, second = processes
    clerk.now += 3_600_000
    first("api_key", "ak_1")
    clerk.now -= 3_600_000
    second("api_key", "ak_1")
    clerk.now += GOOD_SECONDS * 1000
    store.is_away = True
    second("api_key", "ak_1")
    assert clerk.calls == 2


def test_the_store_holds_no_token(store, processes):
    processes[0]("api_key", "ak_secret1")
    assert store.values
    assert not any("ak_secret1" in name for name in store.values)
