"""What processes tell each other of users and tokens, through a store."""

import json

import pytest
from clerk_requests import NoKeys
from clerk_tokens import PUBLISHABLE_KEY

from clerk_wsgi.backends.api import BackendApi
from clerk_wsgi.backends.http import Answer
from clerk_wsgi.backends.memory import MemoryStore
from clerk_wsgi.client import current_user
from clerk_wsgi.core.claims import SessionFacts
from clerk_wsgi.core.errors import ClerkAPIError
from clerk_wsgi.core.options import Options
from clerk_wsgi.core.state import SignedIn
from clerk_wsgi.core.tokens import Token
from clerk_wsgi.instance import Instance
from clerk_wsgi.shared_memory import (
    USER_SECONDS,
    SharedUsers,
    SharedVerdicts,
    Verdict,
)
from clerk_wsgi.visit import Visit

NOW = 1_800_000_000


class Clock:
    now = NOW

    def __call__(self):
        return self.now


class Clerk:
    """Knows everybody by their first name, which may change."""

    def __init__(self):
        self.calls = 0
        self.name = "Ada"

    def __call__(self, method, url, headers, body=None):
        self.calls += 1
        user = {"object": "user", "id": url.rpartition("/")[2]}
        user |= {"first_name": self.name, "private_metadata": {"note": "ours"}}
        return Answer(
            200, {"Content-Type": "application/json"}, json.dumps(user).encode()
        )


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(clock):
    return MemoryStore(clock=clock)


@pytest.fixture
def users(store):
    return SharedUsers(store)


@pytest.fixture
def clerk():
    return Clerk()


@pytest.fixture
def instance(clerk, store):
    return instance_with(clerk, store)


def instance_with(clerk, store):
    keys = {"publishable_key": PUBLISHABLE_KEY, "secret_key": "sk_test_abc"}
    options = Options.read(keys, {})
    api = BackendApi(
        api_url=options.api_url, secret_key=options.secret_key, transport=clerk
    )
    return Instance(options, NoKeys(), api=api, store=store)


def user_in_a_request(instance, user_id="user_1"):
    claims = {"sub": user_id, "sid": "sess_1"}
    state = SignedIn(Token("TEXT", {}, claims, b"{}", b"", b""), SessionFacts(claims))
    return Visit(None, state, instance).context().run(current_user)


def test_a_user_is_fetched_once_in_a_while_for_all(clerk, clock, instance, store):
    other = instance_with(clerk, store)
    first = user_in_a_request(instance)
    again = user_in_a_request(other)
    assert clerk.calls == 1
    assert first == again
    assert type(first) is type(again)
    assert again.full_name == "Ada"
    assert again.private_metadata == {"note": "ours"}
    clock.now += USER_SECONDS
    user_in_a_request(other)
    assert clerk.calls == 2


def test_users_are_not_mixed_up(clerk, instance):
    assert [user_in_a_request(instance, f"user_{n}").id for n in (1, 2, 1, 2)] == [
        *("user_1", "user_2", "user_1", "user_2")
    ]
    assert clerk.calls == 2


def test_without_a_store_every_request_asks(clerk):
    instance = instance_with(clerk, None)
    user_in_a_request(instance)
    user_in_a_request(instance)
    assert clerk.calls == 2


@pytest.mark.parametrize("kind", ["user.updated", "user.deleted", "user.created"])
def test_a_webhook_about_a_user_makes_them_be_fetched_again(clerk, instance, kind):
    user_in_a_request(instance)
    clerk.name = "Grace"
    instance.users.notice({"type": kind, "data": {"id": "user_1"}})
    assert user_in_a_request(instance).first_name == "Grace"


OTHER_EVENTS = {
    "about somebody else": {"type": "user.updated", "data": {"id": "user_2"}},
    "about something else": {"type": "session.ended", "data": {"id": "user_1"}},
    "without data": {"type": "user.updated"},
    "with odd data": {"type": "user.updated", "data": ["user_1"]},
    "empty": {},
}


@pytest.mark.parametrize("event", OTHER_EVENTS.values(), ids=OTHER_EVENTS)
def test_other_webhooks_change_nothing(users, event):
    users.write({"id": "user_1"})
    users.notice(event)
    assert users.read("user_1") == {"id": "user_1"}


@pytest.mark.parametrize(
    "value", [b"", b"no JSON", b"[]", b'"user_1"', b"{}", b'{"id": "user_2"}']
)
def test_what_is_not_that_user_is_nobody(users, store, value):
    store.write("user user_1", value, 10)
    assert users.read("user_1") is None


def verdicts(store, clock):
    return SharedVerdicts(store, lambda: clock() * 1000)


UNTIL = (NOW + 10) * 1000
VERDICTS = {
    "an answer": Verdict(UNTIL, {"id": "ak_1", "claims": {"a": [1, None]}}),
    "an empty answer": Verdict(UNTIL, {}),
    "a refusal": Verdict(UNTIL, None, 404, "not found"),
}


@pytest.mark.parametrize("verdict", VERDICTS.values(), ids=VERDICTS)
def test_a_verdict_is_read_as_it_was_written(store, clock, verdict):
    shared = verdicts(store, clock)
    shared.write("name", verdict)
    assert shared.read("name") == verdict
    assert shared.read("other") is None
    clock.now += 10
    assert shared.read("name") is None


def test_a_verdict_that_is_over_is_none_though_the_store_has_it(store, clock):
    shared = verdicts(store, clock)
    store.write("verdict name", VERDICTS["an answer"].written(), 1000)
    clock.now += 10
    assert store.read("verdict name")
    assert shared.read("name") is None


def test_a_refusal_opens_as_the_error_that_it_was():
    with pytest.raises(ClerkAPIError, match="not found") as error:
        VERDICTS["a refusal"].open()
    assert error.value.status == 404
    assert VERDICTS["an empty answer"].open() == {}


GOOD = {"until_ms": UNTIL, "answer": {"id": "x"}, "status": None, "message": ""}


@pytest.mark.parametrize(
    "changed",
    [
        {"answer": None},
        {"answer": []},
        {"answer": "yes"},
        {"status": 200},
        {"answer": None, "status": "404"},
        {"until_ms": "soon"},
        {"until_ms": None},
        {"more": 1},
    ],
)
def test_what_is_no_verdict_is_none(changed):
    assert Verdict.read(json.dumps(GOOD).encode()) is not None
    assert Verdict.read(json.dumps(GOOD | changed).encode()) is None


@pytest.mark.parametrize("text", [b"no", b"[]", b"{}", b'{"until_ms": 1}', b"\xff"])
def test_what_is_not_even_json_is_none(text):
    assert Verdict.read(text) is None
