"""Whatever becomes of Clerk: users stay, nobody waits long, and no secret strays."""

import threading
import time

import pytest
from certificates import authority, server_context
from clerk_server import environ_for, serve
from forging import mint
from key_clerk import (
    SECRET,
    HandKeeper,
    in_threads,
    is_found,
    join,
    unavailable,
)
from scripted_clerk import FAULTS, ScriptedClerk, good, hang, held

from clerk_wsgi import ClerkMiddleware
from clerk_wsgi.backends.http import HttpClient
from clerk_wsgi.backends.jwks import JwksBackend
from clerk_wsgi.core.keys import build_publishable_key


@pytest.fixture
def clerk():
    with ScriptedClerk() as clerk:
        yield clerk


class World:
    """A backend that asks a real server, with a clock and a keeper of the test's."""

    def __init__(self, clerk, **times):
        times = {"connect": 10, "read": 10, "total": 20, **times}
        self.now = 1000.0
        self.keepers = []
        self.backend = JwksBackend(
            clerk.url,
            "v1",
            SECRET,
            clock=lambda: self.now,
            transport=HttpClient(keep_alive=False, **times).send,
            jitter=lambda: 1,
            keeper=self.keeper,
        )

    def keeper(self, owner, clock):
        self.keepers.append(HandKeeper(owner, clock))
        return self.keepers[-1]

    def turn(self):
        return self.keepers[-1].turn()

    def is_found(self, kid="a"):
        return is_found(self.backend, kid)

    @property
    def status(self):
        return self.backend.health().status


# What takes all the time that it gets shall get little.
BRIEFLY = {"connect": 10, "read": 0.3, "total": 0.4}


def times_for(fault):
    return BRIEFLY if fault in (FAULTS["hangs"], FAULTS["drips"]) else {}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_users_do_not_notice_an_hour_of_it(clerk, fault):
    world = World(clerk, **times_for(fault))
    warm_up(world)
    clerk.say(fault)
    for seconds in (240, 60, 600, 3000 - 1):
        world.now += seconds
        assert world.turn() > 0
        assert world.is_found()
    assert world.status == "stale"
    world.now += 1
    assert unavailable(world.backend).retry_after >= 1
    clerk.say(good)
    world.now += 30
    warm_up(world)
    assert world.is_found()


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_cold_process_says_so_and_does_not_loop(clerk, fault):
    clerk.say(fault)
    world = World(clerk, **times_for(fault))
    app = protected(world.backend)
    token = {"Authorization": f"Bearer {mint({'kid': 'a'})}"}
    page = {"Accept": "text/html", "Sec-Fetch-Dest": "document"}
    for headers in (token, token | page):
        for _ in range(10):
            answer = serve(app, environ_for("/admin", headers))
            assert answer.status == 503
            assert 1 <= int(answer.header("Retry-After")) <= 20
            assert answer.header("Location") is None
        assert serve(app, environ_for("/", headers)).status == 200
    assert serve(app, environ_for("/")).status == 200
    assert len(clerk.requests) == 1


def warm_up(world):
    """A busy machine may need several attempts where there is little time."""
    for _ in range(20):
        if world.turn() == 240:
            return
        world.now += 31
    raise AssertionError("No keys came.")


def protected(backend):
    def check(auth, request):
        if request.path == "/admin":
            auth.protect()

    def hello(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"hello"]

    key = build_publishable_key("clerk.example.com")
    return ClerkMiddleware(
        hello, check, backend=backend, publishable_key=key, secret_key=SECRET
    )


def test_a_port_that_is_closed_is_an_outage_like_others(clerk):
    world = World(clerk)
    assert world.is_found()
    clerk.go_away()
    for _ in range(10):
        world.now += 300
        assert world.turn() > 0
        assert world.is_found()
    assert world.backend.health().last_error.startswith("unexpected-error")
    clerk.come_back()
    world.now += 30
    assert world.turn() == 240


def test_a_redirect_takes_no_secret_elsewhere(clerk):
    with ScriptedClerk() as other:
        clerk.elsewhere = other.url
        clerk.say(FAULTS["redirect"])
        error = unavailable(World(clerk).backend)
        assert error.message.endswith("code=302")
        assert other.requests == []
    assert f"Authorization: Bearer {SECRET}" in clerk.requests[0]


def test_of_a_gigabyte_little_is_read(clerk):
    clerk.say(FAULTS["gigabyte"])
    world = World(clerk)
    unavailable(world.backend)
    assert clerk.sent < 1_000_000  # what the sockets hold is sent, too
    assert "larger than 65536 bytes" in world.backend.health().last_error


def test_what_drips_is_cut_at_the_deadline(clerk):
    clerk.say(FAULTS["drips"])
    world = World(clerk, total=1.5)
    started = time.monotonic()
    unavailable(world.backend)
    assert 1.4 < time.monotonic() - started < 4


CERTIFICATES = {
    "another name": {"address": "127.0.0.2"},
    "expired": {"days": (-10, -5)},
    "not yet valid": {"days": (5, 10)},
}


@pytest.mark.parametrize("made", CERTIFICATES.values(), ids=CERTIFICATES)
def test_a_certificate_that_is_not_clerks_is_an_outage(tmp_path, monkeypatch, made):
    monkeypatch.setenv("SSL_CERT_FILE", str(authority(tmp_path / "authority.pem")))
    tls = server_context(tmp_path / "server.pem")
    with ScriptedClerk(tls=tls) as clerk:
        world = World(clerk)
        assert world.is_found()
        clerk.tls = server_context(tmp_path / "server.pem", **made)
        world.now += 3899
        assert world.turn() == 1
        assert world.is_found()
        assert len(clerk.requests) == 1
        assert "SSL" in world.backend.health().last_error


def test_two_hundred_cold_threads_cause_one_fetch(clerk):
    clerk.say(held)
    transport = HttpClient(connect=10, read=10, total=20).send
    backend = JwksBackend(clerk.url, "v1", SECRET, transport=transport, patience=30)
    threads, results = in_threads(200, lambda: is_found(backend))
    assert clerk.asked.wait(30)
    clerk.go_on.set()
    join(threads)
    assert results == [True] * 200
    assert len(clerk.requests) == 1


def test_nobody_waits_for_a_slow_refresh(clerk):
    world = World(clerk, read=60, total=60)
    assert world.is_found()
    clerk.say(held)
    clerk.asked.clear()
    world.now += 240
    refresh = threading.Thread(target=world.turn)
    refresh.start()
    assert clerk.asked.wait(30)
    for _ in range(100):
        assert world.is_found()
    assert refresh.is_alive()
    clerk.publish("b")
    clerk.go_on.set()
    refresh.join(30)
    assert world.is_found("b")


def test_a_new_key_costs_one_fetch_and_no_user(clerk):
    world = World(clerk)
    assert world.is_found()
    world.now += 240
    world.turn()
    clerk.publish("a", "b")
    threads, results = in_threads(20, lambda: world.is_found("b"))
    join(threads)
    assert results == [True] * 20
    assert len(clerk.requests) == 3


def test_a_flood_during_an_outage_costs_nobody_anything(clerk):
    world = World(clerk, **BRIEFLY)
    warm_up(world)
    clerk.say(hang)
    clerk.requests.clear()
    started = time.monotonic()
    for number in range(500):
        unavailable(world.backend, f"unknown-{number}")
        assert world.is_found()
    assert len(clerk.requests) == 1
    assert time.monotonic() - started < 5
