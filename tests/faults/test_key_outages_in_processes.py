"""Keys survive what servers do to processes: forks, preloads, reloads, greenlets."""

import importlib.util
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple

import pytest
from key_clerk import SECRET, exit_status_of_child, is_found
from scripted_clerk import ScriptedClerk, good, held

from clerk_wsgi.backends.http import HttpClient
from clerk_wsgi.backends.jwks import JwksBackend

SUPPORT = Path(__file__).parents[1] / "support"
PATIENCE = 60

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
needs_gevent = pytest.mark.skipif(
    importlib.util.find_spec("gevent") is None, reason="gevent is not installed"
)


@pytest.fixture
def clerk():
    with ScriptedClerk() as clerk:
        yield clerk


def backend_of(clerk):
    send = HttpClient(connect=10, read=30, total=30, keep_alive=False).send
    return JwksBackend(clerk.url, "v1", SECRET, transport=send, patience=30)


@needs_fork
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_child_forked_during_a_fetch_fetches_by_itself(clerk):
    backend = backend_of(clerk)
    clerk.say(held, good)
    parent = threading.Thread(target=is_found, args=(backend,))
    parent.start()
    assert clerk.asked.wait(30)
    assert exit_status_of_child(lambda: is_found(backend)) == 0
    assert len(clerk.requests) == 2
    clerk.go_on.set()
    parent.join(30)
    assert is_found(backend)
    assert len(clerk.requests) == 2


@needs_fork
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_child_keeps_the_keys_while_clerk_is_gone(clerk):
    backend = backend_of(clerk)
    assert is_found(backend)
    clerk.go_away()

    def child_and_grandchild():
        grandchild = exit_status_of_child(lambda: is_found(backend))
        return is_found(backend) and grandchild == 0

    assert exit_status_of_child(child_and_grandchild) == 0


def run(code, clerk):
    """Run code in a Python of its own; what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "CLERK_API_URL": clerk.url, "PYTHONPATH": str(SUPPORT)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout.split()


AT_THE_END = """
import keyed_app, time
assert keyed_app.backend.find_key("a").kid == "a"
print(time.monotonic())
"""


def test_a_process_ends_though_its_keys_are_kept(clerk):
    (printed,) = run(AT_THE_END, clerk)
    assert time.monotonic() - float(printed) < 10


def test_a_process_ends_though_a_fetch_is_under_way(clerk):
    clerk.say(held)
    code = """
import keyed_app, time, threading
threading.Thread(target=keyed_app.backend.find_key, args="a", daemon=True).start()
time.sleep(0.5)
print("done")
"""
    assert run(code, clerk) == ["done"]


GREENLETS = """
import os, time
import gevent
import gevent.monkey
{before}
from clerk_wsgi.backends.http import HttpClient
from clerk_wsgi.backends.jwks import JwksBackend
send = HttpClient(connect=10, read=30, total=30, keep_alive=False).send
backend = JwksBackend(
    os.environ["CLERK_API_URL"], "v1", "sk_test_canary", transport=send, patience=30
)
{after}
ticks = []
def tick():
    while True:
        ticks.append(1)
        gevent.sleep(0.01)
ticking = gevent.spawn(tick)
users = [gevent.spawn(lambda: backend.find_key("a").kid) for _ in range(200)]
gevent.joinall(users, timeout=30)
print(*sorted(set(user.value for user in users)), len(ticks) > 20)
"""
# gevent warns of a late patch; gunicorn does that to a preloaded application.
PATCH = "import warnings; warnings.simplefilter('ignore'); gevent.monkey.patch_all()"
PATCHED = {
    "before the import": {"before": PATCH, "after": ""},
    "after the import": {"before": "import threading, queue, socket", "after": PATCH},
}


@needs_gevent
@pytest.mark.parametrize("when", PATCHED.values(), ids=PATCHED)
def test_two_hundred_cold_greenlets_cause_one_fetch_and_stop_nobody(clerk, when):
    clerk.say(lambda exchange: clerk.over.wait(0.7) or good(exchange))
    assert run(GREENLETS.format(**when), clerk) == ["a", "True"]
    assert len(clerk.requests) == 1


class Said(NamedTuple):
    pid: str
    kid: str
    status: str
    keepers: str


class Gunicorn:
    def __init__(self, process, port):
        self.process = process
        self.port = port

    def ask(self):
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", "/")
            return Said(*connection.getresponse().read().decode().split())
        finally:
            connection.close()

    def said_by(self, count, ignoring=()):
        """What so many workers said, each once; `ignoring` those of these pids."""
        said = {}
        until = time.monotonic() + PATIENCE
        while len(said) < count:
            assert time.monotonic() < until, f"Only {said} answered."
            try:
                answer = self.ask()
            except OSError:
                time.sleep(0.05)
                continue
            if answer.pid not in ignoring:
                said[answer.pid] = answer
        return said


@contextmanager
def gunicorn(clerk, tmp_path, *options, **env):
    """A server with two workers, on a port of its choice."""
    log = tmp_path / "gunicorn.log"
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "-w", "2", "-b", f"127.0.0.1:{port}"]
    command += [
        "--no-control-socket",
        "--graceful-timeout",
        "5",
        *options,
        "keyed_app:application",
    ]
    env = {**os.environ, "CLERK_API_URL": clerk.url, **env}
    with log.open("wb") as file:
        process = subprocess.Popen(
            command,
            cwd=tmp_path,
            env={**env, "PYTHONPATH": str(SUPPORT)},
            stdout=file,
            stderr=file,
        )
    try:
        yield Gunicorn(process, port)
        process.terminate()
        assert process.wait(PATIENCE) == 0, log.read_text()
    finally:
        process.kill()
        process.wait(PATIENCE)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


WORKERS = {
    "sync": ["-k", "sync"],
    "threads": ["-k", "gthread", "--threads", "4"],
    "gevent": pytest.param(["-k", "gevent"], marks=needs_gevent),
}


@needs_fork
@pytest.mark.parametrize("worker", WORKERS.values(), ids=WORKERS)
def test_workers_of_a_preloaded_application_share_the_first_fetch(
    clerk, tmp_path, worker
):
    with gunicorn(clerk, tmp_path, "--preload", *worker, FETCH_FIRST="1") as server:
        first = server.said_by(2)
        assert {(each.kid, each.status, each.keepers) for each in first.values()} == {
            ("a", "fresh", "1")
        }
        assert len(clerk.requests) == 1

        clerk.go_away()
        server.process.send_signal(signal.SIGHUP)
        said = server.said_by(2, ignoring=first)
        assert {(each.kid, each.status) for each in said.values()} == {("a", "fresh")}

        victim = next(iter(said))
        os.kill(int(victim), signal.SIGKILL)
        heirs = server.said_by(2, ignoring={*first, victim})
        assert {each.kid for each in heirs.values()} == {"a"}


@needs_fork
def test_workers_that_loaded_by_themselves_fetch_once_each(clerk, tmp_path):
    with gunicorn(clerk, tmp_path) as server:
        said = server.said_by(2)
        assert {each.kid for each in said.values()} == {"a"}
        assert len(clerk.requests) == 2
        server.process.send_signal(signal.SIGHUP)
        server.said_by(2, ignoring=said)
        assert len(clerk.requests) == 4
