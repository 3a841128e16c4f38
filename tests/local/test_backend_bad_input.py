"""Whatever is asked of the Backend API, the answer is one of Clerk's."""

import json
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from local_api import LocalApi
from local_clerk import SECRET_KEY, local_clerk

from clerk_wsgi.local.api_keys import create_api_key
from clerk_wsgi.local.machines import create_machine
from clerk_wsgi.local.memberships import find_membership
from clerk_wsgi.local.oauth_applications import create_oauth_application

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
NAMES = (
    *("active_organization_id", "access_token", "actor", "allowed_clock_skew"),
    *("claims", "created_at", "created_by", "custom_signing_key", "description"),
    *("default_token_ttl", "email_address", "expires_in_days", "expires_in_seconds"),
    *("external_id", "first_name", "identifier", "inviter_user_id", "key", "lifetime"),
    *("legal_accepted_at", "max_allowed_memberships", "name", "password"),
    *("password_digest", "password_hasher", "permissions", "phone_number", "primary"),
    *("previous_token_ttl", "primary_email_address_id", "private_metadata"),
    *("public_metadata", "redirect_uris", "redirect_url", "role", "scopes", "secret"),
    *("scoped_machines", "seconds_until_expiration", "signing_algorithm", "slug"),
    *("signing_key", "subject", "to_machine_id", "token", "token_format", "user_id"),
    *("unsafe_metadata", "user_ids", "username", "verified", "request_origin"),
    *("expired_token", "refresh_token", "identification_status", "session_id"),
)
VALUES = [
    *(None, True, 0, -1, 7.5, 10**300, "", "x", "\0", "user_ada", "x" * 3000, "é"),
    *([], [1], ["x"], {}, {"sub": 1}, {"a": {"b": None}}, [[]], "-5", "org:admin"),
]
BROKEN = [b"", b"{", b"[]", b"\xff", b"null", b'{"a":1,"a":2}', b'"x"', b"[" * 9000]
QUERIES = [
    "limit=0",
    "limit=501",
    "limit=x",
    "offset=-1",
    "limit=1.5",
    "limit=nan",
    "limit=inf",
    "offset=99999999999999999999",
    "order_by=password",
    "order_by=-",
    "created_at_before=x",
    "user_id=-&user_id=%2B&query=%00&role=%ff",
    "banned=x&provider=oauth_x&last_active_at_since=99999999999999999999999",
    "subject=%00&paginated=maybe&status=x",
]


@pytest.fixture(scope="module")
def api():
    local = local_clerk()
    state = local.state
    create_machine(state, "m", identity="mch_1")
    create_api_key(state, "user_ada")
    create_oauth_application(state, "app")
    assert find_membership(state, "org_lighthouse", "user_ada")
    return LocalApi(local)


def known(rule, local):
    """Paths of the rule: with names that there are, and with odd ones."""
    of_name = {
        "user_id": "user_emmy",
        "name": "org_lighthouse",
        "session_id": "sess_1",
        "machine_id": "mch_1",
        "provider": "oauth_google",
    }
    for name in rule.arguments:
        of_name.setdefault(name, "x")
    for key in local.state.records.find("api_key"):
        of_name["key_id"] = key["id"]
    odd = dict.fromkeys(rule.arguments, "%00é'\"")
    for names in (of_name, odd) if rule.arguments else (of_name,):
        path = rule.rule
        for name, value in names.items():
            path = path.replace(f"<{name}>", value)
        yield path


def calls(local):
    """What deletes comes last."""
    found = [
        (method, path)
        for rule in local.application.backend_urls.rules
        for method in rule.methods & set(METHODS)
        for path in known(rule, local)
    ]
    return sorted(found, key=lambda each: (each[0] == "DELETE", *each))


def test_no_body_of_any_kind_confuses_it(api):
    spoilt = [{name: value} for name, value in product(NAMES, VALUES)]
    everything = [dict.fromkeys(NAMES, value) for value in VALUES]
    alike = [*BROKEN, *everything]
    for method, path in calls(api.local):
        for body in alike if method != "GET" else [None]:
            looked_at(api, method, path, body)
    for number, (method, path) in enumerate(calls(api.local)):
        for body in spoilt[number % 97 :: 97] if method in ("POST", "PATCH") else ():
            looked_at(api, method, path, body)


def looked_at(api, method, path, body):
    status, document = api.ask(method, path, body)
    assert status < 500, (method, path, body, document)
    if status >= 400:
        [error] = document["errors"]
        assert error["code"]
        assert error["message"]


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[1]", b"[[]]", b'1, "more": []', b'[{}]} {"a": [{}]', b"[{}"]
)
def test_a_list_is_one(api, body):
    refused = api.refusal("POST", "/v1/invitations/bulk", body)
    assert refused == (400, "request_body_invalid")


@pytest.mark.parametrize("query", QUERIES)
def test_no_query_confuses_it(api, query):
    for method, path in calls(api.local):
        if method == "GET":
            status, document = api.ask(method, f"{path}?{query}")
            assert status < 500, (path, document)


TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner)
    ),
    max_leaves=9,
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), TREES), st.data())
def test_no_value_confuses_it(api, body, data):
    changing = [each for each in calls(api.local) if each[0] != "GET"]
    method, path = data.draw(st.sampled_from(changing))
    looked_at(api, method, path, json.dumps(body).encode())


def test_every_call_wants_a_key(api):
    open_to_all = {"/v1/images/<identity>"}
    for rule in api.local.application.backend_urls.rules:
        if rule.rule in open_to_all:
            continue
        for method in rule.methods & set(METHODS):
            path = next(known(rule, api.local))
            for key in ("sk_test_other", f"{SECRET_KEY}x", "ak_x"):
                assert api.refusal(method, path, key=key) == (401, "clerk_key_invalid")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("application/json; charset=utf-8", 200),
        ("application/x-www-form-urlencoded", 415),
        ("text/plain", 415),
    ],
)
def test_a_body_says_that_it_is_json(api, kind, expected):
    status, _ = api.ask(
        "PATCH", "/v1/users/user_ada", {"first_name": "Ada"}, Content_Type=kind
    )
    assert status == expected
