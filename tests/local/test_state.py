"""What a local instance works on: changes that are whole, and who is told of them."""

import logging
import os
import threading

import pytest

from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.ids import Ids
from clerk_wsgi.local.records import Records
from clerk_wsgi.local.state import SWEEP_SECONDS, State


@pytest.fixture
def state(clock):
    records = Records()
    yield State(records, clock.seconds)
    records.close()


@pytest.fixture
def told(state):
    """Who was told, once for each commit."""
    heard = []
    state.after.append(lambda changes: heard.append([each.type for each in changes]))
    return heard


def user(name):
    return {"id": f"user_{name}", "object": "user", "_password": "digest"}


def test_all_of_a_change_is_told_at_once_when_it_is_committed(state, told):
    with state.changing():
        state.tell("user.created", user("ada"))
        with state.changing():
            state.tell("session.created", user("ada"))
        assert told == []
    assert told == [["user.created", "session.created"]]


def test_what_is_told_shows_nothing_of_the_instances_own(state):
    heard = []
    state.after.append(heard.extend)
    state.tell("user.created", user("ada"))
    [change] = heard
    assert dict(change.data) == {"id": "user_ada", "object": "user"}
    assert change.at_ms == state.now_ms


def test_a_change_of_nothing_is_told_to_nobody(state, told):
    with state.changing():
        state.records.keep("user", user("ada"))
    assert told == []


def fail(state, *names):
    with state.changing():
        for name in names:
            state.records.keep("user", user(name))
            state.tell("user.created", user(name))
        raise ZeroDivisionError


def test_a_change_that_fails_is_told_to_nobody(state, told):
    with pytest.raises(ZeroDivisionError):
        fail(state, "ada")
    state.tell("user.created", user("grace"))
    assert told == [["user.created"]]
    assert state.records.get("user", "user_ada") is None


def test_one_within_another_fails_alone(state):
    heard = []
    state.after.append(heard.extend)
    with state.changing():
        state.records.keep("user", user("ada"))
        state.tell("user.created", user("ada"))
        with pytest.raises(ZeroDivisionError):
            fail(state, "grace", "alan")
        state.tell("user.updated", user("ada"))
    assert [each.type for each in heard] == ["user.created", "user.updated"]
    assert [each["id"] for each in state.records.find("user")] == ["user_ada"]


def delete(state, name):
    with state.changing():
        state.records.keep("user", user(name))
        state.tell("user.deleted", user(name))


def test_who_listens_within_belongs_to_the_change(state, told):
    def note(change):
        state.records.keep("note", {"id": change.type})
        if change.type == "user.deleted":
            raise ZeroDivisionError

    state.within.append(note)
    state.tell("user.created", user("ada"))
    with pytest.raises(ZeroDivisionError):
        delete(state, "ada")
    assert [each["id"] for each in state.records.find("note")] == ["user.created"]
    assert state.records.count("user") == 0
    assert told == [["user.created"]]


def test_who_fails_afterwards_harms_nobody(state, caplog):
    def fail_afterwards(changes):
        raise ZeroDivisionError

    heard = []
    state.after += [fail_afterwards, heard.extend]
    with caplog.at_level(logging.ERROR):
        state.tell("user.created", user("ada"))
    assert len(heard) == 1
    assert "ZeroDivisionError" in caplog.text


def test_who_is_told_may_change_something_again(state, told):
    def follow(changes):
        if changes[0].type == "user.created":
            state.tell("session.created", user("ada"))

    state.after.append(follow)
    state.tell("user.created", user("ada"))
    assert told == [["user.created"], ["session.created"]]


def test_threads_are_told_of_their_own_changes_only(state):
    heard = []
    state.after.append(lambda told: heard.append({each.type for each in told}))

    def change(name):
        for _ in range(20):
            with state.changing():
                state.tell(name, user(name))
                state.tell(name, user(name))

    threads = [threading.Thread(target=change, args=(str(n),)) for n in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    assert len(heard) == 80
    assert all(len(names) == 1 for names in heard)


def test_what_is_not_there_is_needed_in_vain(state):
    with pytest.raises(ApiError) as raised:
        state.need("oauth_application", None)
    assert (raised.value.code, raised.value.error_code) == (404, "resource_not_found")
    with pytest.raises(ApiError):
        state.update("user", "user_nobody", name="x")


def test_what_is_updated_ends_when_it_did(state, clock):
    state.records.keep("session", {"id": "sess_1"}, clock.seconds() + 100)
    changed = state.update("session", "sess_1", status="ended")
    assert changed == {"id": "sess_1", "status": "ended", "updated_at": state.now_ms}
    clock.now += 101
    with state.changing():
        pass
    assert state.records.get("session", "sess_1") is None


@pytest.mark.parametrize("moved", [SWEEP_SECONDS + 1, -SWEEP_SECONDS - 1])
def test_what_has_ended_is_swept_now_and_then(state, clock, moved):
    with state.changing():
        pass
    state.records.keep("nonce", {"id": "1"}, clock.seconds() - 1_000_000)
    with state.changing():
        pass
    assert state.records.count("nonce") == 1
    clock.now += moved
    with state.changing():
        pass
    assert state.records.count("nonce") == 0


def test_ids_of_a_seed_do_not_depend_on_each_other():
    one, other = Ids("seed"), Ids("seed")
    users = [one.new("user") for _ in range(3)]
    other.new("sess")
    assert [other.new("user") for _ in range(3)] == users
    assert len(set(users)) == 3
    assert Ids("another").new("user") not in users
    assert one.secret() != other.secret()
    assert one.webhook_secret() != other.webhook_secret()


def test_ids_without_a_seed_are_all_different():
    ids = Ids()
    assert len({ids.new("user") for _ in range(100)}) == 100


def test_ids_of_a_seed_go_on_in_a_file_and_in_children(tmp_path):
    """Else a second process would write over what the first one made."""
    path = str(tmp_path / "state.db")
    found = []
    for _ in range(2):
        records = Records(path)
        found.append(Ids(7, records.next_number).new("user"))
        records.close()
    records = Records(path)
    ids = Ids(7, records.next_number)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, ids.new("user").encode())
        os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with open(reading) as said:
        found.append(said.read())
    found.append(ids.new("user"))
    records.close()
    again = Ids(7)
    assert found == [again.new("user") for _ in range(4)]
