"""The data file: killed in the middle, written by many, opened again."""

import os
import signal
import stat
import subprocess
import sys

import pytest
from local_clerk import Clock, local_clerk

from clerk_wsgi import ConfigurationError
from clerk_wsgi.local import LocalClerk
from clerk_wsgi.local.clients import open_client
from clerk_wsgi.local.sessions import create_session, current_session
from clerk_wsgi.local.users import create_user

JOINING = """
import sys
from clerk_wsgi import ConfigurationError
from clerk_wsgi.local import LocalClerk
from clerk_wsgi.local.memberships import add_member
from clerk_wsgi.local.users import create_user

local = LocalClerk({}, data=sys.argv[1])
organization, most = sys.argv[2], int(sys.argv[3])
for _ in range(most):
    with local.state.changing():
        user = create_user(local.state)
        add_member(local.state, organization, user["id"], "org:member")
    print(user["id"], flush=True)
"""


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "clerk.db")


def founded(path):
    from clerk_wsgi.local.organizations import create_organization

    with LocalClerk({}, data=path) as local:
        return create_organization(local.state, "Acme")["id"]


def joining(path, organization, most):
    return subprocess.Popen(
        [sys.executable, "-c", JOINING, path, organization, str(most)],
        stdout=subprocess.PIPE,
        text=True,
    )


def require_whole(path, organization, answered):
    """Everybody who was told of is there, and nobody by half."""
    with LocalClerk({}, data=path) as local:
        records = local.state.records
        users = {each["id"] for each in records.find("user")}
        members = {each["user_id"] for each in records.find("membership")}
        assert answered <= users
        assert users == members
        assert records.get("organization", organization)["members_count"] == len(users)


@pytest.mark.parametrize("written", [1, 7, 40])
def test_what_was_answered_is_there_after_a_kill(path, written):
    organization = founded(path)
    process = joining(path, organization, 100_000)
    with process:
        answered = {process.stdout.readline().strip() for _ in range(written)}
        os.kill(process.pid, signal.SIGKILL)
        answered |= {line.strip() for line in process.stdout if line.endswith("\n")}
    assert len(answered) >= written
    require_whole(path, organization, answered)


def test_processes_that_write_at_once_lose_nothing(path):
    organization = founded(path)
    processes = [joining(path, organization, 25) for _ in range(4)]
    answered = set()
    for process in processes:
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        answered |= set(out.split())
    assert len(answered) == 100
    require_whole(path, organization, answered)


def test_a_restart_keeps_keys_users_and_sessions(path):
    clock = Clock()
    keys = {"publishable_key": None, "secret_key": None, "private_key": None}
    with local_clerk(clock, seeds={}, data=path, **keys) as local:
        assert local.is_new
        user = create_user(local.state, email_addresses=["ada@example.com"])
        client = open_client(local.state)
        session = create_session(local.state, user["id"], client)
        token = client["_token"]
        known = (local.publishable_key, local.secret_key, local.jwt_key)
    with local_clerk(clock, data=path, **keys) as local:
        assert not local.is_new
        assert (local.publishable_key, local.secret_key, local.jwt_key) == known
        found = current_session(local.state, open_client(local.state, token))
        assert found["id"] == session["id"]
        assert [each["id"] for each in local.state.records.find("user")] == [user["id"]]


def test_only_its_owner_may_read_it(path):
    founded(path)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


def test_only_its_owner_may_read_a_file_that_somebody_else_has_made(path):
    """By `touch`, or by copying it, with the modes that are usual."""
    for _ in range(2):
        with open(path, "ab"):
            os.chmod(path, 0o644)
        founded(path)
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


def test_another_programs_file_keeps_its_mode(path):
    with open(path, "w") as file:
        file.write("Notes, and none of ours. " * 40)
    os.chmod(path, 0o644)
    with pytest.raises(ConfigurationError, match="cannot be used"):
        founded(path)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o644


@pytest.mark.parametrize(
    ("first", "second"),
    [("development", "production"), ("production", "development")],
)
def test_a_file_keeps_the_manner_it_was_made_with(path, first, second):
    for _ in range(2):
        LocalClerk({}, data=path, manner=first).close()
    with pytest.raises(ConfigurationError, match=f"in the {first} manner"):
        LocalClerk({}, data=path, manner=second)
    with pytest.raises(ConfigurationError, match="manner must be one of"):
        LocalClerk({}, data=path, manner="staging")
