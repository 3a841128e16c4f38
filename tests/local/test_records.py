"""Documents in SQLite: what is kept, found, undone, and refused."""

import os
import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from clerk_wsgi import ConfigurationError
from clerk_wsgi.local.data_file import is_empty, patiently, prepare
from clerk_wsgi.local.records import Records


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "state.db")


@pytest.fixture(params=["memory", "file"])
def records(request, path):
    kept = Records() if request.param == "memory" else Records(path)
    yield kept
    kept.close()


def ada(**members):
    return {"id": "user_ada", "name": "Ada", **members}


def test_what_is_kept_is_found_by_its_id(records):
    records.keep("user", ada())
    assert records.get("user", "user_ada") == ada()
    assert records.get("user", "user_grace") is None
    assert records.get("organization", "user_ada") is None


def test_a_document_takes_the_place_of_the_one_with_its_id(records):
    records.keep("user", ada())
    records.keep("user", {"id": "user_grace"})
    records.keep("user", ada(name="Augusta"))
    assert [each["id"] for each in records.find("user")] == ["user_ada", "user_grace"]
    assert records.get("user", "user_ada")["name"] == "Augusta"
    assert records.count("user") == 2


@pytest.mark.parametrize(
    ("members", "found"),
    [
        pytest.param({"slug": "a"}, ["1"], id="a text"),
        pytest.param({"number": 7}, ["1", "2"], id="a number"),
        pytest.param({"number": 7, "slug": "b"}, ["2"], id="two members"),
        pytest.param({"flag": True}, ["2"], id="a truth"),
        pytest.param({"flag": None}, ["1", "3"], id="nothing"),
        pytest.param({"slug": "c"}, [], id="nobody's"),
        pytest.param({"number": "7"}, [], id="another type"),
        pytest.param({"slug": ["a"]}, [], id="a list"),
        pytest.param({"slug": "\ud800"}, [], id="half a character"),
        pytest.param({"number": 2**70}, [], id="a number beyond all"),
    ],
)
def test_documents_are_found_by_their_members(records, members, found):
    records.keep("thing", {"id": "1", "slug": "a", "number": 7, "flag": None})
    records.keep("thing", {"id": "2", "slug": "b", "number": 7, "flag": True})
    records.keep("thing", {"id": "3", "slug": "d"})
    assert [each["id"] for each in records.find("thing", **members)] == found


def test_an_id_that_no_document_can_have_is_nobodys(records):
    assert records.get("user", "\ud800") is None
    assert records.get("user", {"id": 1}) is None


@pytest.mark.parametrize(
    ("value", "error"),
    [(float("nan"), ValueError), (float("inf"), ValueError), ({1, 2}, TypeError)],
    ids=["not a number", "infinity", "a set"],
)
def test_what_json_cannot_say_is_not_kept(records, value, error):
    with pytest.raises(error):
        records.keep("user", ada(value=value))
    assert records.count("user") == 0


def test_a_document_is_dropped_once(records):
    records.keep("user", ada())
    assert records.drop("user", "user_ada")
    assert not records.drop("user", "user_ada")


def test_all_but_some_kinds_are_dropped(records):
    for kind in ("user", "role", "instance"):
        records.keep(kind, {"id": "1"})
    records.drop_all_but(("role", "instance"))
    assert [records.count(k) for k in ("user", "role", "instance")] == [0, 1, 1]


def test_what_has_ended_is_dropped(records):
    records.keep("nonce", {"id": "early"}, ends_at=100)
    records.keep("nonce", {"id": "late"}, ends_at=200)
    records.keep("nonce", {"id": "never"})
    records.keep("nonce", {"id": "early", "changed": True})
    records.drop_ended(150)
    assert [each["id"] for each in records.find("nonce")] == ["late", "never"]


def test_numbers_count_for_each_name(records):
    numbers = [records.next_number(name) for name in ("a", "a", "b", "a")]
    assert numbers == [1, 2, 1, 3]


def test_a_change_that_fails_is_undone(records):
    records.keep("user", ada())
    with pytest.raises(ZeroDivisionError), records.changing():  # noqa: PT012
        records.keep("user", ada(name="Augusta"))
        records.keep("user", {"id": "user_grace"})
        raise ZeroDivisionError
    assert records.find("user") == [ada()]


def test_one_within_another_fails_alone(records):
    with records.changing():
        records.keep("user", ada())
        with pytest.raises(ZeroDivisionError), records.changing():  # noqa: PT012
            records.keep("user", {"id": "user_grace"})
            raise ZeroDivisionError
        with records.changing():
            records.keep("user", {"id": "user_emmy"})
    assert [each["id"] for each in records.find("user")] == ["user_ada", "user_emmy"]


def test_what_is_within_another_goes_with_it(records):
    with pytest.raises(ZeroDivisionError), records.changing():  # noqa: PT012
        with records.changing():
            records.keep("user", ada())
        raise ZeroDivisionError
    assert records.find("user") == []


def test_nobody_sees_half_of_a_change(records):
    is_begun, seen = threading.Event(), []

    def look():
        is_begun.wait(5)
        seen.append(len(records.find("user")))

    thread = threading.Thread(target=look)
    thread.start()
    with records.changing():
        records.keep("user", ada())
        is_begun.set()
        thread.join(0.05)
        assert seen == []
        records.keep("user", {"id": "user_grace"})
    thread.join(5)
    assert seen == [2]


def test_every_thread_gets_its_turn(records):
    """Those that change all the time let the others change too."""
    done = []

    def count(name):
        for _ in range(50):
            with records.changing():
                records.next_number("all")
        done.append(name)

    threads = [threading.Thread(target=count, args=(each,)) for each in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    assert sorted(done) == list(range(8))
    assert records.next_number("all") == 401


def test_a_file_keeps_what_memory_does_not(path):
    for where, kept in ((path, [ada()]), (":memory:", [])):
        records = Records(where)
        records.keep("user", ada())
        records.close()
        again = Records(where)
        assert again.find("user") == kept
        again.close()


def test_a_closed_file_is_one_file_and_its_owners(path):
    records = Records(path)
    records.keep("user", ada())
    beside = [each for each in os.listdir(os.path.dirname(path)) if each != "state.db"]
    modes = {
        stat.S_IMODE(os.stat(os.path.join(os.path.dirname(path), each)).st_mode)
        for each in ["state.db", *beside]
    }
    assert beside
    assert modes == {0o600}
    records.close()
    records.close()
    assert os.listdir(os.path.dirname(path)) == ["state.db"]
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        records.find("user")


def not_sqlite(path):
    with open(path, "w") as file:
        file.write("this is no database, but it is long enough to look at. " * 20)


def foreign(path):
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE records (mine TEXT)")
    connection.close()


def later_version(path):
    Records(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()


def damaged(path):
    records = Records(path)
    for number in range(500):
        records.keep("user", {"id": f"user_{number}", "text": "x" * 200})
    records.close()
    with open(path, "r+b") as file:
        file.seek(8192)
        file.write(os.urandom(8192))


def cut_off(path):
    damaged(path)
    os.truncate(path, 20_000)


def a_folder(path):
    os.mkdir(path)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (not_sqlite, "not a database"),
        (foreign, "another program's"),
        (later_version, "another version"),
        (damaged, "damaged|malformed"),
        (cut_off, "damaged|malformed"),
        (a_folder, "directory"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_and_left_alone(path, spoil, told):
    spoil(path)
    before = None if spoil is a_folder else Path(path).read_bytes()
    with pytest.raises(ConfigurationError, match=told) as raised:
        Records(path)
    assert repr(path) in str(raised.value)
    assert before is None or Path(path).read_bytes() == before


@pytest.mark.parametrize("name", ["nowhere/state.db", "bad\0name"])
def test_a_file_that_cannot_be_made_is_told(tmp_path, name):
    with pytest.raises(ConfigurationError, match="cannot be used"):
        Records(str(tmp_path / name))


def test_an_empty_file_is_a_new_one(path):
    Path(path).touch()
    records = Records(path)
    records.keep("user", ada())
    assert records.count("user") == 1
    records.close()


def in_child(work):
    """What `work` says in a forked child: "" for nothing wrong."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            said = work() or ""
        except BaseException as error:
            said = repr(error)
        os.write(writing, said.encode())
        os._exit(0)
    os.close(writing)
    with open(reading) as answer:
        said = answer.read()
    os.waitpid(child, 0)
    return said


def test_a_forked_child_works_on(records):
    records.keep("user", ada())

    def work():
        with records.changing():
            records.keep("user", {"id": f"user_{records.count('user')}"})
        return ",".join(each["id"] for each in records.find("user"))

    assert in_child(work) == "user_ada,user_1"
    is_shared = records.path != ":memory:"
    assert records.count("user") == (2 if is_shared else 1)
    assert in_child(work) == (
        "user_ada,user_1,user_2" if is_shared else "user_ada,user_1"
    )


def test_forking_waits_until_nobody_is_in_the_middle_of_a_change(records):
    is_begun, may_end = threading.Event(), threading.Event()

    def change():
        with records.changing():
            records.keep("user", ada())
            is_begun.set()
            may_end.wait(5)

    thread = threading.Thread(target=change)
    thread.start()
    is_begun.wait(5)
    threading.Timer(0.05, may_end.set).start()
    assert in_child(lambda: str(records.count("user"))) == "1"
    thread.join()


def test_who_forks_in_a_change_of_its_own_keeps_it(path):
    records = Records(path)

    def work():
        with records.changing():
            records.keep("user", {"id": "user_child"})

    with records.changing():
        records.keep("user", ada())
        said = in_child(work)
    assert "closed" in said
    assert records.find("user") == [ada()]
    records.close()


def test_who_waits_too_long_for_a_file_is_told(path):
    records = Records(path)
    other = sqlite3.connect(path, timeout=0)
    try:
        with records.changing(), pytest.raises(sqlite3.OperationalError, match="lock"):
            patiently(lambda: other.execute("BEGIN IMMEDIATE"), seconds=0.05)
    finally:
        other.close()
        records.close()


def test_a_mistake_is_not_tried_again(path):
    tries = []

    def do():
        tries.append(1)
        raise sqlite3.OperationalError("no such table: x")

    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        patiently(do)
    assert tries == [1]


def test_a_change_that_is_undone_already_says_what_was_wrong(path):
    """SQLite itself undoes a change when the disk is full."""
    records = Records(path)
    with pytest.raises(ZeroDivisionError):
        undo_and_fail(records)
    records.keep("user", ada())
    assert records.count("user") == 1
    records.close()


def undo_and_fail(records):
    with records.changing():
        records.keep("user", {"id": "user_grace"})
        records._run("ROLLBACK")
        raise ZeroDivisionError


def test_a_file_that_cannot_be_made_whole_stays_empty(path):
    connection = sqlite3.connect(path, isolation_level=None)
    no_index = lambda action, *_: action == sqlite3.SQLITE_CREATE_INDEX  # noqa: E731
    connection.set_authorizer(no_index)
    with pytest.raises(sqlite3.DatabaseError, match="authorized"):
        prepare(connection)
    connection.set_authorizer(None)
    assert is_empty(connection)
    connection.close()
