"""Whoever verifies a token asks once more where its key's name may be another's now."""

from dataclasses import replace

import pytest
from clerk_requests import Headers
from clerk_tokens import (
    PEM,
    PUBLISHABLE_KEY,
    bearer,
    cookie_header,
    mint,
    signed_in_cookies,
)
from forging import HEADER, NOW, compact, vector_keys

from clerk_wsgi.backends.pem import PemBackend
from clerk_wsgi.core.authenticate import authenticate
from clerk_wsgi.core.errors import KeysUnavailable
from clerk_wsgi.core.options import Options
from clerk_wsgi.core.ports import Ports
from clerk_wsgi.core.request import RequestView

OPTIONS = Options.read({"publishable_key": PUBLISHABLE_KEY, "jwt_key": PEM}, {})
OLD, NEW = (
    PemBackend(vector_keys()[pair]["public_key_pem_spki"]).find_key(None)
    for pair in ("a", "b")
)
MACHINE = {"sub": "mch_1", "sid": ..., "jti": "mt_1", "scopes": "a"}
CLIENT = {"sub": "user_1", "sid": ..., "jti": "oat_1", "client_id": "c", "scope": "a"}


def by_cookie(pair):
    return {"Cookie": cookie_header(signed_in_cookies(mint(key=pair)))}


def by_handshake(pair):
    """The session within is signed by the same key, and asks a second time."""
    told = [f"__session={mint(key=pair)}; Path=/", f"__client_uat={NOW - 100}; Path=/"]
    token = compact(HEADER, {"handshake": told}, pair)
    return {"Cookie": f"__clerk_handshake={token}"}


PATHS = {
    "session in a header": lambda pair: bearer(mint(key=pair)),
    "session in a cookie": by_cookie,
    "machine": lambda pair: bearer(mint(MACHINE, {"cat": "cl_B7d4PD333AAA"}, key=pair)),
    "OAuth": lambda pair: bearer(mint(CLIENT, {"typ": "at+jwt"}, key=pair)),
    "handshake": by_handshake,
}


def view(headers):
    return RequestView(
        method="GET",
        headers=Headers({name.lower(): value for name, value in headers.items()}),
        path_info="/",
        host="app.example.com",
        scheme="https",
    )


def ask(headers, **ports):
    return authenticate(view(headers), OPTIONS, world(**ports), "any")


def world(**ports):
    usual = Ports(
        now=lambda: NOW * 1000,
        find_key=lambda kid: OLD,
        remembered={},
        warn=lambda said: None,
    )
    return usual._replace(**ports)


class Renewed:
    """Says that the name has got the new key, and remembers who asked."""

    def __init__(self):
        self.asked = []

    def __call__(self, kid, than):
        self.asked.append((kid, than))
        return NEW


@pytest.fixture
def renewed():
    return Renewed()


@pytest.mark.parametrize("path", PATHS)
def test_a_token_of_the_key_that_has_the_name_now_is_good(path, renewed):
    state = ask(PATHS[path]("b"), find_other_key=renewed)
    assert state.status == "signed-in"
    assert renewed.asked
    assert all(asked == (HEADER["kid"], OLD) for asked in renewed.asked)


@pytest.mark.parametrize("path", PATHS)
def test_a_good_signature_asks_nobody(path, renewed):
    assert ask(PATHS[path]("a"), find_other_key=renewed).status == "signed-in"
    assert renewed.asked == []


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("other", [None, OLD, NEW], ids=["none", "same", "another"])
def test_a_token_of_neither_is_nobodys(path, other):
    state = ask(PATHS[path]("c"), find_other_key=lambda kid, than: other)
    assert state.status == "signed-out"


@pytest.mark.parametrize("path", PATHS)
def test_a_backend_that_knows_no_others_is_not_asked(path):
    assert ask(PATHS[path]("b")).status == "signed-out"


@pytest.mark.parametrize("path", ["session in a header", "session in a cookie"])
def test_nobody_can_tell_while_it_is_being_found_out(path):
    def find(kid, than):
        raise KeysUnavailable("unexpected-error", "", retry_after=1)

    state = ask(PATHS[path]("b"), find_other_key=find)
    assert (state.reason, state.retry_after) == ("unexpected-error", 1)


@pytest.mark.parametrize("path", PATHS)
def test_a_backend_that_breaks_then_signs_nobody_in_and_is_reported(path):
    def find(kid, than):
        raise LookupError

    heard = []
    state = ask(PATHS[path]("b"), find_other_key=find, report=heard.append)
    assert state.status == "signed-out"
    assert [type(each) for each in heard] == [LookupError]


@pytest.mark.parametrize(
    ("claims", "header"),
    [({"exp": NOW - 60}, {}), ({}, {"alg": "RS384"}), ({"azp": "https://x.test"}, {})],
    ids=["expired", "another algorithm", "another party"],
)
def test_what_is_wrong_besides_the_signature_asks_nobody(claims, header, renewed):
    options = replace(OPTIONS, authorized_parties=("https://app.example.com",))
    ports = world(find_other_key=renewed)
    request = view(bearer(mint(claims, header)))
    assert authenticate(request, options, ports).status == "signed-out"
    assert renewed.asked == []


def test_the_new_key_judges_all_the_rest_as_well(renewed):
    expired = mint({"exp": NOW - 60}, key="b")
    state = ask(bearer(expired), find_other_key=renewed)
    assert state.status == "signed-out"
    assert state.reason.startswith("session-token-expired")


def test_a_new_key_is_remembered_with_its_tokens(renewed):
    """Until everybody has the new key, the old one is no reason to believe a token."""
    remembered = {}
    token = mint(key="b")
    ask(bearer(token), find_other_key=renewed, remembered=remembered)
    assert remembered[token].key == NEW
    state = ask(bearer(token), remembered=remembered)
    assert state.status == "signed-out"
