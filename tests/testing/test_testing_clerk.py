"""The Clerk of tests: signing in on every kind of client, and every kind of token."""

import json

import pytest
from django.test import Client as DjangoClient
from flask import Flask
from webtest import TestApp
from werkzeug.test import Client as WerkzeugClient

from clerk_wsgi import ClerkMiddleware, ConfigurationError, auth, get_auth
from clerk_wsgi.core.tokens import parse_token
from clerk_wsgi.testing import Clerk
from clerk_wsgi.testing.clients import with_cookies

SHOWN = ("user_id", "org_slug", "org_role", "org_permissions", "session_claims")
QUESTIONS = {
    "role": "org:admin",
    "permission": "org:reports:read",
    "plan": "pro",
    "feature": "reports",
}


def site(environ, start_response):
    """All that it knows about whoever asks."""
    who = auth()
    told = {name: getattr(who, name) for name in SHOWN}
    told["has"] = [
        name for name, asked in QUESTIONS.items() if who.has(**{name: asked})
    ]
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(told).encode()]


@pytest.fixture
def app(clerk):
    return clerk.middleware(site)


def asked(app, headers):
    client = WerkzeugClient(app, use_cookies=False)
    return client.get("/", headers=headers).json


def on_webtest(app):
    client = TestApp(app)
    return client, lambda: client.get("/").json


def on_werkzeug(app):
    client = WerkzeugClient(app)
    return client, lambda: client.get("/").json


def on_flask(app):
    flask = Flask("site")
    flask.wsgi_app = app
    client = flask.test_client()
    return client, lambda: client.get("/").json


def on_headers(app):
    headers = {"Cookie": "theme=dark"}
    return headers, lambda: asked(app, headers)


CLIENTS = [on_webtest, on_werkzeug, on_flask, on_headers]


@pytest.mark.parametrize("start", CLIENTS)
def test_signing_in_and_out_on_every_client(clerk, app, start):
    client, ask = start(app)
    assert ask()["user_id"] is None
    session = clerk.sign_in(client, "ada@example.com", org="acme", role="org:admin")
    told = ask()
    assert told["user_id"] == session.user.id
    assert (told["org_slug"], told["org_role"]) == ("acme", "org:admin")
    clerk.sign_in(client, "grace@example.com")
    assert ask()["user_id"] not in (None, session.user.id)
    clerk.sign_out(client)
    assert ask()["user_id"] is None


def test_signing_in_on_djangos_client(clerk):
    """Its cookies are a SimpleCookie, which would quote what needs no quotes."""
    client = DjangoClient()
    session = clerk.sign_in(client, "ada@example.com")
    sent = client.cookies.output(header="", attrs=[], sep=";")
    assert asked(clerk.middleware(site), {"Cookie": sent})["user_id"] == session.user.id


def test_a_client_that_keeps_no_cookies_is_named(clerk):
    with pytest.raises(TypeError, match="on a int: it keeps no cookies"):
        clerk.sign_in(7)


def test_other_cookies_of_a_header_stay(clerk):
    assert with_cookies("a=1; b=2;c", {"b": "3"}) == "a=1; b=3; c="


def test_what_somebody_may_do_is_said_in_a_word(clerk, app):
    headers = clerk.headers(
        org="acme", role="org:boss", permissions=["org:reports:read"], plan="pro"
    )
    told = asked(app, headers)
    assert told["org_permissions"] == ["org:reports:read"]
    assert told["has"] == ["permission", "plan", "feature"]


def test_a_user_pays_where_no_organization_does(clerk, app):
    told = asked(app, clerk.headers(plan="pro", features=["reports"]))
    assert told["has"] == ["plan", "feature"]
    assert told["org_slug"] is None


def test_a_role_needs_a_place(clerk):
    with pytest.raises(ConfigurationError, match="need an org"):
        clerk.session(role="org:admin")


def test_claims_are_added_replaced_and_taken_away(clerk, app):
    token = clerk.token(metadata={"role": "admin"}, azp="https://a.example", jti=None)
    claims = parse_token(token).claims
    assert claims["metadata"] == {"role": "admin"}
    assert claims["azp"] == "https://a.example"
    assert "jti" not in claims


def test_the_same_name_is_the_same_user(clerk):
    ada = clerk.user("ada@example.com", first_name="Ada")
    assert clerk.session("ADA@example.com").user.id == ada.id
    assert clerk.session(ada.id).user.id == ada.id
    assert clerk.session(ada).user == ada
    assert clerk.session().user.id != clerk.session().user.id


def test_members_of_an_organization(clerk, app):
    ada, grace = clerk.user("ada@example.com"), clerk.user("grace@example.com")
    acme = clerk.organization("acme", members={ada: "org:admin", grace: "org:member"})
    assert asked(app, clerk.headers(grace, org=acme))["org_role"] == "org:member"
    assert asked(app, clerk.headers(ada, org=acme))["org_role"] == "org:admin"
    assert asked(app, clerk.headers(ada))["org_role"] is None


@pytest.mark.parametrize("kind", ["expired_token", "forged_token"])
def test_bad_tokens_are_nobodys(clerk, app, kind):
    token = getattr(clerk, kind)("ada@example.com")
    assert asked(app, {"Authorization": f"Bearer {token}"})["user_id"] is None
    good = clerk.token("ada@example.com")
    assert asked(app, {"Authorization": f"Bearer {good}"})["user_id"]


def test_time_travel(clerk, app):
    headers = clerk.headers("ada@example.com")
    clerk.clock.shift(50)
    assert asked(app, headers)["user_id"]
    clerk.clock.shift(50)
    assert asked(app, headers)["user_id"] is None


def test_an_expired_cookie_is_renewed_as_in_life(clerk, app):
    client = WerkzeugClient(app)
    session = clerk.sign_in(client, "ada@example.com")
    clerk.clock.shift(600)
    page = {"Accept": "text/html", "Sec-Fetch-Dest": "document"}
    answer = client.get("/", headers=page)
    assert answer.json["user_id"] == session.user.id
    assert any(
        each.startswith("__session=") for each in answer.headers.getlist("Set-Cookie")
    )


def test_an_ended_session_is_not_renewed(clerk, app):
    client = WerkzeugClient(app)
    session = clerk.sign_in(client, "ada@example.com")
    kept = clerk.cookies(session)
    clerk.sign_out(client, session)
    for name, value in kept.items():
        client.set_cookie(name, value)
    clerk.clock.shift(600)
    assert client.get("/", headers={"Accept": "text/html"}).status_code == 307


def test_no_repr_shows_a_token(clerk):
    session = clerk.session("ada@example.com")
    assert session.token not in repr(session)
    assert session.headers["Authorization"].endswith(session.token)


def test_without_pytest(clerk):
    other = Clerk(clerk.local.keys.current.private_key)
    assert asked(other.middleware(site), clerk.headers("ada@example.com"))["user_id"]


def test_options_for_an_application_of_ones_own(clerk):
    def view(environ, start_response):
        start_response("200 OK", [])
        return [(get_auth(environ).user_id or "").encode()]

    client = TestApp(ClerkMiddleware(view, **clerk.options))
    session = clerk.sign_in(client)
    assert client.get("/").text == session.user.id
