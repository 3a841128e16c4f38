"""The Clerk of tests for programs: their keys and tokens, and webhooks."""

import json
from io import BytesIO

import pytest
from werkzeug.test import Client

from clerk_wsgi import WebhookVerificationError, auth, verify_webhook
from clerk_wsgi.core.tokens import parse_token
from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.machines import create_machine
from clerk_wsgi.local.oauth_applications import create_oauth_application

KINDS = ["api_key", "m2m_token", "oauth_token"]
JWT = {"token_format": "jwt"}


def site(environ, start_response):
    """Who asks, if it is a program."""
    who = auth(accepts_token=KINDS)
    names = ("token_type", "subject", "user_id", "org_id", "scopes", "claims")
    told = {name: getattr(who, name, None) for name in names}
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(told, default=list).encode()]


@pytest.fixture
def ask(clerk):
    client = Client(clerk.middleware(site), use_cookies=False)

    def ask(token):
        return client.get("/", headers={"Authorization": f"Bearer {token}"}).json

    return ask


def test_an_api_key_is_its_users(clerk, ask):
    ada = clerk.user("ada@example.com")
    told = ask(clerk.api_key(ada, scopes=["read"], claims={"tier": 1}))
    assert (told["token_type"], told["user_id"]) == ("api_key", ada.id)
    assert (told["scopes"], told["claims"]) == (["read"], {"tier": 1})


@pytest.mark.parametrize("by_id", [True, False], ids=["id", "organization"])
def test_an_api_key_is_its_organizations(clerk, ask, by_id):
    acme = clerk.organization("acme")
    told = ask(clerk.api_key(acme.id if by_id else acme))
    assert (told["org_id"], told["user_id"]) == (acme.id, None)


@pytest.mark.parametrize("subject", [None, "new@example.com"])
def test_an_api_key_of_somebody_new(clerk, ask, subject):
    user_id = ask(clerk.api_key(subject))["user_id"]
    assert clerk.state.records.get("user", user_id)


def test_an_api_key_of_an_organization_that_there_is_not(clerk):
    with pytest.raises(ApiError) as caught:
        clerk.api_key("org_nowhere")
    assert caught.value.code == 422


@pytest.mark.parametrize("given", [{}, JWT], ids=["opaque", "jwt"])
def test_a_machines_token_is_accepted(clerk, ask, given):
    machine, _ = create_machine(clerk.state, "billing")
    told = ask(clerk.m2m_token(machine["id"], **given))
    assert (told["token_type"], told["subject"]) == ("m2m_token", machine["id"])


def test_every_machine_that_is_not_named_is_another(clerk, ask):
    first, second = (ask(clerk.m2m_token())["subject"] for _ in range(2))
    assert first != second


@pytest.mark.parametrize("given", [{}, JWT], ids=["opaque", "jwt"])
def test_an_oauth_token_is_its_users(clerk, ask, given):
    ada = clerk.user("ada@example.com")
    told = ask(clerk.oauth_token("ada@example.com", scopes=["email"], **given))
    assert (told["token_type"], told["user_id"]) == ("oauth_token", ada.id)
    assert told["scopes"] == ["email"]


def test_an_oauth_token_of_an_application_that_is_named(clerk):
    reader, _ = create_oauth_application(clerk.state, "Reader")
    token = clerk.oauth_token(application_id=reader["id"], **JWT)
    said = parse_token(token).claims
    assert said["client_id"] == reader["client_id"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_program_is_nobody_where_people_are_meant(clerk, kind):
    def people_only(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [str(auth().user_id).encode()]

    headers = {"Authorization": f"Bearer {getattr(clerk, kind)()}"}
    client = Client(clerk.middleware(people_only), use_cookies=False)
    assert client.get("/", headers=headers).text == "None"


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_longer_good_is_refused(clerk, ask, kind):
    lasts = "lifetime" if kind == "oauth_token" else "seconds_until_expiration"
    token = getattr(clerk, kind)(**{lasts: 60})
    clerk.clock.shift(61)
    assert ask(token)["subject"] is None


def environ_of(headers, body):
    named = {f"HTTP_{n.upper().replace('-', '_')}": v for n, v in headers.items()}
    return {
        **named,
        "REQUEST_METHOD": "POST",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": BytesIO(body),
    }


def test_a_webhook_is_verified(clerk):
    sent = clerk.webhook("user.deleted", {"id": "user_1", "deleted": True})
    event = verify_webhook(environ_of(*sent), signing_secret=clerk.webhook_secret)
    assert event["type"] == "user.deleted"
    assert event["data"] == {"id": "user_1", "deleted": True}


def test_a_webhook_that_was_changed_on_its_way_is_refused(clerk):
    headers, body = clerk.webhook("user.deleted", {"id": "user_1"})
    changed = environ_of(headers, body.replace(b"user_1", b"user_2"))
    with pytest.raises(WebhookVerificationError):
        verify_webhook(changed, signing_secret=clerk.webhook_secret)


def test_a_webhook_grows_old(clerk):
    sent = clerk.webhook("user.deleted", {"id": "user_1"})
    clerk.clock.shift(301)
    with pytest.raises(WebhookVerificationError):
        verify_webhook(
            environ_of(*sent), signing_secret=clerk.webhook_secret, clock=clerk.clock
        )


def test_a_webhook_changes_nothing(clerk):
    before = clerk.local.webhooks.messages
    clerk.webhook("user.created", {"id": "user_1"})
    assert clerk.local.webhooks.messages == before
    assert clerk.state.records.count("user") == 0
