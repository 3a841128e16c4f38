"""API keys, machines and OAuth applications, by the Backend API."""

import pytest
from local_api import LocalApi, ids
from local_clerk import NOW, local_clerk

from clerk_wsgi.core.token_types import M2M_CATEGORY
from clerk_wsgi.core.tokens import parse_token
from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.api_keys import create_api_key, verify_api_key
from clerk_wsgi.local.m2m import create_m2m_token, verify_m2m_token
from clerk_wsgi.local.machines import create_machine
from clerk_wsgi.local.oauth_applications import create_oauth_application
from clerk_wsgi.local.oauth_tokens import (
    create_oauth_token,
    revoke_oauth_token,
    verify_oauth_token,
)

GONE = (404, "resource_not_found")
KEYLESS = (401, "clerk_key_invalid")


ROOTS = ["", "/v1"]


@pytest.mark.parametrize("root", ROOTS)
def test_an_api_key_is_made_shown_and_verified(api, root):
    given = {
        "name": "CI",
        "subject": "user_ada",
        "scopes": ["read"],
        "claims": {"_a": 1},
        "description": "d",
        "created_by": "user_ada",
        "seconds_until_expiration": 60.0,
    }
    status, made = api.ask("POST", f"{root}/api_keys", given)
    assert status == 201
    assert (made["claims"], made["scopes"]) == ({"_a": 1}, ["read"])
    assert made["expiration"] == (NOW + 60) * 1000
    secret = made.pop("secret")
    assert secret.startswith("ak_")
    one = f"{root}/api_keys/{made['id']}"
    assert api.get(one) == made
    assert api.get(f"{one}/secret") == {"secret": secret}
    used = api.post(f"{root}/api_keys/verify", {"secret": secret})
    assert used == {**made, "last_used_at": NOW * 1000}


def test_an_api_key_of_an_organization_changes(api):
    made, _ = create_api_key(api.local.state, "org_rowers", "Bot")
    one = f"/api_keys/{made['id']}"
    changed = {"scopes": ["a"], "claims": None, "seconds_until_expiration": 60}
    told = api.patch(one, {**changed, "subject": None, "description": "x"})
    assert (told["scopes"], told["subject"]) == (["a"], "org_rowers")
    assert told["expiration"] == (NOW + 60) * 1000
    assert api.patch(one, {"seconds_until_expiration": None})["expiration"] is None
    assert api.patch(one, {"subject": "user_ada"})["subject"] == "user_ada"
    refused = api.refusal("PATCH", one, {"subject": "user_x"})
    assert refused == (422, "form_resource_not_found")


@pytest.mark.parametrize(
    "body",
    [
        {"name": "x", "subject": "user_x"},
        {"name": "x", "subject": "mch_1"},
        {"name": "x", "subject": "nonsense"},
    ],
)
def test_an_api_key_is_somebodys(api, body):
    refused = api.refusal("POST", "/api_keys", body)
    assert refused == (422, "form_resource_not_found")


def test_an_api_key_that_is_good_no_longer_is_not_verified(api, clock):
    state = api.local.state
    revoked, first = create_api_key(state, "user_ada", "first")
    _, second = create_api_key(state, "user_ada", "2nd", seconds_until_expiration=60)
    gone, third = create_api_key(state, "user_ada", "third")
    _, orphan = create_api_key(state, "user_emmy", "orphan")
    told = api.post(f"/api_keys/{revoked['id']}/revoke", {"revocation_reason": "lost"})
    assert (told["revoked"], told["revocation_reason"]) == (True, "lost")
    assert api.delete(f"/api_keys/{gone['id']}") == {
        "id": gone["id"],
        "object": "api_key",
        "deleted": True,
    }
    assert verify_api_key(state, second)
    clock.now += 60
    api.delete("/v1/users/user_emmy")
    for secret in (first, second, third, orphan, "ak_nonsense", "\ud800"):
        with pytest.raises(ApiError):
            verify_api_key(state, secret)
    refused = api.refusal("POST", "/api_keys/verify", {"secret": first})
    assert refused == GONE
    assert api.get("/api_keys?subject=user_ada")["total_count"] == 0
    listed = api.get("/api_keys?subject=user_ada&include_invalid=true&query=ND")
    assert [each["expired"] for each in listed["data"]] == [True]
    assert api.refusal("GET", "/api_keys") == (400, "missing_query_parameter")


@pytest.fixture
def machines(api):
    """Two machines and their keys; the first may talk to the second."""
    state = api.local.state
    second, second_key = create_machine(state, "db", identity="mch_db")
    first, first_key = create_machine(state, "api", scoped_machines=[second["id"]])
    return first, first_key, second, second_key


def test_a_machine_is_made_changed_and_forgotten(api):
    made = api.post("/v1/machines", {"name": "api", "default_token_ttl": 60})
    key = made.pop("secret_key")
    one = f"/v1/machines/{made['id']}"
    assert api.get(one) == made
    secret = {"object": "machine_secret_key", "secret": key}
    assert api.get(f"{one}/secret_key") == secret
    assert api.patch(one, {"name": "app"})["name"] == "app"
    other = api.post("/v1/machines", {"name": "b", "scoped_machines": [made["id"]]})
    assert ids(other["scoped_machines"]) == [made["id"]]
    assert ids(api.get("/v1/machines?order_by=name&query=APP")) == [made["id"]]
    assert api.delete(one) == {"id": made["id"], "object": "machine", "deleted": True}
    assert api.get(f"/v1/machines/{other['id']}")["scoped_machines"] == []
    assert api.refusal("DELETE", one) == GONE


def test_a_machine_may_talk_to_another(api, machines):
    first, _, second, _ = machines
    path = f"/v1/machines/{second['id']}/scopes"
    made = api.post(path, {"to_machine_id": first["id"]})
    assert (made["from_machine_id"], made["to_machine_id"]) == ("mch_db", first["id"])
    refused = api.refusal("POST", path, {"to_machine_id": first["id"]})
    assert refused == (422, "form_already_exists")
    assert api.delete(f"{path}/{first['id']}")["deleted"]
    assert api.refusal("DELETE", f"{path}/{first['id']}") == GONE
    assert api.refusal("POST", path, {"to_machine_id": "mch_x"}) == GONE
    many = {"name": "x", "scoped_machines": ["mch_db"] * 151}
    assert api.post("/v1/machines", many)["scoped_machines"], "each counts once"


def test_a_machine_has_so_many_scopes_and_no_more(api):
    state = api.local.state
    made = [create_machine(state, str(n))[0]["id"] for n in range(151)]
    refused = api.refusal(
        "POST", "/v1/machines", {"name": "x", "scoped_machines": made}
    )
    assert refused == (422, "form_param_array_size_exceeded")


def test_a_machines_key_is_replaced(api, clock, machines):
    first, old, _, _ = machines
    path = f"/v1/machines/{first['id']}/secret_key/rotate"
    new = api.post(path, {"previous_token_ttl": 60})["secret"]
    assert api.post("/m2m_tokens", key=old)
    assert api.post("/m2m_tokens", key=new)
    clock.now += 60
    assert api.refusal("POST", "/m2m_tokens", key=old) == KEYLESS
    newest = api.post(path, {"previous_token_ttl": 0})["secret"]
    assert api.refusal("POST", "/m2m_tokens", key=new) == KEYLESS
    assert api.post("/m2m_tokens", key=newest)
    api.post(path, {"previous_token_ttl": 60})
    api.delete(f"/v1/machines/{first['id']}")
    assert api.refusal("POST", "/m2m_tokens", key=newest) == KEYLESS


@pytest.mark.parametrize("root", ROOTS)
@pytest.mark.parametrize("token_format", ["opaque", "jwt"])
def test_a_machine_proves_itself_to_another(api, machines, root, token_format):
    first, key, second, second_key = machines
    body = {"claims": {"job": 7}, "token_format": token_format}
    status, made = api.ask("POST", f"{root}/m2m_tokens", body, key=key)
    assert status == 201
    assert (made["subject"], made["scopes"]) == (first["id"], [second["id"]])
    assert made["expiration"] == (NOW + 3600) * 1000
    asked = {"token": made["token"]}
    for reader in (key, second_key, api.local.secret_key):
        told = api.post(f"{root}/m2m_tokens/verify", asked, key=reader)
        assert {**told, "last_used_at": None} == made
    _, stranger = create_machine(api.local.state, "c")
    verify = f"{root}/m2m_tokens/verify"
    assert api.refusal("POST", verify, asked, key=stranger) == GONE
    api.delete(f"/v1/machines/{first['id']}")
    assert api.refusal("POST", verify, asked) == GONE


def test_a_token_in_jwt_form_says_what_others_read(api, machines):
    first, _, second, _ = machines
    given = {"claims": {"a": 1}, "seconds_until_expiration": 60}
    made, text = create_m2m_token(
        api.local.issuer, first["id"], **given, token_format="jwt"
    )
    token = parse_token(text)
    assert token.header["cat"] == M2M_CATEGORY
    assert token.claims == {
        "a": 1,
        "iss": api.local.settings.issuer,
        "sub": first["id"],
        "jti": made["id"],
        "iat": NOW,
        "nbf": NOW - 10,
        "exp": NOW + 60,
        "aud": [second["id"]],
        "scopes": second["id"],
    }


def test_a_token_is_revoked_or_over(api, clock, machines):
    first, key, _, second_key = machines
    one, two = (api.post("/m2m_tokens", key=key) for _ in range(2))
    revoke = f"/m2m_tokens/{one['id']}/revoke"
    assert api.refusal("POST", revoke, key=second_key) == GONE
    told = api.post(revoke, {"revocation_reason": "lost"}, key=key)
    assert (told["revoked"], told["revocation_reason"]) == (True, "lost")
    listing = f"/m2m_tokens?subject={first['id']}"
    page = api.get(listing, key=key)
    assert (ids(page["m2m_tokens"]), page["total_count"]) == ([two["id"]], 1)
    _, text = create_m2m_token(api.local.issuer, first["id"], token_format="jwt")
    clock.now += 3600
    for token in (one["token"], two["token"], text, text[:-8] + "AAAAAAAA", "mt_x"):
        asked = {"token": token}
        assert api.refusal("POST", "/m2m_tokens/verify", asked, key=key) == GONE
    assert api.get(listing)["total_count"] == 0
    assert api.get(f"{listing}&revoked=true&expired=true")["total_count"] == 2
    assert api.refusal("GET", listing, key=second_key) == (403, "authorization_invalid")
    assert api.refusal("GET", "/m2m_tokens") == (400, "missing_query_parameter")


def test_a_token_that_lives_long_enough_is_handed_out_again(api, clock, machines):
    _, key, _, _ = machines
    wanted = {"min_remaining_ttl_seconds": 600, "claims": {"a": 1}}
    first = api.post("/m2m_tokens", wanted, key=key)
    assert api.post("/m2m_tokens", wanted, key=key) == first
    other = api.post("/m2m_tokens", {**wanted, "claims": {"a": 2}}, key=key)
    assert other["token"] != first["token"]
    clock.now += 3001
    assert api.post("/m2m_tokens", wanted, key=key)["id"] != first["id"]
    too_long = {"min_remaining_ttl_seconds": 3600}
    refused = api.refusal("POST", "/m2m_tokens", too_long, key=key)
    assert refused == (400, "form_param_value_invalid")


def test_a_machines_key_is_good_for_its_tokens_only(api, machines):
    _, key, _, _ = machines
    assert api.refusal("GET", "/v1/users", key=key) == KEYLESS
    assert api.refusal("POST", "/m2m_tokens", key=api.local.secret_key) == KEYLESS
    refused = api.refusal("POST", "/m2m_tokens", {"claims": {"sub": "x"}}, key=key)
    assert refused == (400, "machine_token_reserved_claim")


def test_no_other_token_of_the_instance_is_a_machines(api, machines):
    first, _, _, _ = machines
    forged = {"sub": first["id"], "exp": NOW + 60, "iat": NOW, "jti": "mt_1"}
    foreign = LocalApi(local_clerk(private_key=None)).local.keys.current
    for token in (
        api.local.keys.current.sign(forged),
        foreign.sign(forged, M2M_CATEGORY),
    ):
        with pytest.raises(ApiError):
            verify_m2m_token(api.local.issuer, token)


@pytest.fixture
def application(api):
    return create_oauth_application(api.local.state, "Reader")[0]


def test_an_oauth_application_is_made_changed_and_forgotten(api):
    body = {"name": "Reader", "callback_url": "http://localhost/cb"}
    made = api.post("/v1/oauth_applications", {**body, "scopes": "profile"})
    assert made.pop("client_secret")
    assert made["redirect_uris"] == ["http://localhost/cb"]
    one = f"/v1/oauth_applications/{made['id']}"
    assert api.get(one) == made
    both = {"redirect_uris": ["http://localhost/x"], "callback_url": "http://a/b"}
    assert api.patch(one, both)["callback_url"] == "http://localhost/x"
    assert api.post(f"{one}/rotate_secret")["client_secret"]
    public = api.post("/v1/oauth_applications", {"name": "App", "public": True})
    assert "client_secret" not in public
    listed = api.get("/v1/oauth_applications?order_by=name")
    assert ids(listed) == [public["id"], made["id"]]
    _, token = create_oauth_token(api.local.issuer, made["id"], "user_ada")
    assert api.delete(one)["deleted"]
    path = "/oauth_applications/access_tokens/verify"
    assert api.refusal("POST", path, {"access_token": token}) == GONE


@pytest.mark.parametrize("root", ROOTS)
@pytest.mark.parametrize("token_format", ["opaque", "jwt"])
def test_an_oauth_token_is_verified(api, application, root, token_format):
    made, token = create_oauth_token(
        api.local.issuer,
        application["id"],
        "user_ada",
        scopes=["email"],
        audience=["https://api"],
        token_format=token_format,
    )
    path = f"{root}/oauth_applications/access_tokens/verify"
    told = api.post(path, {"access_token": token})
    assert told == {name: v for name, v in made.items() if not name.startswith("_")}
    assert told == api.post(path, {"secret": token})
    assert (told["subject"], told["scopes"]) == ("user_ada", ["email"])
    assert (told["created_at"], told["aud"]) == (NOW, ["https://api"])
    assert api.refusal("POST", path, {}) == (422, "form_param_missing")


def test_an_oauth_token_in_jwt_form_says_what_others_read(api, application):
    made, text = create_oauth_token(
        api.local.issuer, application["id"], "user_ada", token_format="jwt"
    )
    token = parse_token(text)
    assert token.header["typ"] == "at+jwt"
    assert token.claims == {
        "iss": api.local.settings.issuer,
        "sub": "user_ada",
        "client_id": application["client_id"],
        "scope": "profile email",
        "jti": made["id"],
        "iat": NOW,
        "nbf": NOW - 10,
        "exp": NOW + 24 * 60 * 60,
    }


def test_an_oauth_token_is_revoked_or_over(api, clock, application):
    issuer, state = api.local.issuer, api.local.state

    def give(user="user_ada", **more):
        return create_oauth_token(issuer, application["id"], user, **more)[1]

    first, orphan = give(), give("user_emmy")
    late, jwt = give(lifetime=60), give(lifetime=60, token_format="jwt")
    path = f"/v1/oauth_applications/{application['id']}/revoke_token"
    assert api.post(path, {"token": first}) is None
    other = create_oauth_application(state, "Other")[0]
    path = f"/v1/oauth_applications/{other['id']}/revoke_token"
    assert api.refusal("POST", path, {"token": late}) == GONE
    assert verify_oauth_token(issuer, jwt)
    clock.now += 60
    api.delete("/v1/users/user_emmy")
    for token in (first, late, jwt, orphan, "oat_x", "a.b.c"):
        with pytest.raises(ApiError):
            verify_oauth_token(issuer, token)
    with pytest.raises(ApiError):
        revoke_oauth_token(state, "oat_x")


def test_secrets_are_kept_as_digests_where_nobody_asks_again(api, machines):
    state, issuer = api.local.state, api.local.issuer
    first, _, _, _ = machines
    application, secret = create_oauth_application(state, "Reader")
    given = create_oauth_token(issuer, application["id"], "user_ada")[1]
    opaque = create_m2m_token(issuer, first["id"])[1]
    ticket = api.post("/v1/sign_in_tokens", {"user_id": "user_ada"})["token"]
    for kind, each in (
        ("oauth_application", secret),
        ("oauth_access_token", given),
        ("m2m_token", opaque),
        ("sign_in_token", ticket),
    ):
        assert state.records.find(kind)
        assert each not in str(state.records.find(kind))
