"""Sessions, browsers, tokens and their templates, by the Backend API."""

import hmac
from base64 import urlsafe_b64encode

import pytest
from local_api import LocalApi, ids
from local_clerk import NOW, local_clerk

from clerk_wsgi import ConfigurationError
from clerk_wsgi.core.token_types import SESSION_CATEGORY, TEMPLATE_CATEGORY
from clerk_wsgi.core.tokens import parse_token
from clerk_wsgi.core.verification import verify_signature
from clerk_wsgi.local import LocalClerk
from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.clients import open_client
from clerk_wsgi.local.handshakes import keep_handshake
from clerk_wsgi.local.sessions import SESSION_SECONDS, sign_in
from clerk_wsgi.local.sign_in_tokens import (
    create_actor_token,
    create_sign_in_token,
    take_sign_in_token,
    take_token,
)

DAY = 24 * 60 * 60


@pytest.fixture
def session(api):
    return api.post("/v1/sessions", {"user_id": "user_ada"})


def test_a_session_is_made_for_tests(api, session):
    assert (session["status"], session["user_id"]) == ("active", "user_ada")
    assert api.get(f"/v1/sessions/{session['id']}") == session
    assert api.get("/v1/users/user_ada")["last_sign_in_at"] == NOW * 1000
    body = {"user_id": "user_ada", "active_organization_id": "org_rowers"}
    made = api.post("/v1/sessions", body)
    assert made["last_active_organization_id"] == "org_rowers"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, (422, "form_param_missing")),
        ({"user_id": "user_x"}, (404, "resource_not_found")),
        (
            {"user_id": "user_emmy", "active_organization_id": "org_rowers"},
            (404, "resource_not_found"),
        ),
    ],
)
def test_a_session_is_refused_in_clerks_words(api, body, expected):
    assert api.refusal("POST", "/v1/sessions", body) == expected
    assert api.get("/v1/sessions?paginated=true")["total_count"] == 0


def test_sessions_are_found(api, clock, session):
    other = api.post("/v1/sessions", {"user_id": "user_grace"})
    assert ids(api.get("/v1/sessions")) == [other["id"], session["id"]]
    assert ids(api.get("/v1/sessions?user_id=user_ada")) == [session["id"]]
    client = f"/v1/sessions?client_id={other['client_id']}&paginated=true"
    assert api.get(client)["total_count"] == 1
    assert api.post(f"/v1/sessions/{other['id']}/revoke")["status"] == "revoked"
    assert api.post(f"/v1/sessions/{other['id']}/revoke")["status"] == "revoked"
    assert ids(api.get("/v1/sessions?status=active")) == [session["id"]]
    clock.now += SESSION_SECONDS
    assert api.get(f"/v1/sessions/{session['id']}")["status"] == "expired"
    assert ids(api.get("/v1/sessions?status=expired")) == [session["id"]]


def test_a_session_gets_a_token(api, session):
    found = api.post(f"/v1/sessions/{session['id']}/tokens")
    token = parse_token(found["jwt"])
    assert found["object"] == "token"
    assert token.header["cat"] == SESSION_CATEGORY
    assert (token.claims["sid"], token.claims["exp"]) == (session["id"], NOW + 60)
    assert "azp" not in token.claims
    verify_signature(token, api.local.keys.current.verification_key)
    long = {"expires_in_seconds": 3600}
    token = parse_token(api.post(f"/v1/sessions/{session['id']}/tokens", long)["jwt"])
    assert token.claims["exp"] == NOW + 3600


@pytest.mark.parametrize("seconds", [29, 315_360_001, "60", True, 60.5])
def test_a_token_lives_neither_too_short_nor_too_long(api, session, seconds):
    path = f"/v1/sessions/{session['id']}/tokens"
    assert api.refusal("POST", path, {"expires_in_seconds": seconds})[0] == 422


def test_a_session_that_has_ended_gets_no_token(api, session):
    path = f"/v1/sessions/{session['id']}"
    api.post(f"{path}/revoke")
    assert api.refusal("POST", f"{path}/tokens") == (404, "resource_not_found")
    assert api.refusal("POST", "/v1/sessions/x/tokens") == (404, "resource_not_found")


def test_a_template_shapes_a_token(api, session):
    claims = {"aud": "db", "email": "{{user.primary_email_address}}", "n": [1]}
    made = api.post("/v1/jwt_templates", {"name": "db", "claims": claims})
    assert (made["lifetime"], made["allowed_clock_skew"]) == (60, 5)
    path = f"/v1/sessions/{session['id']}/tokens/db"
    token = parse_token(api.post(path)["jwt"])
    assert token.header["cat"] == TEMPLATE_CATEGORY
    assert token.claims["email"] == "ada@example.com"
    assert "sid" not in token.claims
    one = f"/v1/jwt_templates/{made['id']}"
    api.patch(one, {"lifetime": 90, "claims": {"x": "{{org.slug}}"}})
    token = parse_token(api.post(path)["jwt"])
    assert (token.claims["exp"], token.claims["x"]) == (NOW + 90, None)
    long = parse_token(api.post(path, {"expires_in_seconds": 120})["jwt"])
    assert long.claims["exp"] == NOW + 120
    assert ids(api.get("/v1/jwt_templates")) == [made["id"]]
    assert api.get("/v1/jwt_templates?paginated=true")["total_count"] == 1
    assert api.delete(one)["deleted"]
    assert api.refusal("POST", path) == (404, "resource_not_found")


def test_another_service_may_share_a_key(api, session):
    key = {"custom_signing_key": True, "signing_key": "k" * 32}
    body = {"name": "db", "claims": {}, **key, "signing_algorithm": "HS256"}
    made = api.post("/v1/jwt_templates", body)
    assert "signing_key" not in made
    text = api.post(f"/v1/sessions/{session['id']}/tokens/db")["jwt"]
    signed, _, signature = text.rpartition(".")
    expected = hmac.digest(b"k" * 32, signed.encode(), "sha256")
    assert signature == urlsafe_b64encode(expected).rstrip(b"=").decode()
    one = f"/v1/jwt_templates/{made['id']}"
    assert api.patch(one, {"custom_signing_key": False})["signing_algorithm"] == "RS256"
    token = parse_token(api.post(f"/v1/sessions/{session['id']}/tokens/db")["jwt"])
    verify_signature(token, api.local.keys.current.verification_key)


BAD_TEMPLATES = [
    ({}, (422, "form_param_missing")),
    ({"name": "a b"}, (422, "form_param_format_invalid")),
    ({"name": "old"}, (422, "form_already_exists")),
    ({"name": "x", "claims": []}, (422, "form_param_type_invalid")),
    ({"name": "x", "claims": {"sub": "me"}}, (400, "jwt_template_reserved_claim")),
    ({"name": "x", "lifetime": 29}, (422, "form_param_value_invalid")),
    ({"name": "x", "allowed_clock_skew": 301}, (422, "form_param_value_invalid")),
    (
        {"name": "x", "custom_signing_key": True},
        (422, "form_conditional_param_missing"),
    ),
    (
        {
            "name": "x",
            "custom_signing_key": True,
            "signing_key": "x",
            "signing_algorithm": "RS256",
        },
        (422, "form_param_unknown"),
    ),
]


@pytest.mark.parametrize(("body", "expected"), BAD_TEMPLATES, ids=str)
def test_a_template_is_refused_in_clerks_words(api, body, expected):
    api.post("/v1/jwt_templates", {"name": "old"})
    assert api.refusal("POST", "/v1/jwt_templates", body) == expected
    made = api.post("/v1/jwt_templates", {"name": "mine"})
    if expected[1] != "form_param_missing":
        one = f"/v1/jwt_templates/{made['id']}"
        assert api.refusal("PATCH", one, body) == expected


def test_seeds_have_templates_and_machines():
    seeds = {
        "jwt_templates": [{"name": "db", "claims": {"a": 1}, "lifetime": 300}],
        "machines": [
            {"id": "mch_db", "name": "Database"},
            {"id": "mch_api", "name": "API", "scoped_machines": ["mch_db"]},
        ],
    }
    api = LocalApi(local_clerk(seeds=seeds))
    assert api.get("/v1/jwt_templates/db")["lifetime"] == 300
    machine = api.get("/v1/machines/mch_api")
    assert ids(machine["scoped_machines"]) == ["mch_db"]


BAD_SEEDS = [
    {"jwt_templates": [{"name": "a b"}]},
    {"jwt_templates": [{"claims": {}}]},
    {"machines": [{"name": "a", "scoped_machines": ["mch_x"]}]},
    {"machines": [{"id": "mch_1", "name": "a"}, {"id": "mch_1", "name": "b"}]},
    {"users": [{"id": "user_1", "username": "a"}, {"id": "user_1"}]},
    {"organizations": [{"id": "org_1", "name": "a"}, {"id": "org_1", "name": "b"}]},
]


@pytest.mark.parametrize("seeds", BAD_SEEDS, ids=str)
def test_seeds_that_cannot_be_are_refused(seeds):
    with pytest.raises(ConfigurationError, match=next(iter(seeds))):
        LocalClerk(seeds)


def test_browsers_are_told_of(api, session):
    state = api.local.state
    client = open_client(state)
    mine = sign_in(state, client, "user_grace")
    told = api.get(f"/v1/clients/{client['id']}")
    assert told["session_ids"] == [mine["id"]]
    assert told["sessions"][0]["id"] == mine["id"]
    assert not any(each.startswith("_") for each in told["sessions"][0])
    assert api.post("/v1/clients/verify", {"token": client["_token"]}) == told
    assert api.get("/v1/clients?paginated=true&limit=1")["total_count"] == 2
    assert len(api.get("/v1/clients")) == 2
    refused = api.refusal("POST", "/v1/clients/verify", {"token": "x"})
    assert refused == (404, "resource_not_found")


def test_a_handshake_is_told_once_and_for_a_minute(api, clock):
    nonce = keep_handshake(api.local.state, ["a=b"])
    path = f"/v1/clients/handshake_payload?nonce={nonce}"
    assert api.get(path) == {"directives": ["a=b"]}
    assert api.refusal("GET", path) == (404, "resource_not_found")
    nonce = keep_handshake(api.local.state, ["a=b"])
    clock.now += 60
    assert api.refusal("GET", path[:-32] + nonce) == (404, "resource_not_found")


def code_of(refused):
    return refused.value.error_code


def test_a_sign_in_token_is_good_once(api, clock):
    made = api.post("/v1/sign_in_tokens", {"user_id": "user_ada"})
    assert (made["status"], made["object"]) == ("pending", "sign_in_token")
    assert made["url"].startswith("http://127.0.0.1:4747/sign-in?__clerk_ticket=")
    state = api.local.state
    assert made["token"] not in str(state.records.find("sign_in_token"))
    assert take_sign_in_token(state, made["token"])["id"] == "user_ada"
    with pytest.raises(ApiError) as refused:
        take_sign_in_token(state, made["token"])
    assert code_of(refused) == "sign_in_token_already_used_code"
    refusal = api.refusal("POST", f"/v1/sign_in_tokens/{made['id']}/revoke")
    assert refusal == (400, "sign_in_token_cannot_be_revoked_code")


def test_a_sign_in_token_is_revoked_or_over(api, clock):
    state = api.local.state
    made = api.post("/v1/sign_in_tokens", {"user_id": "user_ada"})
    told = api.post(f"/v1/sign_in_tokens/{made['id']}/revoke")
    assert told["status"] == "revoked"
    with pytest.raises(ApiError) as refused:
        take_sign_in_token(state, made["token"])
    assert code_of(refused) == "sign_in_token_revoked_code"
    _, token = create_sign_in_token(state, "user_ada", expires_in_seconds=60)
    clock.now += 60
    with pytest.raises(ApiError) as refused:
        take_sign_in_token(state, token)
    assert code_of(refused) == "ticket_expired_code"
    with pytest.raises(ApiError) as refused:
        take_sign_in_token(state, "nonsense")
    assert code_of(refused) == "ticket_invalid_code"
    refusal = api.refusal("POST", "/v1/sign_in_tokens", {"user_id": "user_x"})
    assert refusal == (404, "resource_not_found")


def test_an_actor_signs_in_as_somebody_else(api):
    body = {"user_id": "user_ada", "actor": {"sub": "user_grace", "_why": "help"}}
    made = api.post("/v1/actor_tokens", {**body, "expires_in_seconds": 60})
    assert made["actor"] == body["actor"]
    assert made["status"] == "pending"
    state = api.local.state
    assert take_token(state, "actor_token", made["token"])["user_id"] == "user_ada"
    _, token = create_actor_token(state, "user_ada", {"sub": "user_grace"})
    kept = take_token(state, "actor_token", token)
    assert kept["_session_seconds"] == 1800
    again = api.post("/v1/actor_tokens", body)
    told = api.post(f"/v1/actor_tokens/{again['id']}/revoke")
    assert told["status"] == "revoked"
    body = {"user_id": "user_ada", "actor": {}}
    refused = api.refusal("POST", "/v1/actor_tokens", body)
    assert refused == (422, "form_param_missing")


def test_a_testing_token_is_good_for_an_hour(api):
    made = api.post("/v1/testing_tokens")
    assert made["expires_at"] == (NOW + 3600) * 1000
    assert made["token"]
