"""What ends at Clerk is refused by the application, whatever its token says.

Clerk's own webhooks come to the application's endpoint, within the token's minute.
"""

import pytest
from clerk_server import environ_for
from forging import private_key
from redis_server import wait_until
from webtest import TestApp

from clerk_wsgi import RevocationEndpoint, auth, authenticate_request, verify_token
from clerk_wsgi.backends.http import NoAnswer
from clerk_wsgi.local.webhook_sender import WebhookSender
from clerk_wsgi.local.webhooks import Webhooks
from clerk_wsgi.testing import Clerk

HOOK = "http://127.0.0.1/webhooks/clerk"
REVOKED = "session-token-revoked"
BEFORE, AFTER = 1_800_000_000, 1_800_000_010


@pytest.fixture
def clerk():
    clerk = Clerk(private_key("a"))
    clerk.clock.freeze(BEFORE)
    return clerk


@pytest.fixture
def site(clerk):
    endpoint = RevocationEndpoint(
        signing_secret=clerk.webhook_secret, clock=clerk.clock, env={}
    )

    def app(environ, start_response):
        if environ["PATH_INFO"] == "/webhooks/clerk":
            return endpoint(environ, start_response)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [str(auth().user_id).encode()]

    return TestApp(clerk.middleware(app, {"/in": {}}))


class Line:
    """Between Clerk and the application; may be cut."""

    def __init__(self, site):
        self.site = site
        self.is_cut = False

    def __call__(self, url, headers, body):
        if self.is_cut:
            raise NoAnswer("refused")
        return self.site.post(url, body, headers=headers).status_code


@pytest.fixture
def line(site):
    return Line(site)


@pytest.fixture
def sender(clerk, line):
    """Sends when the test says so, as often as it takes."""
    local = clerk.local
    webhooks = Webhooks(
        local.state, local.settings, HOOK, now=lambda: clerk.clock() / 1000
    )
    sender = WebhookSender(webhooks, line)
    sender.start = lambda: None
    return sender


def is_let_in(site, session):
    answer = site.get("/in", headers=session.headers, expect_errors=True)
    if answer.status_code == 200:
        assert answer.text == session.user.id
        return True
    assert answer.status_code == 404
    assert answer.headers["x-clerk-auth-reason"] == REVOKED
    return False


HAPPENINGS = {
    "the user signs out": lambda clerk, s: clerk.sign_out({}, s),
    "the session is revoked": lambda clerk, s: clerk.api.client.sessions.revoke(
        s.session_id
    ),
    "the user is banned": lambda clerk, s: clerk.api.client.users.ban(s.user.id),
    "the user is locked": lambda clerk, s: clerk.api.client.users.lock(s.user.id),
    "the user is deleted": lambda clerk, s: clerk.api.client.users.delete(s.user.id),
    "the member is removed": lambda clerk, s: (
        clerk.api.client.organizations.delete_membership(s.claims["o"]["id"], s.user.id)
    ),
    "the member gets another role": lambda clerk, s: (
        clerk.api.client.organizations.update_membership(
            s.claims["o"]["id"], s.user.id, role="org:admin"
        )
    ),
    "the organization is deleted": lambda clerk, s: (
        clerk.api.client.organizations.delete(s.claims["o"]["id"])
    ),
}


@pytest.mark.parametrize("happens", HAPPENINGS.values(), ids=HAPPENINGS)
def test_a_token_that_is_good_for_a_minute_is_refused(clerk, site, sender, happens):
    session = clerk.session("ada@example.com", org="acme")
    other = clerk.session("bob@example.com", org="globex")
    sender.deliver()
    clerk.clock.freeze(AFTER)
    assert is_let_in(site, session)
    happens(clerk, session)
    assert is_let_in(site, session), "only Clerk knows yet"
    sender.deliver()
    assert not is_let_in(site, session)
    assert is_let_in(site, other)


def test_who_left_one_organization_stays_in_the_others(clerk, site, sender):
    ada = clerk.user("ada@example.com")
    acme, globex = (clerk.session(ada, org=slug) for slug in ("acme", "globex"))
    alone = clerk.session(ada)
    sender.deliver()
    clerk.clock.freeze(AFTER)
    clerk.api.client.organizations.delete_membership(acme.claims["o"]["id"], ada.id)
    sender.deliver()
    assert [is_let_in(site, each) for each in (acme, globex, alone)] == [
        *(False, True, True)
    ]


def test_who_is_back_is_let_in(clerk, site, sender):
    session = clerk.session("ada@example.com")
    clerk.api.client.users.ban(session.user.id)
    clerk.api.client.users.unban(session.user.id)
    sender.deliver()
    assert not is_let_in(site, session)
    clerk.clock.freeze(AFTER)
    assert is_let_in(site, clerk.session(session.user))


def test_a_webhook_that_did_not_arrive_comes_again(clerk, site, sender, line):
    session = clerk.session("ada@example.com")
    line.is_cut = True
    clerk.api.client.sessions.revoke(session.session_id)
    pause = sender.deliver()
    assert is_let_in(site, session)
    line.is_cut = False
    clerk.clock.shift(pause)
    sender.deliver()
    assert not is_let_in(site, session)


def test_code_outside_of_requests_hears_of_it_and_tokens_stay_what_they_are(
    clerk, site, sender
):
    clerk.clock.resume()  # `authenticate_request` has no other
    session = clerk.session("ada@example.com")
    environ = environ_for("/", session.headers, **{"wsgi.url_scheme": "http"})

    def state():
        return authenticate_request(environ, **clerk.options)

    assert state().status == "signed-in"
    clerk.api.client.sessions.revoke(session.session_id)
    sender.deliver()
    wait_until(lambda: state().status == "signed-out", "it is not told")
    assert state().reason == REVOKED
    key = {"jwt_key": clerk.local.jwt_key}
    assert verify_token(session.token, **key)["sid"] == session.session_id
