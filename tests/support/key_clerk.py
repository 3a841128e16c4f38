"""Clerk's key endpoint without a network or a clock, and keepers that tests drive."""

import json
import os
import threading

import pytest
from forging import vector_keys

from clerk_wsgi.backends.http import Answer, NoAnswer
from clerk_wsgi.backends.jwks import JwksBackend
from clerk_wsgi.core.errors import KeyNotFound, KeysUnavailable

SECRET = "sk_test_canary"
URL = "https://api.clerk.test/v1/jwks"


def jwk(kid="a", key="a", **changes):
    return {**vector_keys()[key]["public_jwk"], "kid": kid, **changes}


class NoKeeper:
    """As on a server that allows no threads: requests fetch by themselves."""

    was_asked = True

    def __init__(self, owner, clock):
        pass

    def is_at_work(self):
        return False


class HandKeeper:
    """Comes when it is called, and otherwise when the test says `turn()`."""

    was_asked = False

    def __init__(self, owner, clock):
        self.owner = owner

    def is_at_work(self):
        self.was_asked = True
        return True

    def call(self):
        self.turn()

    def turn(self):
        return self.owner.tend()


class Clerk:
    """Clerk's Backend API with a clock: answers what it is told, and keeps a record."""

    def __init__(self, *kids):
        self.now = 1000.0
        self.requests = []
        self.headers = None
        self.publish(*(kids or ("a",)))

    def publish(self, *kids, **headers):
        """Hand out these keys; `max_age=60` says for how long they are fresh."""
        self.say(200, {"keys": [jwk(kid) for kid in kids]}, **headers)

    def say(self, status, document, **headers):
        body = (
            document if isinstance(document, bytes) else json.dumps(document).encode()
        )
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answer = lambda: Answer(status, named, body)

    def be_down(self):
        def refuse():
            raise NoAnswer("Refused.")

        self.answer = refuse

    def clock(self):
        return self.now

    def transport(self, method, url, headers, body):
        self.requests.append((method, url, body))
        self.headers = headers
        return self.answer()

    def backend(self, **options):
        return JwksBackend(
            "https://api.clerk.test",
            "v1",
            SECRET,
            **{
                "clock": self.clock,
                "now": lambda: self.now + 1_700_000_000,
                "transport": self.transport,
                "jitter": lambda: 1,
                "keeper": NoKeeper,
                **options,
            },
        )

    def kept_backend(self, **options):
        """A backend, and its keeper, whose turn comes when the test says so."""
        keepers = []

        def make(owner, clock):
            keepers.append(HandKeeper(owner, clock))
            return keepers[-1]

        return self.backend(keeper=make, **options), keepers[0]


def unavailable(backend, kid="a"):
    with pytest.raises(KeysUnavailable) as caught:
        backend.find_key(kid)
    return caught.value


def is_found(backend, kid="a"):
    try:
        return backend.find_key(kid).kid == kid
    except KeyNotFound:
        return False


class Gate:
    """A request that is answered when the test says so."""

    def __init__(self, clerk):
        self.asked, self.open = threading.Event(), threading.Event()
        answer = clerk.answer

        def wait_and_answer():
            self.asked.set()
            assert self.open.wait(30)
            return answer()

        clerk.answer = wait_and_answer


def in_threads(count, function):
    results = []
    threads = [
        threading.Thread(target=lambda: results.append(function()), daemon=True)
        for _ in range(count)
    ]
    for thread in threads:
        thread.start()
    return threads, results


def join(threads):
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()


def exit_status_of_child(check):
    """Fork, run `check` in the child and tell how it went."""
    child = os.fork()
    if not child:
        try:
            os._exit(0 if check() else 1)
        finally:
            os._exit(2)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
