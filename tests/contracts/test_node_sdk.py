"""Clerk's own SDKs for Node take a local Clerk for the real one.

`@clerk/backend` does everything that an application may ask for; it lets in whom we let
in, with the same cookies, and so does `@clerk/express`.
"""

import json
import time
from base64 import b64encode
from itertools import product
from subprocess import CalledProcessError
from urllib.parse import parse_qs, urlsplit

import pytest
from browsing import DOCUMENT, Browser, in_process, over_http
from forging import private_key
from live_server import serving
from node_sdk import NodeSdk, Refused
from npm import install, missing_tools
from werkzeug.http import parse_cookie
from werkzeug.test import create_environ

from clerk_wsgi import authenticate_request
from clerk_wsgi.core.urls import parse_url, set_parameter
from clerk_wsgi.local import LocalClerk
from clerk_wsgi.local.clients import open_client
from clerk_wsgi.local.handshakes import keep_handshake
from clerk_wsgi.local.m2m import create_m2m_token
from clerk_wsgi.local.oauth_tokens import create_oauth_token
from clerk_wsgi.local.sessions import (
    end_session,
    sign_in,
    sign_out,
)
from clerk_wsgi.local.signing import SigningKey

NONCE = "__clerk_handshake_nonce"
GONE = (404, ["resource_not_found"])


@pytest.fixture(scope="module")
def node():
    if missing_tools():
        pytest.skip(f"Clerk's SDKs for Node were not asked: no {missing_tools()[0]}")
    try:
        folder = install()
    except CalledProcessError as error:
        pytest.skip(f"Clerk's SDKs for Node were not asked: {error}")
    with NodeSdk(folder) as node:
        yield node


@pytest.fixture(scope="module")
def clerk(node, local, origin):
    return node.client(
        secretKey=local.secret_key,
        publishableKey=local.publishable_key,
        apiUrl=origin,
    )


@pytest.fixture
def user(clerk):
    name = f"n{time.monotonic_ns()}@example.com"
    given = {"emailAddress": [name], "password": "engine-1843", "firstName": "New"}
    user = clerk("users.createUser", given)
    yield user["id"]
    clerk("users.deleteUser", user["id"])


@pytest.fixture
def organization(clerk, user):
    made = clerk("organizations.createOrganization", {"name": "A", "createdBy": user})
    yield made["id"]
    clerk("organizations.deleteOrganization", made["id"])


def refusal(call, *given):
    with pytest.raises(Refused) as refused:
        call(*given)
    return refused.value.status, refused.value.codes


def test_users(clerk, user):
    assert clerk("users.getUser", user)["firstName"] == "New"
    page = clerk("users.getUserList", {"userId": [user], "limit": 1})
    assert (page["data"][0]["id"], page["totalCount"]) == (user, 1)
    assert clerk("users.getCount", {"query": user}) == 1
    told = clerk("users.updateUser", user, {"lastName": "One", "externalId": user})
    assert (told["lastName"], told["externalId"]) == ("One", user)
    assert clerk("users.banUser", user)["banned"]
    assert not clerk("users.unbanUser", user)["banned"]
    assert clerk("users.lockUser", user)["locked"]
    assert not clerk("users.unlockUser", user)["locked"]
    right = {"userId": user, "password": "engine-1843"}
    assert clerk("users.verifyPassword", right) == {"verified": True}
    wrong = {"userId": user, "password": "wrong"}
    assert refusal(clerk, "users.verifyPassword", wrong) == (
        422,
        ["incorrect_password"],
    )
    assert refusal(clerk, "users.getUser", "user_x") == GONE
    assert clerk("users.getUserOauthAccessToken", user, "google")["totalCount"] == 0
    image = {"blob": b64encode(b"\x89PNG\r\n\x1a\n").decode()}
    assert clerk("users.updateUserProfileImage", user, image)["hasImage"]
    assert not clerk("users.deleteUserProfileImage", user)["hasImage"]


def test_metadata(clerk, user):
    first = {"publicMetadata": {"a": 1, "someName": {"b": 2}}}
    clerk("users.updateUserMetadata", user, first)
    second = {"publicMetadata": {"a": None, "someName": {"c": 3}}}
    told = clerk("users.updateUserMetadata", user, second)
    assert told["publicMetadata"] == {"someName": {"b": 2, "c": 3}}
    told = clerk("users.replaceUserMetadata", user, {"privateMetadata": {"d": 4}})
    assert told["privateMetadata"] == {"d": 4}


def test_what_belongs_to_a_user(clerk, user):
    given = {"userId": user, "emailAddress": f"x{user}@example.com", "verified": True}
    made = clerk("emailAddresses.createEmailAddress", given)
    known = clerk("emailAddresses.getEmailAddress", made["id"])
    assert known["verification"]["status"] == "verified"
    clerk("emailAddresses.updateEmailAddress", made["id"], {"primary": True})
    assert clerk("users.getUser", user)["primaryEmailAddressId"] == made["id"]
    assert clerk("emailAddresses.deleteEmailAddress", made["id"])["deleted"]
    given = {"userId": user, "phoneNumber": "+15555550199", "verified": True}
    number = clerk("phoneNumbers.createPhoneNumber", given)
    assert clerk("phoneNumbers.deletePhoneNumber", number["id"])["deleted"]


def test_organizations(clerk, organization, user):
    get = "organizations.getOrganization"
    assert clerk(get, {"organizationId": organization})["createdBy"] == user
    page = clerk("organizations.getOrganizationList", {"userId": [user]})
    assert page["totalCount"] == 1
    told = clerk("organizations.updateOrganization", organization, {"name": "B"})
    assert told["name"] == "B"
    given = {"publicMetadata": {"a": 1}}
    told = clerk("organizations.updateOrganizationMetadata", organization, given)
    assert told["publicMetadata"] == {"a": 1}
    mine = clerk("users.getOrganizationMembershipList", {"userId": user})
    assert mine["data"][0]["role"] == "org:admin"


def test_memberships(clerk, organization):
    known = {"organizationId": organization, "userId": "user_alan"}
    member = {**known, "role": "org:member"}
    made = clerk("organizations.createOrganizationMembership", member)
    assert made["publicUserData"]["userId"] == "user_alan"
    assert made["organization"]["id"] == organization
    admin = {**known, "role": "org:admin"}
    told = clerk("organizations.updateOrganizationMembership", admin)
    assert told["role"] == "org:admin"
    given = {**known, "publicMetadata": {"a": 1}}
    told = clerk("organizations.updateOrganizationMembershipMetadata", given)
    assert told["publicMetadata"] == {"a": 1}
    asked = {"organizationId": organization, "limit": 1}
    page = clerk("organizations.getOrganizationMembershipList", asked)
    assert (len(page["data"]), page["totalCount"]) == (1, 2)
    every = clerk("organizations.getInstanceOrganizationMembershipList", {"limit": 1})
    assert every["totalCount"] >= 2
    told = clerk("organizations.deleteOrganizationMembership", known)
    assert told["id"] == made["id"]
    again = refusal(clerk, "organizations.deleteOrganizationMembership", known)
    assert again == GONE


def test_invitations(clerk, organization, user):
    known = {"organizationId": organization}
    person = {"emailAddress": "a@x.example", "role": "org:member"}
    given = {**known, **person, "inviterUserId": user}
    made = clerk("organizations.createOrganizationInvitation", given)
    one = {**known, "invitationId": made["id"]}
    found = clerk("organizations.getOrganizationInvitation", one)
    assert found["status"] == "pending"
    many = [{"emailAddress": "b@x.example", "role": "org:member"}]
    clerk("organizations.createOrganizationInvitationBulk", organization, many)
    pending = {**known, "status": ["pending"]}
    page = clerk("organizations.getOrganizationInvitationList", pending)
    assert page["totalCount"] == 2
    told = clerk("organizations.revokeOrganizationInvitation", one)
    assert told["status"] == "revoked"
    given = {"emailAddress": f"{user}@x.example", "notify": False}
    invited = clerk("invitations.createInvitation", given)
    page = clerk("invitations.getInvitationList", {"status": "pending"})
    assert page["totalCount"] == 1
    assert clerk("invitations.revokeInvitation", invited["id"])["status"] == "revoked"


def test_roles_and_permissions(clerk):
    create = "organizationPermissions.createOrganizationPermission"
    permission = clerk(create, {"name": "Read", "key": "org:maps:read"})
    create = "organizationRoles.createOrganizationRole"
    given = {"name": "Guide", "key": "org:guide", "permissions": [permission["id"]]}
    role = clerk(create, given)
    assert role["permissions"][0]["key"] == "org:maps:read"
    page = clerk("organizationRoles.getOrganizationRoleList", {"query": "guide"})
    assert page["totalCount"] == 1
    assert clerk("roleSets.getRoleSetList")["totalCount"] == 1
    assert clerk("organizationRoles.deleteOrganizationRole", role["id"])["deleted"]
    gone = "organizationPermissions.deleteOrganizationPermission"
    assert clerk(gone, permission["id"])["deleted"]


def test_sessions_and_tokens(clerk, local, user):
    session = clerk("sessions.createSession", {"userId": user})
    assert clerk("sessions.getSession", session["id"])["status"] == "active"
    page = clerk("sessions.getSessionList", {"userId": user})
    assert page["totalCount"] == 1
    assert clerk("sessions.getToken", session["id"])["jwt"]
    template = clerk("jwtTemplates.create", {"name": "node", "claims": {"a": 1}})
    assert clerk("sessions.getToken", session["id"], "node", 60)["jwt"]
    assert clerk("jwtTemplates.list")["totalCount"] == 1
    assert clerk("jwtTemplates.delete", template["id"])["deleted"]
    client = clerk("clients.getClient", session["clientId"])
    assert client["sessionIds"] == [session["id"]]
    token = local.state.need("client", session["clientId"])["_token"]
    assert clerk("clients.verifyClient", token)["id"] == session["clientId"]
    assert clerk("sessions.revokeSession", session["id"])["status"] == "revoked"
    assert refusal(clerk, "sessions.getToken", session["id"]) == GONE


def test_tokens_that_let_somebody_in(clerk, user):
    given = {"userId": user, "expiresInSeconds": 60}
    token = clerk("signInTokens.createSignInToken", given)
    told = clerk("signInTokens.revokeSignInToken", token["id"])
    assert told["status"] == "revoked"
    given = {"userId": user, "actor": {"sub": "user_ada"}}
    actor = clerk("actorTokens.create", given)
    assert clerk("actorTokens.revoke", actor["id"])["status"] == "revoked"
    assert clerk("testingTokens.createTestingToken")["token"]


def test_api_keys(clerk, user):
    made = clerk("apiKeys.create", {"name": "CI", "subject": user, "claims": {"a": 1}})
    secret = made["secret"]
    assert clerk("apiKeys.verify", secret)["subject"] == user
    assert clerk("apiKeys.getSecret", made["id"]) == {"secret": secret}
    page = clerk("apiKeys.list", {"subject": user})
    assert page["totalCount"] == 1
    changed = {"apiKeyId": made["id"], "subject": user, "scopes": ["x"]}
    assert clerk("apiKeys.update", changed)["scopes"] == ["x"]
    assert clerk("apiKeys.revoke", {"apiKeyId": made["id"]})["revoked"]
    assert refusal(clerk, "apiKeys.verify", secret) == GONE
    assert clerk("apiKeys.delete", made["id"])["deleted"]


def test_machines(clerk, local, node, origin):
    reader = clerk("machines.create", {"name": "reader"})
    given = {"name": "writer", "scopedMachines": [reader["id"]]}
    machine = clerk("machines.create", given)
    key = clerk("machines.getSecretKey", machine["id"])["secret"]
    own = node.client(machineSecretKey=key, apiUrl=origin)
    opaque = own("m2m.createToken", {"claims": {"a": 1}})
    assert own("m2m.verify", {"token": opaque["token"]})["claims"] == {"a": 1}
    jwt = own("m2m.createToken", {"tokenFormat": "jwt", "claims": {"a": 1}})
    read = clerk("m2m.verify", {"token": jwt["token"]})
    assert (read["subject"], read["scopes"]) == (machine["id"], [reader["id"]])
    assert own("m2m.list", {"subject": machine["id"]})["totalCount"] == 1
    assert own("m2m.revokeToken", {"m2mTokenId": opaque["id"]})["revoked"]
    assert refusal(own, "m2m.verify", {"token": opaque["token"]}) == GONE
    rotate = {"machineId": machine["id"], "previousTokenTtl": 0}
    assert clerk("machines.rotateSecretKey", rotate)["secret"] != key
    scope = clerk("machines.createScope", reader["id"], machine["id"])
    assert scope["toMachineId"] == machine["id"]
    assert clerk("machines.delete", machine["id"])["id"] == machine["id"]


def test_oauth_tokens(clerk, local, user):
    made = clerk("oauthApplications.create", {"name": "Reader"})
    _, token = create_oauth_token(local.issuer, made["id"], user, audience=["api"])
    verify = "idPOAuthAccessToken.verify"
    assert clerk(verify, token, {"audience": "api"})["subject"] == user
    assert clerk("oauthApplications.delete", made["id"])["deleted"]
    assert refusal(clerk, verify, token) == GONE


def test_the_instance(clerk, local):
    [key] = clerk("jwks.getJwks")["keys"]
    assert key["kid"] == local.keys.current.kid
    assert clerk("instance.get")["id"] == local.settings.instance_id
    made = clerk("blocklistIdentifiers.createBlocklistIdentifier", {"identifier": "+1"})
    gone = clerk("blocklistIdentifiers.deleteBlocklistIdentifier", made["id"])
    assert gone["deleted"]


def test_a_wrong_key_is_told_apart(node, origin):
    other = node.client(secretKey="sk_test_other", apiUrl=origin)
    refused = refusal(other, "users.getUser", "user_ada")
    assert refused == (401, ["clerk_key_invalid"])


@pytest.fixture
def machine_tokens(local, clerk, user):
    """One of each kind and form, and whom it stands for."""
    application = clerk("oauthApplications.create", {"name": "Reader"})["id"]
    machine = clerk("machines.create", {"name": "m"})["id"]
    key = clerk("apiKeys.create", {"name": "x", "subject": user})["secret"]
    made = [("api_key", key, user)]
    for form in ("opaque", "jwt"):
        given = create_oauth_token(local.issuer, application, user, token_format=form)
        made.append(("oauth_token", given[1], user))
        given = create_m2m_token(local.issuer, machine, token_format=form)
        made.append(("m2m_token", given[1], machine))
    yield made
    clerk("oauthApplications.delete", application)


def test_machines_are_let_in_by_both(node, local, origin, machine_tokens):
    for kind, token, subject in machine_tokens:
        headers = {"Authorization": f"Bearer {token}"}
        theirs = node.ask(
            "authenticate",
            settings=settings_of(local, origin),
            url="http://localhost/",
            headers=headers,
            options={"acceptsToken": kind},
        )
        ours = authenticate_request(
            create_environ("/", headers=headers),
            accepts_token=kind,
            api_url=origin,
            secret_key=local.secret_key,
            publishable_key=local.publishable_key,
        )
        assert (theirs["status"], ours.status) == ("signed-in",) * 2, kind
        assert (theirs["subject"], ours.to_auth().subject) == (subject,) * 2, kind


def settings_of(local, origin):
    return {
        "secretKey": local.secret_key,
        "publishableKey": local.publishable_key,
        "apiUrl": origin,
    }


SESSIONS = ("none", "valid", "expired", "forged", "garbage")
UATS = ("none", "0", "past")
REFRESHES = ("none", "good")
BROWSERS = ("none", "good")
AT_CLERK = ("signed in", "signed out")
STARTS = tuple(product(AT_CLERK, SESSIONS, UATS, REFRESHES, BROWSERS))
SITES = {
    "development": "http://127.0.0.1:4747",
    "production": "http://app.shop.localhost:4747",
}
MOST = 6


class World:
    """A site with an instance beside it, whose API answers over HTTP at `api`."""

    def __init__(self, node, manner, local, api):
        self.node = node
        self.local = local
        self.api = api
        self.site = SITES[manner]
        self.ask_clerk = in_process(local.beside(lambda *_: []))
        self.forger = SigningKey(local.keys.current.kid, private_key("b"))

    def start(self, at_clerk, session, uat, refresh, browser):
        """A browser in which Grace signed in a while ago, or most of what is left."""
        state = self.local.state
        client = open_client(state)
        made = sign_in(state, client, "user_grace")
        token = self.token(session, made)
        if at_clerk == "signed out":
            sign_out(state, client)
        known = state.need("client", client["id"])["_token"]
        suffix = self.local.settings.suffix
        both = {"__session": token}
        both["__client_uat"] = {"none": "", "0": "0", "past": "1700000000"}[uat]
        jar = (
            {f"__refresh_{suffix}": made["_refresh_token"]} if refresh != "none" else {}
        )
        if browser == "good" and not self.local.settings.is_production:
            both["__clerk_db_jwt"] = known
        for name, value in both.items():
            jar |= {name: value, f"{name}_{suffix}": value}
        found = Browser(self.site, self.send)
        for name, value in jar.items():
            if value:
                found.keep(f"{name}={value}; Path=/", "/")
        if browser == "good" and self.local.settings.is_production:
            found.keep(f"__client={known}; Path=/__clerk", "/")
        return found

    def token(self, kind, session):
        if kind in ("none", "garbage"):
            return {"none": "", "garbage": "garbage"}[kind]
        claims = self.local.issuer.session_claims(session, self.site)
        if kind == "expired":
            past = {name: claims[name] - 300 for name in ("iat", "nbf", "exp")}
            claims |= past
        key = self.forger if kind == "forged" else self.local.keys.current
        return key.sign(claims)

    def send(self, method, url, headers, body):
        """What the site answers, after Clerk's SDK was asked the same."""
        if urlsplit(url).path.startswith("/__clerk/"):
            return self.ask_clerk(method, url, headers, body)
        theirs = self.theirs(*self.with_nonce_of_their_own(url, headers))
        ours = self.ours(url, headers)
        assert alike(ours) == alike(theirs), url
        self.reasons.append(ours["reason"])
        moved = any(name.lower() == "location" for name, _ in ours["headers"])
        told = {name: ours[name] for name in ("status", "user")}
        return 307 if moved else 200, ours["headers"], json.dumps(told)

    def ours(self, url, headers):
        options = self.local.options(self.site)
        del options["jwt_key"]
        environ = create_environ(
            urlsplit(url).path,
            self.site,
            query_string=urlsplit(url).query,
            headers=headers,
        )
        state = authenticate_request(environ, **options | {"api_url": self.api})
        user = state.to_auth().user_id if state.status == "signed-in" else None
        return {
            "status": state.status,
            "reason": state.reason,
            "headers": state.headers,
            "user": user,
        }

    def theirs(self, url, headers):
        return self.node.ask(
            "authenticate",
            settings=settings_of(self.local, self.api),
            url=url,
            headers=headers,
            options={
                "proxyUrl": f"{self.site}/__clerk",
                "signInUrl": f"{self.site}/__clerk/sign-in",
                "authorizedParties": [self.site],
            },
        )

    def with_nonce_of_their_own(self, url, headers):
        """A handshake is told once, and both are to be told: in the URL or a cookie."""
        [nonce] = parse_qs(urlsplit(url).query).get(NONCE, [""])
        sent = parse_cookie(headers.get("Cookie", "")).get(NONCE, "")
        kept = self.local.state.records.get("handshake", nonce or sent)
        if kept is None:
            return url, headers
        other = keep_handshake(self.local.state, kept["directives"])
        if nonce:
            return str(set_parameter(parse_url(url), NONCE, other)), headers
        return url, {**headers, "Cookie": headers["Cookie"].replace(sent, other)}

    def visit(self, browser):
        """Where it comes to rest, and why it was sent around."""
        self.reasons = []
        page = browser.request("GET", "/page", DOCUMENT)
        for _ in range(MOST):
            if page.status != 307:
                return json.loads(page.text), self.reasons
            page = browser.request("GET", page.location.url, DOCUMENT)
        raise AssertionError(f"round in circles: {self.reasons}")


def alike(told):
    """What must not differ: tokens are new each time, and so are nonces."""
    headers = [(name.lower(), value) for name, value in told["headers"]]
    location = next((v for name, v in headers if name == "location"), "")
    cookies = [v.partition("=")[0] for name, v in headers if name == "set-cookie"]
    return told["status"], told["reason"], told["user"], location, sorted(cookies)


@pytest.fixture(scope="module", params=SITES)
def world(request, node):
    with (
        LocalClerk(manner=request.param) as local,
        serving(lambda _: local) as api,
    ):
        yield World(node, request.param, local, api)


def test_browsers_are_treated_alike_until_they_come_to_rest(world):
    for start in STARTS:
        told, reasons = world.visit(world.start(*start))
        at_clerk, session, uat, _, browser = start
        assert len(reasons) <= 4, (start, reasons)
        is_known = browser == "good" or world.local.settings.is_production
        if session == "valid" and uat == "past" and is_known:
            assert told["status"] == "signed-in", (start, reasons)
        if at_clerk == "signed in" and browser == "good" and session == "expired":
            assert told == {"status": "signed-in", "user": "user_grace"}, start
        if session in ("forged", "garbage") and browser == "none":
            assert told["status"] == "signed-out", (start, reasons)


def test_an_application_in_express_is_signed_in(node, local, origin):
    """Real servers on both sides, in the manner of development."""
    settings = settings_of(local, origin)
    options = {"proxyUrl": origin, "signInUrl": f"{origin}/sign-in"}
    port = node.ask("listen", settings=settings, options=options)
    browser = Browser(f"http://127.0.0.1:{port}", over_http)
    assert json.loads(browser.get("/").text)["user"] is None
    client = open_client(local.state, browser.cookies["__clerk_db_jwt"])
    session = sign_in(local.state, client, "user_ada")
    browser.lose("__clerk_db_jwt")
    token = local.state.need("client", client["id"])["_token"]
    told = json.loads(browser.get(f"/?__clerk_db_jwt={token}").text)
    assert told == {"user": "user_ada", "org": None, "session": session["id"]}
    browser.lose("__session")
    assert json.loads(browser.get("/").text)["session"] == session["id"]
    end_session(local.state, session["id"], "revoked")
    browser.lose("__session")
    assert json.loads(browser.get("/").text)["user"] is None
