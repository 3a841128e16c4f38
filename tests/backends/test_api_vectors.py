import json
import re
import warnings
from contextlib import nullcontext
from urllib.parse import urlsplit

import pytest
from clerk_requests import snake
from clerk_vectors import each_case, load

from clerk_wsgi.backends.client import ClerkClient
from clerk_wsgi.backends.http import Answer, NoAnswer
from clerk_wsgi.backends.resource import Page, Resource
from clerk_wsgi.core.errors import ClerkAPIError, ConfigurationError, MachineTokenError

LISTED = {
    "offset": 10,
    "order_by": "-created_at",
    "email_address": ["a@x.io", "b@x.io"],
    "user_id": [],
    "query": "",
    "username": None,
    "last_active_at_since": 5,
    "external_id": ["e 1"],
}
PERSON = {
    "first_name": "A",
    "email_address": ["a@x.io"],
    "public_metadata": {"someKey": 1},
    "skip_password_checks": False,
}
NESTED = {"role": "admin", "nestedKey": {"innerKey": None}}
RENEWAL = {
    "expired_token": "E",
    "refresh_token": "R",
    "request_origin": "https://app.example.com",
    "request_headers": {"accept": ["text/html"]},
}
JWT = {
    "token_format": "jwt",
    "claims": {"someKey": 1},
    "seconds_until_expiration": 60,
    "min_remaining_ttl_seconds": 5,
}

# What Clerk's notation of a call is in ours: first by the case's name, where one
# notation stands for several calls.
NAMED = {
    "refresh suffixed_cookies=true": lambda c: c.sessions.refresh(
        "sess_1", **RENEWAL, suffixed_cookies=True
    ),
    "refresh suffixed_cookies=false": lambda c: c.sessions.refresh(
        "sess_1", **RENEWAL, suffixed_cookies=False
    ),
    "refresh suffixed_cookies=undefined": lambda c: c.sessions.refresh(
        "sess_1", **RENEWAL
    ),
}
CALLS = {
    "users.getUser('user_1')": lambda c: c.users.get("user_1"),
    "users.getUser('')": lambda c: c.users.get(""),
    "users.getUser('..')": lambda c: c.users.get(".."),
    "users.getUser('%2e%2e')": lambda c: c.users.get("%2e%2e"),
    "users.getUser('%252e%252e')": lambda c: c.users.get("%252e%252e"),
    "users.getUser('a/b')": lambda c: c.users.get("a/b"),
    "users.getUser('x/../y')": lambda c: c.users.get("x/../y"),
    "users.getUser('x%2F..%2Fy')": lambda c: c.users.get("x%2F..%2Fy"),
    "users.getUser('user_1?x=1')": lambda c: c.users.get("user_1?x=1"),
    "users.getUserList({query:'test'})": lambda c: c.users.list(query="test"),
    "users.getUserList()": lambda c: c.users.list(),
    "users.getUserList({limit:0, offset:10, orderBy:'-created_at', emailAddress:"
    "['a@x.io','b@x.io'], userId:[], query:'', username:null, last_active_at_since:5, "
    "externalId:['e 1']})": lambda c: c.users.list(limit=0, **LISTED),
    "users.getUserList({limit:1})": lambda c: c.users.list(limit=1),
    "users.getCount({query:'q'})": lambda c: c.users.count(query="q"),
    "users.createUser({firstName, emailAddress:[..], publicMetadata:{someKey:1}, "
    "skipPasswordChecks:false})": lambda c: c.users.create(**PERSON),
    "users.updateUser('user_1', {firstName:'B', lastName:null})": lambda c: (
        c.users.update("user_1", first_name="B", last_name=None)
    ),
    "users.updateUser('user_1')": lambda c: c.users.update("user_1"),
    "users.updateUser('user_1', {publicMetadata:{role:'x'}})": lambda c: c.users.update(
        "user_1", public_metadata={"role": "x"}
    ),
    "users.updateUser('user_1', {firstName:'B', unsafeMetadata:{k:null}})": lambda c: (
        c.users.update("user_1", first_name="B", unsafe_metadata={"k": None})
    ),
    "users.updateUser('user_1', {firstName:'B', unsafeMetadata:{}})": lambda c: (
        c.users.update("user_1", first_name="B", unsafe_metadata={})
    ),
    "users.updateUserMetadata('user_1', {publicMetadata:{role:'admin', nestedKey:"
    "{innerKey:null}}})": lambda c: c.users.update_metadata(
        "user_1", public_metadata=NESTED
    ),
    "users.updateUserMetadata('user_1', {publicMetadata:{role:null}})": lambda c: (
        c.users.update_metadata("user_1", public_metadata={"role": None})
    ),
    "users.replaceUserMetadata('user_1', {privateMetadata:{a:1}})": lambda c: (
        c.users.replace_metadata("user_1", private_metadata={"a": 1})
    ),
    "users.deleteUser('user_1')": lambda c: c.users.delete("user_1"),
    "users.getOrganizationMembershipList({userId:'user_1', limit:5})": lambda c: (
        c.users.list_memberships("user_1", limit=5)
    ),
    "users.banUser('user_1')": lambda c: c.users.ban("user_1"),
    "users.verifyPassword({userId:'user_1', password:'p'})": lambda c: {
        "verified": c.users.verify_password("user_1", "p")
    },
    "users.getUserOauthAccessToken('user_1','google')": lambda c: (
        c.users.list_oauth_access_tokens("user_1", "google")
    ),
    "organizations.getOrganization({organizationId:'org_1'})": lambda c: (
        c.organizations.get("org_1")
    ),
    "organizations.getOrganization({slug:'acme', includeMembersCount:true})": (
        lambda c: c.organizations.get(slug="acme", include_members_count=True)
    ),
    "organizations.getOrganization({})": lambda c: c.organizations.get(),
    "organizations.getOrganizationList({limit:2, query:'ac', includeMembersCount:false})": (  # noqa: E501
        lambda c: c.organizations.list(limit=2, query="ac", include_members_count=False)
    ),
    "organizations.createOrganization({name:'Acme', createdBy:'user_1'})": lambda c: (
        c.organizations.create(name="Acme", created_by="user_1")
    ),
    "organizations.updateOrganization('org_1', {name:'B'})": lambda c: (
        c.organizations.update("org_1", name="B")
    ),
    "organizations.updateOrganization('org_1', {name:'B', publicMetadata:{a:1}})": (
        lambda c: c.organizations.update("org_1", name="B", public_metadata={"a": 1})
    ),
    "organizations.updateOrganizationMetadata('org_1', {publicMetadata:{a:null}})": (
        lambda c: c.organizations.update_metadata("org_1", public_metadata={"a": None})
    ),
    "organizations.deleteOrganization('org_1')": lambda c: c.organizations.delete(
        "org_1"
    ),
    "organizations.getOrganizationMembershipList({organizationId:'org_1', role:"
    "['org:admin'], userId:['user_1']})": lambda c: c.organizations.list_memberships(
        "org_1", role=["org:admin"], user_id=["user_1"]
    ),
    "organizations.createOrganizationMembership({organizationId:'org_1', "
    "userId:'user_1', role:'org:admin'})": lambda c: c.organizations.create_membership(
        "org_1", user_id="user_1", role="org:admin"
    ),
    "organizations.updateOrganizationMembership({organizationId:'org_1', "
    "userId:'user_1', role:'org:member'})": lambda c: c.organizations.update_membership(
        "org_1", "user_1", role="org:member"
    ),
    "organizations.deleteOrganizationMembership({organizationId:'org_1', "
    "userId:'user_1'})": lambda c: c.organizations.delete_membership("org_1", "user_1"),
    "sessions.getSession('sess_1')": lambda c: c.sessions.get("sess_1"),
    "sessions.getSessionList({userId:'user_1', status:'active'})": lambda c: (
        c.sessions.list(user_id="user_1", status="active")
    ),
    "sessions.revokeSession('sess_1')": lambda c: c.sessions.revoke("sess_1"),
    "sessions.getToken('sess_1')": lambda c: c.sessions.get_token("sess_1"),
    "sessions.getToken('sess_1','hasura')": lambda c: c.sessions.get_token(
        "sess_1", "hasura"
    ),
    "sessions.getToken('sess_1', undefined, 0)": lambda c: c.sessions.get_token(
        "sess_1", expires_in_seconds=0
    ),
    "sessions.getToken('sess_1','hasura',120)": lambda c: c.sessions.get_token(
        "sess_1", "hasura", 120
    ),
    "sessions.getToken('sess_1','nope')": lambda c: c.sessions.get_token(
        "sess_1", "nope"
    ),
    "sessions.getToken('sess_1','../../users')": lambda c: c.sessions.get_token(
        "sess_1", "../../users"
    ),
    "sessions.getToken('')": lambda c: c.sessions.get_token(""),
    "clients.getHandshakePayload({nonce:'n 1'})": lambda c: (
        c.clients.get_handshake_payload("n 1")
    ),
    "clients.verifyClient('tok')": lambda c: c.clients.verify("tok"),
    "signInTokens.createSignInToken({userId:'user_1', expiresInSeconds:60})": (
        lambda c: c.sign_in_tokens.create("user_1", expires_in_seconds=60)
    ),
    "signInTokens.revokeSignInToken('sit_1')": lambda c: c.sign_in_tokens.revoke(
        "sit_1"
    ),
    "testingTokens.createTestingToken()": lambda c: c.testing_tokens.create(),
    "jwks.getJwks()": lambda c: c.jwks.get(),
    "apiKeys.verify('ak_secret')": lambda c: c.api_keys.verify("ak_secret"),
    "apiKeys.list({subject:'user_1', includeInvalid:true, limit:3})": lambda c: (
        c.api_keys.list("user_1", include_invalid=True, limit=3)
    ),
    "apiKeys.create({name:'n', subject:'user_1', secondsUntilExpiration:60})": (
        lambda c: c.api_keys.create(
            name="n", subject="user_1", seconds_until_expiration=60
        )
    ),
    "apiKeys.revoke({apiKeyId:'ak_1'})": lambda c: c.api_keys.revoke("ak_1"),
    "apiKeys.getSecret('ak_1')": lambda c: c.api_keys.get_secret("ak_1"),
    "apiKeys.delete('ak_1')": lambda c: c.api_keys.delete("ak_1"),
    "m2m.verify({token:'mt_x'})": lambda c: c.m2m.verify("mt_x"),
    "m2m.verify({token:'mt_x', machineSecretKey:'ak_call'})": lambda c: c.m2m.verify(
        "mt_x", machine_secret_key="ak_call"
    ),
    "m2m.createToken()": lambda c: c.m2m.create(),
    "m2m.createToken({tokenFormat:'jwt', claims:{someKey:1}, "
    "secondsUntilExpiration:60, minRemainingTtlSeconds:5})": lambda c: c.m2m.create(
        **JWT
    ),
    "m2m.revokeToken({m2mTokenId:'mt_1', revocationReason:'r'})": lambda c: (
        c.m2m.revoke("mt_1", revocation_reason="r")
    ),
    "m2m.list({subject:'mch_1', revoked:false, expired:true})": lambda c: c.m2m.list(
        "mch_1", revoked=False, expired=True
    ),
    "idPOAuthAccessToken.verify('oat_x')": lambda c: c.oauth_access_tokens.verify(
        "oat_x"
    ),
    'idPOAuthAccessToken.verify(.., {audience:"https://api.x"})': lambda c: (
        c.oauth_access_tokens.verify("oat_x", audience="https://api.x")
    ),
    'idPOAuthAccessToken.verify(.., {audience:["b"]})': lambda c: (
        c.oauth_access_tokens.verify("oat_x", audience=["b"])
    ),
    'idPOAuthAccessToken.verify(.., {audience:"b"})': lambda c: (
        c.oauth_access_tokens.verify("oat_x", audience="b")
    ),
    "idPOAuthAccessToken.verify(.., {audience:undefined})": lambda c: (
        c.oauth_access_tokens.verify("oat_x", audience=None)
    ),
}
WARNS = ("users.updateUser(", "organizations.updateOrganization(")


class CannedClerk:
    """Answers as a vector's stubs say, and writes down what it was asked."""

    def __init__(self, stubs):
        self.stubs = {(stub["method"], stub["path"]): stub for stub in stubs}
        self.requests = []

    def __call__(self, method, url, headers, body=None):
        sent = {name.lower(): value for name, value in headers.items()}
        assert re.fullmatch(r"clerk-wsgi@\d[\w.]*", sent["user-agent"])
        sent["user-agent"] = "<sdk user agent>"
        request = {"method": method, "url": url, "headers": sent}
        if body is not None:
            request["json"] = json.loads(body)
        self.requests.append(request)
        return self.answer(self.stubs[method, urlsplit(url).path])

    def answer(self, stub):
        if "network_error" in stub:
            raise NoAnswer("No answer: ConnectionRefusedError.")
        text = stub["raw"] if "raw" in stub else json.dumps(stub.get("json"))
        headers = stub.get("headers") or {"content-type": "application/json"}
        return Answer(stub["status"], headers, text.encode())


def client_of(case, transport):
    settings = {snake(name): value for name, value in case["client"].items()}
    return ClerkClient(**settings, transport=transport)


def call_of(case):
    return NAMED.get(case["name"]) or CALLS[case["call"]]


def sorted_by_url(requests):
    return sorted(requests, key=lambda request: request["url"])


@pytest.fixture
def deprecations(case):
    """Metadata among other fields is a call that Clerk's package warns of, too."""
    is_deprecated = case["call"].startswith(WARNS) and "etadata:" in case["call"]
    return (
        pytest.warns(DeprecationWarning, match="Metadata")
        if is_deprecated
        else nullcontext()
    )


@each_case("bapi_client")
def test_a_call_sends_and_gives_what_clerks_package_does(case, deprecations):
    clerk, expected = CannedClerk(case["stubs"]), case["expected"]
    client = client_of(case, clerk)
    with deprecations:
        if "error" in expected:
            assert_refused(expected["error"], lambda: call_of(case)(client))
        else:
            assert_same(expected["result"], call_of(case)(client))
    in_order = sorted_by_url if "getUserList" in case["call"] else list
    assert in_order(clerk.requests) == in_order(expected["requests"])


def assert_same(expected, ours):
    if isinstance(ours, Page):
        assert expected["totalCount"] == ours.total_count
        assert_same(expected["data"], ours.data)
    elif isinstance(ours, Resource):
        for name, value in expected.items():
            assert_same(value, getattr(ours, snake(name.replace("URL", "Url"))))
    elif isinstance(ours, list):
        assert len(expected) == len(ours)
        for each, our in zip(expected, ours, strict=True):
            assert_same(each, our)
    else:
        assert expected == ours


def assert_refused(expected, call):
    if expected["name"] == "Error":
        mistakes = (ValueError, ConfigurationError, MachineTokenError)
        with pytest.raises(mistakes) as raised:
            call()
        assert str(raised.value).startswith(expected["message"])
        assert getattr(raised.value, "code", None) == expected.get("reason")
        return
    with pytest.raises(ClerkAPIError) as raised:
        call()
    error = raised.value
    for name in ("status", "clerk_trace_id", "retry_after", "code"):
        assert getattr(error, name) == expected[name]
    assert [*map(told, error.errors)] == [*map(without_runtime, expected["errors"])]


def told(detail):
    """An error of ours in the notation of theirs."""
    if detail.code == "unexpected_error":
        return {"code": detail.code}
    long_message = {"longMessage": detail.long_message} if detail.long_message else {}
    meta = {camel(name): value for name, value in detail.meta.items()}
    told = {"code": detail.code, "message": detail.message, "meta": meta}
    return told | long_message


def without_runtime(error):
    """JavaScript's own words for what it could not read are not ours."""
    is_runtime = error["code"] == "unexpected_error"
    return {"code": error["code"]} if is_runtime else error


def camel(name):
    return re.sub(r"_([a-z])", lambda found: found[1].upper(), name)


def test_every_call_of_the_table_is_in_the_vectors():
    cases = load("bapi_client")["cases"]
    assert len(cases) == 99
    assert {case["call"] for case in cases} >= set(CALLS)
    assert {case["name"] for case in cases} >= set(NAMED)


def test_metadata_in_an_update_is_said_to_be_deprecated_where_it_was_written():
    client = ClerkClient(secret_key="sk_test_1", transport=CannedClerk([USER_STUB]))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        client.users.update("user_1", public_metadata={})
    assert [each.filename for each in caught] == [__file__]


USER_STUB = {
    "method": "PUT",
    "path": "/v1/users/user_1/metadata",
    "status": 200,
    "json": {"object": "user", "id": "user_1"},
}
