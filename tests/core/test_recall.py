"""The same headers again: one verification, and still every question that counts."""

from dataclasses import replace

import pytest
from clerk_requests import Headers
from clerk_tokens import PEM, PUBLISHABLE_KEY, cookie_header, mint, signed_in_cookies
from forging import NOW

from clerk_wsgi.backends.pem import PemBackend
from clerk_wsgi.core.authenticate import authenticate
from clerk_wsgi.core.errors import KeyNotFound, KeysUnavailable
from clerk_wsgi.core.options import Options
from clerk_wsgi.core.ports import Ports
from clerk_wsgi.core.request import RequestView

KEY = PemBackend(PEM).find_key(None)
OTHER_KEY = replace(KEY, algorithm="RS384")


class World:
    """A clock, keys and a memory, and how often each was asked."""

    def __init__(self):
        self.now = NOW * 1000
        self.key = KEY
        self.written = []
        world = self

        class Memory(dict):
            def __setitem__(self, text, verified):
                world.written.append(text)
                super().__setitem__(text, verified)

        self.ports = Ports(
            now=lambda: self.now,
            find_key=self.find_key,
            remembered=Memory(),
            warn=lambda said: None,
        )
        self.options = Options.read(
            {"publishable_key": PUBLISHABLE_KEY, "jwt_key": PEM}, {}
        )

    def find_key(self, kid):
        if isinstance(self.key, Exception):
            raise self.key
        return self.key

    def ask(self, query="", **headers):
        request = RequestView(
            method="GET",
            headers=Headers(headers),
            path_info="/",
            query_string=query,
            host="app.example.com",
            scheme="https",
        )
        return authenticate(request, self.options, self.ports, "any")


@pytest.fixture
def world():
    return World()


@pytest.fixture
def cookies():
    return {"cookie": cookie_header(signed_in_cookies())}


def test_the_second_time_nothing_is_verified(world, cookies):
    first = world.ask(**cookies)
    written = list(world.written)
    assert world.ask(**cookies).session == first.session
    assert world.written == written


def test_a_bearer_is_remembered_too(world):
    headers = {"authorization": f"Bearer {mint()}"}
    world.ask(**headers)
    written = list(world.written)
    assert world.ask(**headers).status == "signed-in"
    assert world.written == written


def test_an_expired_session_is_not_recalled(world, cookies):
    world.ask(**cookies)
    world.now += 66_000
    assert world.ask(**cookies).reason != "session-token-missing"
    assert world.ask(**cookies).status == "signed-out"


def test_a_session_of_the_future_is_not_recalled(world, cookies):
    world.ask(**cookies)
    world.now -= 6_000
    assert world.ask(**cookies).reason == "session-token-nbf"


def test_a_key_that_is_gone_ends_the_session(world, cookies):
    world.ask(**cookies)
    world.key = KeyNotFound()
    assert world.ask(**cookies).reason == "jwk-kid-mismatch"


def test_another_key_under_the_same_name_ends_the_session(world, cookies):
    world.ask(**cookies)
    world.key = OTHER_KEY
    assert world.ask(**cookies).status == "signed-out"


def test_without_keys_nobody_is_sure(world, cookies):
    world.ask(**cookies)
    world.key = KeysUnavailable("unexpected-error", "", retry_after=7)
    state = world.ask(**cookies)
    assert (state.status, state.retry_after) == ("signed-out", 7)


@pytest.mark.parametrize(
    "query", ["__clerk_handshake=x", "%5F_clerk_handshake=x", "a=1&__clerk_handshake=x"]
)
def test_a_handshake_in_the_query_is_looked_at_each_time(world, cookies, query):
    world.ask(**cookies)
    warned = []
    world.ports = world.ports._replace(warn=warned.append)
    world.ask(query, **cookies)
    assert warned


def test_headers_with_a_handshake_are_never_remembered(world):
    cookie = cookie_header(signed_in_cookies()) + "; __clerk_handshake=x"
    assert world.ask(cookie=cookie).status == "signed-in"
    assert not any("\n" in text for text in world.written)


def test_a_visitor_from_elsewhere_is_not_waved_through(world, cookies):
    world.ask(**cookies)
    state = world.ask(
        referer="https://other.example/", **{"sec-fetch-dest": "document"}, **cookies
    )
    assert state.reason == "primary-domain-cross-origin-sync"


def test_another_audience_does_not_share_the_memory_of_a_token(world, cookies):
    """Memory belongs to one set of options: here the headers carry the difference."""
    world.ask(**cookies)
    other = {"cookie": cookies["cookie"] + "; theme=dark"}
    assert world.ask(**other).status == "signed-in"
    assert len([text for text in world.written if "\n" in text]) == 2
