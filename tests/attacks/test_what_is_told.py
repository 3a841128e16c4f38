"""Nothing that somebody could sign in with, or that is private, is told to anybody."""

import json
import logging
from types import SimpleNamespace

import pytest
from attacked_site import Clerk, browse, guarded
from clerk_tokens import API, ORIGIN, PAGE, PEM, PUBLISHABLE_KEY, bearer, mint
from forging import HEADER, NOW, compact, vector_keys
from webhook_posts import event, signed
from webtest import TestApp

from clerk_wsgi import ConfigurationError, auth, current_user
from clerk_wsgi.backends.http import NoAnswer
from clerk_wsgi.backends.jwks import JwksBackend
from clerk_wsgi.backends.resources import read_resource
from clerk_wsgi.cli.demo_pages import dashboard
from clerk_wsgi.core.options import Options
from clerk_wsgi.revocation_endpoint import RevocationEndpoint

MARKUP = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'\u2028\u2029"


@pytest.mark.parametrize("odd", [MARKUP, "x" * 1_000_000 + MARKUP], ids=["it", "a MB"])
def test_jc_17_no_claim_becomes_markup_on_a_page_of_ours(odd):
    claims = {"sub": odd, "org_slug": odd, "metadata": {odd[-90:]: [odd]}}
    who = SimpleNamespace(
        session_claims=claims,
        **dict.fromkeys(("user_id", "session_id", "org_slug", "org_role"), odd),
        has=lambda **asked: False,
    )
    page = dashboard(who, None, odd)
    assert "<script" not in page
    assert "<img" not in page
    assert page.count("&lt;/script&gt;") > 5


PRIVATE = "for-our-eyes-only"


def test_lk_07_what_is_private_of_a_user_is_not_told_of_them():
    """Pages, the debug object, events and what prints a user all leave it out."""
    said = {"id": "user_1", "object": "user", "private_metadata": {"x": PRIVATE}}
    user = read_resource(said)
    heard = []

    def site(environ, start_response):
        mine = current_user()
        assert mine.private_metadata == {"x": PRIVATE}
        start_response("200 OK", [("Content-Type", "text/html")])
        told = [repr(mine), json.dumps(auth().debug()), dashboard(auth(), mine, "/")]
        return [" ".join(told).encode()]

    users = SimpleNamespace(get=lambda user_id: user)
    calls = ("renew", "exchange_nonce", "verify_machine_token")
    api = SimpleNamespace(client=SimpleNamespace(users=users), **dict.fromkeys(calls))
    browser = browse(site, api=api, on_event=heard.append)
    answer = browser.get("/", headers=bearer(mint()), status=200)
    assert "user_1" in answer.text
    assert PRIVATE not in answer.text + str(answer.headerlist)
    assert heard
    assert PRIVATE not in repr(heard)


CANARY = "c4n4ry"
SECRETS = {
    "secret_key": f"sk_live_{CANARY}secretkey0000000000000000",
    "machine_secret_key": f"ak_{CANARY}machine000000000000000000",
    "encryption_key": f"{CANARY}encryption00000000000000000000",
    "store_url": f"redis://:{CANARY}password@127.0.0.1:1",
    "jwt_key": vector_keys()["c"]["public_key_pem_spki"],
}
BODY_OF_PEM = SECRETS["jwt_key"].splitlines()[1]
WEBHOOK_SECRET = "whsec_" + "YzRuNHJ5LXdlYmhvb2stc2VjcmV0LTAwMDA="
UNTOLD = (CANARY, BODY_OF_PEM, WEBHOOK_SECRET[6:])


def failing():
    """Requests that fail in different ways, and the token in each."""
    tokens = {
        "forged": mint(key="b"),
        "expired": mint({"exp": NOW - 99}),
        "early": mint({"nbf": NOW + 99}),
        "of another key": mint(header={"kid": "ins_x"}),
        "of a template": mint(header={"cat": "cl_B7d4PD222AAA"}),
        "of nobody": mint({"sub": ...}),
        "of no session": mint({"sid": ...}),
        "of another party": mint({"azp": "https://evil.com"}),
        "cut off": mint()[:-9],
        "no JSON": compact(HEADER, b"{" + CANARY.encode()),
        "too long": mint({"x": "y" * 9000}),
    }
    for name, token in tokens.items():
        cookie = f"__session={token}; __client_uat={NOW - 100}"
        yield name, token, bearer(token)
        yield name, token, {"Cookie": cookie}
        yield name, token, {"Cookie": f"__clerk_handshake={token}"}
        yield name, token, {"Cookie": f"{cookie}; __refresh={token}"}
    yield "an API key", "ak_" + "q" * 40, bearer("ak_" + "q" * 40)


def tail(token):
    return token[-30:]


def keyless():
    """A site that fetches keys and does not get any."""
    clerk = Clerk()
    secret = SECRETS["secret_key"]

    def unreachable(*_):
        raise NoAnswer("Nobody answers.")

    for transport in (clerk, unreachable):
        yield JwksBackend(
            "https://api.clerk.com",
            "v1",
            secret,
            clock=lambda: 1.0,
            transport=transport,
        )


@pytest.mark.parametrize("is_page", [True, False], ids=["pages", "API"])
def test_no_failure_tells_a_token_or_a_secret(is_page, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    options = {k: v for k, v in SECRETS.items() if k not in ("store_url", "jwt_key")}
    options["authorized_parties"] = [ORIGIN]
    heard, tried = [], 0
    for backend in keyless():
        browser = browse(
            backend=backend, jwt_key="", debug=True, on_event=heard.append, **options
        )
        for name, token, headers in failing():
            sent = (PAGE if is_page else API) | headers
            answer = browser.get("/private", headers=sent, status="*")
            tried += 1
            assert answer.status_int in (307, 404, 503), name
            told = " ".join(v for n, v in answer.headerlist if not handed(n, v))
            told += answer.text + caplog.text + repr(heard)
            assert not any(each in told for each in (*UNTOLD, tail(token))), name
            caplog.clear()
    assert tried == 90
    assert len(heard) >= tried
    assert not any(each in "".join(capfd.readouterr()) for each in UNTOLD)


def handed(name, value):
    """A handshake hands the token to Clerk itself."""
    clerks = "https://clerk.example.com/v1/client/handshake?"
    return name == "Location" and value.startswith(clerks)


@pytest.mark.parametrize("option", [each for each in SECRETS if each != "jwt_key"])
@pytest.mark.parametrize("wrong", ["\u20ac", "\n", " "], ids=ascii)
def test_a_secret_that_cannot_be_used_is_not_told(option, wrong):
    secret = SECRETS[option] + wrong + CANARY
    given = {
        "publishable_key": PUBLISHABLE_KEY,
        "secret_key": "sk_live_1",
        "jwt_key": PEM,
    }
    try:
        app = guarded(**(given | {option: secret, "jwt_key": ""}))
    except ConfigurationError as error:
        told = str(error) + repr(error.__context__) + repr(error.__cause__)
    else:
        told = repr(app) + repr(vars(app))
    assert CANARY not in told


@pytest.mark.parametrize("option", ["publishable_key", "api_url", "proxy_url"])
def test_a_secret_in_the_place_of_something_else_is_not_told(option):
    with pytest.raises(ConfigurationError) as caught:
        guarded(**{option: SECRETS["secret_key"]})
    assert CANARY not in str(caught.value)


def test_nothing_that_holds_secrets_shows_them():
    options = Options.read({"publishable_key": PUBLISHABLE_KEY, **SECRETS}, {})
    app = guarded(**{**SECRETS, "store_url": "memory://"})
    holders = [options, options.told, app, vars(app), *keyless(), endpoint()]
    told = " ".join(map(repr, holders))
    assert not any(each in told for each in UNTOLD)


def endpoint():
    return RevocationEndpoint(
        signing_secret=WEBHOOK_SECRET, clock=lambda: NOW * 1000, env={}
    )


@pytest.mark.parametrize("change", [b"", b" ", b"x", b"{}"])
def test_a_refused_webhook_tells_no_secret(change, caplog):
    caplog.set_level(logging.DEBUG)
    body, headers = signed(event("session.ended", {"id": CANARY}, NOW), NOW)
    browser = TestApp(endpoint())
    answer = browser.post("/", body + change, headers=headers, status=400)
    said = answer.text + str(answer.headerlist) + caplog.text
    assert not any(each in said for each in UNTOLD)
    assert headers["Svix-Signature"] not in said
