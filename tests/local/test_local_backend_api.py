"""The calls that authentication itself makes: key set, handshakes, renewal."""

from dataclasses import replace

import pytest
from forging import mint, private_key
from local_clerk import NOW, ORIGIN, SECRET_KEY

from clerk_wsgi.backends.keys import read_key_set
from clerk_wsgi.backends.pem import read_pem
from clerk_wsgi.core.tokens import parse_token
from clerk_wsgi.local.sessions import (
    SESSION_SECONDS,
    create_session,
    delete_user,
    end_session,
)


@pytest.fixture
def session(local):
    """What a signed-in browser holds: token, refresh token and session id."""
    made = create_session(local.state, "user_grace")
    return {
        "expired_token": local.issuer.session_token(made, ORIGIN),
        "refresh_token": made["_refresh_token"],
        "request_origin": ORIGIN,
        "sid": made["id"],
    }


def renew(api, session, **changed):
    session = {**session, **changed}
    return api.ask("POST", f"/v1/sessions/{session['sid']}/refresh", session)


def code_of(answer):
    return answer[0], answer[1]["errors"][0]["code"]


def test_the_key_set_is_one_that_our_own_backend_reads(local, api):
    document = api.get("/v1/jwks")
    assert list(document["keys"][0]) == ["use", "kty", "kid", "alg", "n", "e"]
    key = local.keys.current
    assert read_key_set(document) == {key.kid: key.verification_key}
    assert read_pem(local.jwt_key) == replace(key.verification_key, kid=None)


def test_keys_that_were_replaced_are_handed_out_until_they_are_retired(local, api):
    old, new = local.keys.current, local.keys.rotate(private_key("b"))
    assert [each["kid"] for each in api.get("/v1/jwks")["keys"]] == [old.kid, new.kid]
    local.keys.retire(old.kid)
    assert [each["kid"] for each in api.get("/v1/jwks")["keys"]] == [new.kid]


@pytest.mark.parametrize("path", ["/v1/jwks", "/v1/users/user_ada"])
@pytest.mark.parametrize(
    "key", ["", "sk_test_other", SECRET_KEY + "x", "\xe9", "sk_live_x"]
)
def test_nothing_is_said_without_the_secret_key(api, path, key):
    status, document = api.ask("GET", path, key=key)
    assert status == 401
    [error] = document["errors"]
    assert error["code"] == "clerk_key_invalid"
    assert error["message"].startswith("The provided Clerk Secret Key is invalid.")
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
def test_what_is_not_there_is_said_in_clerks_words(api, method, path, expected):
    assert api.refusal(method, path) == expected


def test_a_session_is_renewed_with_cookies(api, session, clock):
    clock.now += 300
    status, document = renew(api, session, format="cookie")
    assert (status, document["object"]) == (200, "cookies")
    cookies = dict(each.split(";")[0].split("=", 1) for each in document["cookies"])
    claims = parse_token(cookies["__session"]).claims
    assert (claims["sid"], claims["iat"]) == (session["sid"], NOW + 300)
    assert claims["fva"] == [5, -1]
    assert cookies["__client_uat"] == str(NOW)


def test_a_session_is_renewed_with_a_token(api, session):
    status, document = renew(api, session)
    assert (status, document["object"]) == (200, "token")
    assert parse_token(document["jwt"]).claims["azp"] == ORIGIN


def forged(local, **claims):
    given = {"azp": ORIGIN, "jti": "jti_1", "iat": NOW, **claims}
    said = {n: v for n, v in given.items() if v is not ...}
    return local.keys.current.sign(said)


TOKENS = [
    ({"azp": ...}, "expired_session_token_missing_azp"),
    ({"azp": "http://localhost"}, "refresh_request_origin_azp_mismatch"),
    ({"sid": ...}, "expired_session_token_missing_sid"),
    ({"sid": "sess_other"}, "refresh_sid_mismatch"),
    ({"iat": ...}, "session_refresh_expired_session_token_missing_iat"),
    ({"iat": "x"}, "session_refresh_cannot_determine_session_token_age"),
    ({"iat": [1]}, "session_refresh_cannot_determine_session_token_age"),
    (
        {"iat": NOW - SESSION_SECONDS - 1},
        "session_refresh_expired_session_token_too_old",
    ),
]


@pytest.mark.parametrize(("claims", "code"), TOKENS)
def test_a_token_that_says_too_little_is_not_renewed(local, api, session, claims, code):
    token = forged(local, **{"sid": session["sid"], **claims})
    assert code_of(renew(api, session, expired_token=token)) == (401, code)


STRANGE = mint()

ASKED = [
    ({"request_origin": "nonsense"}, "refresh_request_origin_invalid"),
    ({"request_origin": None}, "refresh_request_origin_invalid"),
    ({"expired_token": "a.b.c"}, "expired_session_token_invalid"),
    ({"expired_token": {}}, "expired_session_token_invalid"),
    ({"expired_token": STRANGE}, "expired_session_token_invalid"),
    ({"request_origin": "http://localhost"}, "refresh_request_origin_azp_mismatch"),
    ({"sid": "sess_other"}, "refresh_sid_mismatch"),
    ({"refresh_token": "other"}, "refresh_token_not_found"),
    ({"refresh_token": None}, "refresh_token_not_found"),
]


@pytest.mark.parametrize(("changed", "code"), ASKED)
def test_what_does_not_fit_is_not_renewed(api, session, changed, code):
    assert code_of(renew(api, session, **changed)) == (401, code)


def test_a_token_with_another_signature_is_not_renewed(api, session):
    token = session["expired_token"][:-8] + "AAAAAAAA"
    answer = renew(api, session, expired_token=token)
    assert code_of(answer) == (401, "expired_session_token_invalid")


def test_a_token_is_renewed_once_and_a_little_longer(api, session, clock):
    assert renew(api, session)[0] == 200
    clock.now += 9
    assert renew(api, session)[0] == 200
    clock.now += 2
    assert code_of(renew(api, session)) == (
        401,
        "session_refresh_expired_session_token_consumed",
    )


def test_a_session_that_nobody_knows_is_not_renewed(local, api, session):
    token = forged(local, sid="sess_other")
    answer = renew(api, session, sid="sess_other", expired_token=token)
    assert code_of(answer) == (401, "session_refresh_session_not_found")


def test_an_ended_session_is_not_renewed(local, api, session):
    end_session(local.state, session["sid"], "removed")
    assert code_of(renew(api, session)) == (401, "session_refresh_inactive_session")


def test_a_session_is_over_some_day(api, session, clock):
    clock.now += SESSION_SECONDS
    assert code_of(renew(api, session)) == (401, "session_refresh_inactive_session")


def test_a_session_of_a_user_who_is_gone_is_not_renewed(local, api, session):
    local.state.records.drop("user", "user_grace")
    assert code_of(renew(api, session)) == (401, "session_refresh_user_not_found")


def test_who_is_deleted_is_signed_out(local, api, session):
    delete_user(local.state, "user_grace")
    assert code_of(renew(api, session)) == (401, "session_refresh_inactive_session")


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b"[" * 60_000, b"nul"])
def test_a_body_that_is_no_object_is_refused(api, body):
    refused = api.refusal("POST", "/v1/sessions/sess_1/refresh", body)
    assert refused == (400, "request_body_invalid")


def test_a_body_has_an_end(api):
    body = b'"' + b"x" * 70_000
    refused = api.refusal("POST", "/v1/sessions/sess_1/refresh", body)
    assert refused == (413, "request_body_too_large")
