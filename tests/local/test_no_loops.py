"""The handshake loop is impossible, whatever cookies a browser starts with.

Every starting combination goes through redirects as a browser does them, between an
application behind the middleware and a local Clerk beside it.
"""

import json
from io import BytesIO
from itertools import product
from urllib.parse import urljoin, urlsplit

import pytest
from forging import private_key
from local_clerk import NOW, Clock, local_clerk
from two_sites import MANNERS, site

from clerk_wsgi.local.clients import open_client
from clerk_wsgi.local.sessions import (
    end_session,
    sign_in,
    sign_out,
)
from clerk_wsgi.local.signing import SigningKey

ORIGINS = {
    "development": "http://127.0.0.1:4747",
    "production": "http://app.shop.localhost:4747",
}
MOST_ROUND_TRIPS = 3
OTHER_KEY = SigningKey("ins_other", private_key("b"))

SESSIONS = ("none", "valid", "expired", "forged", "other instance", "garbage")
UATS = {"none": None, "0": "0", "past": str(NOW), "future": str(NOW + 10_000)}
REFRESHES = ("none", "good", "bad")
BROWSERS = ("none", "good", "unknown")
FLAVOURS = ("plain", "suffixed", "both")
HANDSHAKES = ("none", "stale")
COUNTERS = (None, "2", "3")
STARTS = tuple(
    product(SESSIONS, UATS, REFRESHES, BROWSERS, FLAVOURS, HANDSHAKES, COUNTERS)
)

AT_CLERK = ("signed in", "signed out", "revoked", "may not enter")


class World:
    """A site, its Clerk, and somebody who once signed in there."""

    def __init__(self, manner, at_clerk):
        self.origin = ORIGINS[manner]
        self.clock = Clock()
        self.local = local_clerk(self.clock, manner=manner, **MANNERS[manner])
        self.path = "/orgs/lighthouse" if at_clerk == "may not enter" else "/page"
        state = self.local.state
        client = open_client(state)
        # Emmy is in no organization.
        self.session = sign_in(state, client, "user_emmy")
        self.clock.now += 300
        if at_clerk == "signed out":
            sign_out(state, client)
        if at_clerk == "revoked":
            end_session(state, self.session["id"], "revoked")
        self.browser = state.need("client", client["id"])["_token"]
        self.app = site(self.local, self.origin, self.clock)
        self.tokens = {name: self.token(name) for name in SESSIONS}

    def token(self, name):
        if name in ("none", "garbage"):
            return {"none": "", "garbage": "garbage"}[name]
        key = self.local.keys.current
        claims = self.local.issuer.session_claims(self.session, self.origin)
        if name == "expired":
            past = {each: claims[each] - 120 for each in ("iat", "nbf", "exp")}
            return key.sign({**claims, **past})
        if name == "forged":
            return SigningKey(key.kid, private_key("b")).sign(claims)
        if name == "other instance":
            return OTHER_KEY.sign({**claims, "iss": "https://clerk.other.example"})
        return key.sign(claims)

    def cookies(self, session, uat, refresh, browser, flavour, handshake, counter):
        """The jar that a browser starts with."""
        suffix = self.local.settings.suffix
        names = {"plain": [""], "suffixed": [f"_{suffix}"]}
        endings = names.get(flavour, ["", f"_{suffix}"])
        known = {"none": "", "good": self.browser, "unknown": "dvb_nobody"}[browser]
        refreshes = {"none": "", "good": self.session["_refresh_token"], "bad": "bad"}
        jar = {
            f"__refresh_{suffix}": refreshes[refresh],
            "__clerk_handshake_nonce": "stale" if handshake == "stale" else "",
            "__clerk_redirect_count": counter,
            "__client": known if self.local.settings.is_production else "",
        }
        for ending in endings:
            jar[f"__session{ending}"] = self.tokens[session]
            jar[f"__client_uat{ending}"] = UATS[uat]
            if not self.local.settings.is_production:
                jar[f"__clerk_db_jwt{ending}"] = known
        return {name: value for name, value in jar.items() if value}

    def visit(self, jar):
        """Where a browser with these cookies ends, and how often it was at Clerk."""
        url, asked = urljoin(self.origin, self.path), 0
        for _ in range(4 * MOST_ROUND_TRIPS):
            status, headers, body = self.get(url, jar)
            for name, value in headers:
                if name == "Set-Cookie":
                    keep(jar, value)
            if status != 307:
                assert status == 200, (status, url, body)
                assert urlsplit(url).path == self.path
                return json.loads(body), asked
            url = urljoin(url, dict(headers)["Location"])
            asked += "/client/handshake" in url
        raise AssertionError("round in circles")

    def get(self, url, jar):
        """One request for a page; made by hand, since there are so many of them."""
        parts = urlsplit(url)
        mounted = parts.path.startswith("/__clerk/")
        environ = {
            "REQUEST_METHOD": "GET",
            "SCRIPT_NAME": "",
            "PATH_INFO": parts.path,
            "QUERY_STRING": parts.query,
            "SERVER_NAME": parts.hostname,
            "SERVER_PORT": str(parts.port),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": parts.netloc,
            "HTTP_ACCEPT": "text/html",
            "HTTP_SEC_FETCH_DEST": "document",
            "HTTP_COOKIE": "; ".join(
                f"{name}={value}"
                for name, value in jar.items()
                if mounted or name != "__client"
            ),
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(),
            "wsgi.errors": BytesIO(),
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "wsgi.version": (1, 0),
        }
        answered = []
        body = self.app(environ, lambda *started: answered.append(started))
        try:
            text = b"".join(body)
        finally:
            getattr(body, "close", int)()
        status, headers, *_ = answered[-1]
        return int(status.split()[0]), headers, text


def keep(jar, cookie):
    name, _, value = cookie.partition(";")[0].partition("=")
    if "Max-Age=0" in cookie:
        jar.pop(name, None)
    else:
        jar[name] = value


@pytest.fixture(
    scope="module",
    params=product(ORIGINS, AT_CLERK),
    ids=lambda each: f"{each[0]}-{each[1].replace(' ', '-')}",
)
def world(request):
    return World(*request.param), request.param[1]


def is_certain(session, uat, refresh, browser, flavour, handshake, counter):
    """Does nothing stand in the way of finding out that somebody is signed in?

    Cookies with a suffix do not count without their `__client_uat`.
    """
    is_dated = uat in ("past", "future")
    asks = session in ("valid", "expired") or (session == "none" and is_dated)
    counts = flavour != "suffixed" or is_dated
    return asks and counts and (browser, handshake, counter) == ("good", "none", None)


@pytest.mark.parametrize("session", SESSIONS)
def test_every_browser_comes_to_rest(world, session):
    world, at_clerk = world
    is_signed_in = at_clerk in ("signed in", "may not enter")
    for start in (each for each in STARTS if each[0] == session):
        jar = world.cookies(*start)
        told, asked = world.visit(jar)
        assert asked <= MOST_ROUND_TRIPS, start
        assert told["status"] in ("signed-in", "signed-out"), start
        assert told["org"] is None
        if told["status"] == "signed-in":
            assert is_signed_in or session == "valid", start
        if is_signed_in and is_certain(*start):
            assert told["status"] == "signed-in", start
            again, asked = world.visit(jar)
            assert asked <= (at_clerk == "may not enter") * MOST_ROUND_TRIPS, start
            assert again["status"] == "signed-in", start
