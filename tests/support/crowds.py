"""More tokens and tenants than a process may keep: what they leave in its memory."""

import gc
import random
import tracemalloc
import weakref
from typing import NamedTuple

from clerk_server import environ_for
from clerk_tokens import PUBLISHABLE_KEY, SESSION, bearer, epoch_ms, mint
from forging import HEADER, as_bytes, encode, vector_keys

from clerk_wsgi import ClerkMiddleware, VerificationKey, auth
from clerk_wsgi.core.keys import build_publishable_key

PEMS = [vector_keys()[name]["public_key_pem_spki"] for name in "ab"]
SIGNATURE = encode(bytes(256))


def site(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(auth().user_id).encode()]


def visit(app, headers):
    environ = environ_for("/", headers, **{"wsgi.url_scheme": "http"})
    body = app(environ, lambda *_: None)
    try:
        return b"".join(body).decode()
    finally:
        getattr(body, "close", lambda: None)()


class AnySignature:
    """A key that takes every signature: signing a million tokens would take an hour."""

    def verify(self, *_):
        pass


class Trusting:
    """A new key for each token: those that are still remembered can be counted."""

    def __init__(self):
        self.held = weakref.WeakSet()

    def find_key(self, kid):
        self.held.add(key := AnySignature())
        return VerificationKey(key)


def unsigned(number):
    claims = {**SESSION, "sid": f"sess_{number}", "sub": f"user_{number}"}
    head = encode(as_bytes(HEADER))
    return f"{head}.{encode(as_bytes(claims))}.{SIGNATURE}"


class Visitors:
    """Each comes once, with a good token that nobody has seen before."""

    def __init__(self):
        self.keys = Trusting()
        self.app = ClerkMiddleware(
            site, publishable_key=PUBLISHABLE_KEY, backend=self.keys, clock=epoch_ms
        )

    def come(self, number):
        assert visit(self.app, bearer(unsigned(number))) == f"user_{number}"


def grown(act, things):
    """Bytes more after the act was done to each of the things."""
    gc.collect()
    tracemalloc.start()
    try:
        for thing in things:
            act(thing)
        gc.collect()
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


class Crowd(NamedTuple):
    """How many visits there were, and how many saw another than they should."""

    visits: int
    wrong: int


def options_of(request):
    """A tenant for each host; its number is in the name, its key one of two."""
    number = int(request.url.host.split(".")[0][1:])
    key = build_publishable_key(f"clerk.t{number}.example.com")
    return {"publishable_key": key, "jwt_key": PEMS[number % 2]}


def tenants(count, seed="tenants"):
    """Everybody comes to every tenant, in any order, and is known where they belong."""
    app = ClerkMiddleware(
        site, options=options_of, backend="pem", clock=epoch_ms, encryption_key="k" * 32
    )
    tokens = [mint({"sub": f"user_{key}"}, key=key) for key in "ab"]
    numbers = list(range(count))
    random.Random(seed).shuffle(numbers)
    wrong = 0
    for number in numbers:
        for key, token in enumerate(tokens):
            known = f"user_{'ab'[key]}" if key == number % 2 else "None"
            host = {"Host": f"t{number}.example.com"}
            wrong += visit(app, host | bearer(token)) != known
    return Crowd(len(numbers) * len(tokens), wrong)
