"""Auth: what it tells a developer, and what belongs to whom."""

import json
from wsgiref.validate import validator

import pytest
from clerk_tokens import PEM, PUBLISHABLE_KEY, bearer, epoch_ms, mint
from webtest import TestApp

from clerk_wsgi import ClerkMiddleware, auth, get_auth, reverification_response

SECRET = "sk_live_abcdefghijklmnop"
KEYS = {"publishable_key": PUBLISHABLE_KEY, "jwt_key": PEM, "clock": epoch_ms}


class Machines:
    """Clerk, as far as it knows opaque tokens."""

    def __init__(self):
        self.calls = []

    def verify_machine_token(self, token_type, text):
        self.calls.append(text)
        return {"id": "ak_1", "subject": "user_7", "claims": {"plan": {"name": "pro"}}}

    def renew(self, renewal):
        raise AssertionError

    exchange_nonce = renew


@pytest.fixture
def machines():
    return Machines()


@pytest.fixture
def ask(machines):
    """What a view gets for a question, asked with these headers."""

    def ask(question, headers=()):
        told = []

        def app(environ, start_response):
            told.append(question(environ))
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [b"ok"]

        wrapped = ClerkMiddleware(app, secret_key=SECRET, api=machines, **KEYS)
        TestApp(validator(wrapped)).get("/page?token=x", headers=dict(headers))
        return told[0]

    return ask


def test_debug_says_why_and_shows_no_secret(ask):
    token = mint()
    said = ask(lambda environ: auth().debug(), bearer(token))
    assert (said["status"], said["user_id"]) == ("signed-in", "user_1")
    assert said["session_token"] == said["token_in_header"] == token[:7]
    assert said["url"] == "http://localhost/page"
    for hidden in (token, SECRET, PEM):
        assert hidden not in json.dumps(said)


def test_debug_of_nobody(ask):
    said = ask(lambda environ: auth().debug())
    assert said["reason"] == "session-token-and-uat-missing"
    assert said["session_token"] == ""


def test_every_way_of_asking_gives_the_same(ask):
    def question(environ):
        return auth().user_id, get_auth(environ).user_id

    assert ask(question, bearer(mint())) == ("user_1", "user_1")


def test_a_request_without_an_environ_is_a_mistake():
    with pytest.raises(TypeError, match=r"An environ, .* not str .*req\.env"):
        get_auth("request")


def test_an_opaque_token_costs_nothing_until_somebody_asks(ask, machines):
    assert ask(lambda environ: auth().user_id, bearer("ak_secret")) is None
    assert machines.calls == []

    def question(environ):
        return auth(accepts_token="api_key").user_id

    assert ask(question, bearer("ak_secret")) == "user_7"
    assert machines.calls == ["ak_secret"]


def test_a_machines_claims_are_the_callers_own(ask):
    def question(environ):
        asked = auth(accepts_token="any")
        asked.claims["plan"]["name"] = "changed"
        return asked.claims

    assert ask(question, bearer("ak_secret")) == {"plan": {"name": "pro"}}


def test_a_type_that_is_none_is_a_mistake(ask):
    with pytest.raises(ValueError, match="no token type 'apikey'"):
        ask(lambda environ: auth(accepts_token="apikey"))


def test_who_has_to_prove_themselves_again_is_told_so():
    answer = reverification_response("strict")
    assert (answer.status_code, answer.mimetype) == (403, "application/json")
    assert answer.json["clerk_error"]["reason"] == "reverification-error"
    assert answer.json["clerk_error"]["metadata"]["reverification"] == "strict"
    assert reverification_response().json["clerk_error"]["metadata"] == {}
