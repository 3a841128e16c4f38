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

    def settle(self, headers):
        """Ask until the headers are kept."""
        for _ in range(2):
            assert self.ask(**headers).status == "signed-in"
        assert any("\n" in text for text in self.written)


@pytest.fixture
def world():
    return World()


@pytest.fixture
def cookies():
    return {"cookie": cookie_header(signed_in_cookies())}


@pytest.fixture
def bearer():
    return {"authorization": f"Bearer {mint()}"}


@pytest.mark.parametrize("carrier", ["cookies", "bearer"])
def test_a_token_is_verified_once_and_its_headers_are_kept_when_they_return(
    world, carrier, request
):
    headers = request.getfixturevalue(carrier)
    first = world.ask(**headers)
    assert [text.count(".") for text in world.written] == [2]
    again = [world.ask(**headers) for _ in range(3)]
    assert all(state.session is first.session for state in again)
    assert len(world.written) == 2
    assert "\n" in world.written[1]


def test_an_expired_session_is_not_recalled(world, cookies):
    world.settle(cookies)
    world.now += 66_000
    assert world.ask(**cookies).reason != "session-token-missing"
    assert world.ask(**cookies).status == "signed-out"


def test_a_session_of_the_future_is_not_recalled(world, cookies):
    world.settle(cookies)
    world.now -= 6_000
    assert world.ask(**cookies).reason == "session-token-nbf"


TIMES = {"by nbf": {"nbf": NOW, "iat": NOW - 9}, "by iat": {"nbf": NOW - 9, "iat": NOW}}


@pytest.mark.parametrize("claims", TIMES.values(), ids=TIMES)
def test_the_later_of_both_times_counts(world, claims):
    bearer = {"authorization": f"Bearer {mint(claims)}"}
    world.settle(bearer)
    world.now -= 6_000
    assert world.ask(**bearer).status == "signed-out"


def test_a_key_that_is_gone_ends_the_session(world, cookies):
    world.settle(cookies)
    world.key = KeyNotFound()
    assert world.ask(**cookies).reason == "jwk-kid-mismatch"


def test_another_key_under_the_same_name_ends_the_session(world, cookies):
    world.settle(cookies)
    world.key = OTHER_KEY
    assert world.ask(**cookies).status == "signed-out"


def test_without_keys_nobody_is_sure(world, cookies):
    world.settle(cookies)
    world.key = KeysUnavailable("unexpected-error", "", retry_after=7)
    state = world.ask(**cookies)
    assert (state.status, state.retry_after) == ("signed-out", 7)


@pytest.mark.parametrize(
    "query", ["__clerk_handshake=x", "%5F_clerk_handshake=x", "a=1&__clerk_handshake=x"]
)
def test_a_handshake_in_the_query_is_looked_at_each_time(world, cookies, query):
    world.settle(cookies)
    warned = []
    world.ports = world.ports._replace(warn=warned.append)
    world.ask(query, **cookies)
    assert warned


def test_headers_with_a_handshake_are_never_remembered(world):
    cookie = cookie_header(signed_in_cookies()) + "; __clerk_handshake=x"
    for _ in range(3):
        assert world.ask(cookie=cookie).status == "signed-in"
    assert not any("\n" in text for text in world.written)


def test_a_visitor_from_elsewhere_is_not_waved_through(world, cookies):
    world.settle(cookies)
    state = world.ask(
        referer="https://other.example/", **{"sec-fetch-dest": "document"}, **cookies
    )
    assert state.reason == "primary-domain-cross-origin-sync"


def test_another_audience_does_not_share_the_memory_of_a_token(world, cookies):
    """Memory belongs to one set of options: here the headers carry the difference."""
    world.ask(**cookies)
    world.ask(**cookies)
    other = {"cookie": cookies["cookie"] + "; theme=dark"}
    assert world.ask(**other).status == "signed-in"
    assert len([text for text in world.written if "\n" in text]) == 2
