"""The Backend API of a local Clerk, in the shapes that Clerk's SDKs read."""

import json
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from browsing import api_transport
from forging import mint, private_key
from local_clerk import NOW, ORIGIN, SECRET_KEY, Clock, clerk_browser, local_clerk

from clerk_wsgi.backends.keys import read_key_set
from clerk_wsgi.backends.pem import read_pem
from clerk_wsgi.core.tokens import parse_token
from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.issuing import Issuer
from clerk_wsgi.local.renewal import Renewal
from clerk_wsgi.local.seeds import SEEDS
from clerk_wsgi.local.signing import SigningKey
from clerk_wsgi.local.store import Store

DAY = 24 * 60 * 60


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def local(clock):
    return local_clerk(clock)


@pytest.fixture
def ask(local):
    send = api_transport(local)

    def ask(method, path, body=None, key=SECRET_KEY):
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        raw = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        answer = send(method, f"{ORIGIN}{path}", headers, raw)
        assert answer.headers["Content-Type"] == "application/json"
        return answer.status, json.loads(answer.body)

    return ask


@pytest.fixture
def session(local, clock, ask):
    """What a signed-in browser holds: token, refresh token and session id."""
    browser = clerk_browser(local, clock)
    page = browser.request("POST", "/sign-in", {}, fields={"user_id": "user_grace"})
    [dev_browser] = page.location.query["__clerk_db_jwt"]
    query = {"redirect_url": "/", "format": "nonce", "__clerk_db_jwt": dev_browser}
    page = browser.request("GET", f"/v1/client/handshake?{urlencode(query)}")
    [nonce] = page.location.query["__clerk_handshake_nonce"]
    _, found = ask("GET", f"/v1/clients/handshake_payload?nonce={nonce}")
    cookies = dict(e.split(";")[0].split("=", 1) for e in found["directives"])
    token = cookies["__session"]
    refresh = next(v for n, v in cookies.items() if n.startswith("__refresh"))
    return {
        "expired_token": token,
        "refresh_token": refresh,
        "request_origin": ORIGIN,
        "sid": parse_token(token).claims["sid"],
        "dev_browser": dev_browser,
    }


def renew(ask, session, **changed):
    session = {**session, **changed}
    return ask("POST", f"/v1/sessions/{session['sid']}/refresh", session)


def code_of(answer):
    return answer[0], answer[1]["errors"][0]["code"]


def test_the_key_set_is_one_that_our_own_backend_reads(local, ask):
    status, document = ask("GET", "/v1/jwks")
    assert status == 200
    assert list(document["keys"][0]) == ["use", "kty", "kid", "alg", "n", "e"]
    assert read_key_set(document) == {local.key.kid: local.key.verification_key}
    assert read_pem(local.jwt_key) == replace(local.key.verification_key, kid=None)


PATHS = [
    ("GET", "/v1/jwks"),
    ("GET", "/v1/clients/handshake_payload?nonce=x"),
    ("POST", "/v1/sessions/sess_1/refresh"),
    ("GET", "/v1/users/user_ada"),
]


@pytest.mark.parametrize(("method", "path"), PATHS)
@pytest.mark.parametrize(
    "key", ["", "sk_test_other", SECRET_KEY + "x", "é", "sk_live_x"]
)
def test_nothing_is_said_without_the_secret_key(ask, method, path, key):
    status, document = ask(method, path, key=key)
    assert status == 401
    [error] = document["errors"]
    assert error["code"] == "clerk_key_invalid"
    assert error["message"].startswith("The provided Clerk Secret Key is invalid.")
    assert set(error) == {"code", "message", "long_message", "meta"}
    assert document["clerk_trace_id"]


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/v1/users/user_nobody", (404, "resource_not_found")),
        ("GET", "/v1/nothing", (404, "resource_not_found")),
        ("GET", "/v1/clients/handshake_payload", (404, "resource_not_found")),
        ("DELETE", "/v1/jwks", (405, "method_not_allowed")),
        ("GET", "/v1/sessions/sess_1/refresh", (405, "method_not_allowed")),
        ("GET", "/v1/users/%00%ff", (404, "resource_not_found")),
    ],
)
def test_what_is_not_there_is_said_in_clerks_words(ask, method, path, expected):
    assert code_of(ask(method, path)) == expected


def test_a_user_has_every_field_that_sdks_insist_on(ask):
    status, user = ask("GET", "/v1/users/user_ada")
    assert status == 200
    assert user["object"] == "user"
    assert user["public_metadata"] == {"role": "admin"}
    assert user["created_at"] == NOW * 1000
    [email] = user["email_addresses"]
    assert email["email_address"] == "ada@example.com"
    assert email["id"] == user["primary_email_address_id"]
    assert "password" not in user


def test_a_session_is_renewed_with_cookies(ask, session, clock):
    clock.now += 300
    status, document = renew(ask, session, format="cookie")
    assert (status, document["object"]) == (200, "cookies")
    cookies = dict(each.split(";")[0].split("=", 1) for each in document["cookies"])
    claims = parse_token(cookies["__session"]).claims
    assert (claims["sid"], claims["iat"]) == (session["sid"], NOW + 300)
    assert claims["fva"] == [5, -1]
    assert cookies["__client_uat"] == str(NOW)


def test_a_session_is_renewed_with_a_token(ask, session):
    status, document = renew(ask, session)
    assert (status, document["object"]) == (200, "token")
    assert parse_token(document["jwt"]).claims["azp"] == ORIGIN


def forged(local, **claims):
    given = {"azp": ORIGIN, "jti": "jti_1", "iat": NOW, **claims}
    return local.key.sign({n: v for n, v in given.items() if v is not ...})


TOKENS = [
    ({"azp": ...}, "expired_session_token_missing_azp"),
    ({"azp": "http://localhost"}, "refresh_request_origin_azp_mismatch"),
    ({"sid": ...}, "expired_session_token_missing_sid"),
    ({"sid": "sess_other"}, "refresh_sid_mismatch"),
    ({"iat": ...}, "session_refresh_expired_session_token_missing_iat"),
    ({"iat": "x"}, "session_refresh_cannot_determine_session_token_age"),
    ({"iat": [1]}, "session_refresh_cannot_determine_session_token_age"),
    ({"iat": NOW - DAY - 1}, "session_refresh_expired_session_token_too_old"),
]


@pytest.mark.parametrize(("claims", "code"), TOKENS)
def test_a_token_that_says_too_little_is_not_renewed(local, ask, session, claims, code):
    token = forged(local, **{"sid": session["sid"], **claims})
    assert code_of(renew(ask, session, expired_token=token)) == (401, code)


ASKED = [
    ({"request_origin": "nonsense"}, "refresh_request_origin_invalid"),
    ({"request_origin": None}, "refresh_request_origin_invalid"),
    ({"expired_token": "a.b.c"}, "expired_session_token_invalid"),
    ({"expired_token": {}}, "expired_session_token_invalid"),
    ({"expired_token": mint()}, "expired_session_token_missing_azp"),
    ({"expired_token": mint()[:-8] + "AAAAAAAA"}, "expired_session_token_invalid"),
    ({"request_origin": "http://localhost"}, "refresh_request_origin_azp_mismatch"),
    ({"sid": "sess_other"}, "refresh_sid_mismatch"),
    ({"refresh_token": "other"}, "refresh_token_not_found"),
    ({"refresh_token": None}, "refresh_token_not_found"),
]


@pytest.mark.parametrize(("changed", "code"), ASKED)
def test_what_does_not_fit_is_not_renewed(ask, session, changed, code):
    assert code_of(renew(ask, session, **changed)) == (401, code)


def test_a_token_is_renewed_once_and_a_little_longer(ask, session, clock):
    assert renew(ask, session)[0] == 200
    clock.now += 9
    assert renew(ask, session)[0] == 200
    clock.now += 2
    assert code_of(renew(ask, session)) == (
        401,
        "session_refresh_expired_session_token_consumed",
    )


def test_a_session_that_nobody_knows_is_not_renewed(local, ask, session):
    token = forged(local, sid="sess_other")
    answer = renew(ask, session, sid="sess_other", expired_token=token)
    assert code_of(answer) == (401, "session_refresh_session_not_found")


def test_an_ended_session_is_not_renewed(local, clock, ask, session):
    browser = clerk_browser(local, clock)
    browser.keep(f"__clerk_db_jwt={session['dev_browser']}; Path=/", "/")
    browser.request("POST", "/sign-out", {}, fields={})
    assert code_of(renew(ask, session)) == (401, "session_refresh_inactive_session")


def test_a_session_is_over_after_a_day(ask, session, clock):
    clock.now += DAY
    assert code_of(renew(ask, session)) == (401, "session_refresh_inactive_session")


def test_a_session_of_a_user_who_is_gone_is_not_renewed():
    store = Store(lambda: NOW)
    people = replace(SEEDS, users=())
    key = SigningKey("ins_1", private_key("a"))
    issuer = Issuer(key, people, url="u", suffix="s", clock=lambda: NOW)
    client = store.sign_in(store.open_client(), "user_gone")
    known = store.session_of(client)
    token = key.sign({"azp": ORIGIN, "sid": known.id, "iat": NOW, "jti": "jti_1"})
    asked = {"expired_token": token, "refresh_token": known.refresh_token}
    renewal = Renewal({**asked, "request_origin": ORIGIN}, known.id, store, issuer)
    with pytest.raises(ApiError) as refused:
        renewal.granted()
    assert refused.value.error_code == "session_refresh_user_not_found"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"[" * 60_000, b"nul"])
def test_a_body_that_is_no_object_is_refused(ask, body):
    answer = ask("POST", "/v1/sessions/sess_1/refresh", body)
    assert code_of(answer) == (400, "request_body_invalid")


def test_a_body_has_an_end(ask):
    answer = ask("POST", "/v1/sessions/sess_1/refresh", b'"' + b"x" * 70_000)
    assert code_of(answer) == (413, "request_body_too_large")


def test_the_seeds_fit_together():
    for organization in SEEDS.organizations:
        assert all(map(SEEDS.find_user, organization.members))
        assert set(organization.members.values()) <= set(organization.roles)
        named = {p.split(":")[0] for ps in organization.roles.values() for p in ps}
        assert named <= set(organization.features)
