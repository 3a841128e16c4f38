"""One data file and many workers: threads, processes, servers that are killed."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from browsing import over_http
from local_clerk import PUBLISHABLE_KEY, SECRET_KEY

from clerk_wsgi.local import LocalClerk

KEYS = {"publishable_key": PUBLISHABLE_KEY, "secret_key": SECRET_KEY}
THREADS, USERS = 4, 15
WRITING = """
import sys
from concurrent.futures import ThreadPoolExecutor
from clerk_wsgi.local import LocalClerk
from clerk_wsgi.local.users import create_user, merge_metadata

path, number, threads, users = sys.argv[1], *map(int, sys.argv[2:])
with LocalClerk({}, data=path) as local:

    def write(thread):
        for each in range(users):
            address = f"{number}-{thread}-{each}@example.com"
            user = create_user(local.state, email_addresses=[address])
            merge_metadata(local.state, user["id"], {"public_metadata": {"a": each}})
            local.state.records.next_number("tally")

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(write, range(threads)))
"""
SITE = """
import os
from clerk_wsgi.local import LocalClerk

app = LocalClerk(
    {{}}, data={path!r}, publishable_key={publishable_key!r},
    secret_key={secret_key!r}, webhook_url=os.environ.get("TEST_WEBHOOK_URL"),
)
"""


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "clerk.db")


def test_threads_of_many_processes_write_at_once_and_nobody_is_refused(path):
    numbers = [str(each) for each in (THREADS, USERS)]
    command = [sys.executable, "-W", "error", "-c", WRITING, path]
    processes = [
        subprocess.Popen([*command, str(n), *numbers], stderr=subprocess.PIPE)
        for n in range(4)
    ]
    said = [process.communicate(timeout=120)[1].decode() for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, said
    with LocalClerk({}, data=path) as local:
        users = local.state.records.find("user")
        assert len(users) == 4 * THREADS * USERS
        assert all("a" in each["public_metadata"] for each in users)
        assert local.state.records.next_number("tally") == 4 * THREADS * USERS + 1
        # All of them were started on one new file, which is one instance.
        assert len(local.keys.all) == 1


@contextmanager
def served(path, tmp_path, *options, **env):
    """gunicorn with two workers: its process and its origin."""
    (tmp_path / "site_of_tests.py").write_text(SITE.format(path=path, **KEYS))
    command = [sys.executable, "-m", "gunicorn", "-w", "2", "-b", "127.0.0.1:0"]
    process = subprocess.Popen(
        [*command, *options, "--threads", "2", "site_of_tests:app"],
        cwd=tmp_path,
        env={**os.environ, **env},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    log = Thread(target=lambda: process.stderr.read())
    try:
        lines = iter(process.stderr.readline, "")
        found = (re.search(r"http://127\.0\.0\.1:\d+", line) for line in lines)
        origin = next(filter(None, found))[0]
        log.start()
        yield process, origin
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        log.join()
        process.stderr.close()


def post_user(origin, number):
    """The new user's id, or None if nobody answered."""
    headers = {
        "Authorization": f"Bearer {SECRET_KEY}",
        "Content-Type": "application/json",
    }
    body = json.dumps({"email_address": [f"{number}@example.com"]})
    try:
        status, _, text = over_http("POST", f"{origin}/v1/users", headers, body)
    except (OSError, ValueError, HTTPException):
        return None
    assert status == 200, text
    return json.loads(text)["id"]


def users_of(path):
    """Everybody in the file, each whole."""
    with LocalClerk({}, data=path, **KEYS) as local:
        records = local.state.records
        users = {each["id"] for each in records.find("user")}
        assert {each["user_id"] for each in records.find("identifier")} == users
        told = [m["payload"]["data"]["id"] for m in local.webhooks.messages]
        assert users <= set(told)
        return users


@pytest.mark.parametrize("options", [[], ["--preload"]], ids=["each", "preloaded"])
def test_workers_of_a_server_share_a_file(path, tmp_path, options):
    with served(path, tmp_path, *options) as (_, origin), ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda number: post_user(origin, number), range(80)))
    assert None not in made
    assert users_of(path) == set(made)


def test_workers_that_are_killed_lose_nothing_that_was_answered(path, tmp_path):
    made = []

    def post(number):
        made.append(post_user(origin, number))
        if len(made) == 40:
            os.killpg(process.pid, signal.SIGKILL)

    with (
        served(path, tmp_path, "--preload") as (process, origin),
        ThreadPoolExecutor(8) as pool,
    ):
        list(pool.map(post, range(200)))
    answered = {each for each in made if each}
    assert 30 < len(answered) < 200
    assert answered <= users_of(path)


def test_one_of_the_workers_sends_what_all_have_to_tell(path, tmp_path):
    got = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((self.headers["svix-id"], json.loads(body)["data"].get("id")))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *told):
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/webhooks"
    try:
        with served(path, tmp_path, "--preload", TEST_WEBHOOK_URL=url) as (_, origin):
            made = [post_user(origin, number) for number in range(20)]
            wait_until(lambda: set(made) <= {user for _, user in got})
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    ids = [message for message, user in got if user in made]
    assert len(ids) == len(set(ids)) == 20


def wait_until(is_done):
    until = time.monotonic() + 20
    while not is_done():
        assert time.monotonic() < until
        time.sleep(0.05)
