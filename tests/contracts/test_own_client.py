"""Our own client of the Backend API and our own local Clerk understand each other."""

import pytest

from clerk_wsgi import ClerkAPIError, clerk_client
from clerk_wsgi.local.machines import create_machine
from clerk_wsgi.local.oauth_applications import create_oauth_application
from clerk_wsgi.local.oauth_tokens import create_oauth_token


@pytest.fixture(scope="module")
def clerk(local, origin):
    return clerk_client(api_url=origin, secret_key=local.secret_key)


@pytest.fixture
def user(clerk):
    user = clerk.users.create(
        email_address=["new@example.com"],
        first_name="New",
        password="engine-1843",
        public_metadata={"a": 1},
    )
    yield user
    clerk.users.delete(user.id)


@pytest.fixture
def organization(clerk, user):
    made = clerk.organizations.create(name="Acme", created_by=user.id)
    yield made
    clerk.organizations.delete(made.id)


def refusal(call, *given, **named):
    with pytest.raises(ClerkAPIError) as refused:
        call(*given, **named)
    return refused.value.status, refused.value.errors[0].code


def test_users(clerk, user):
    assert clerk.users.get(user.id) == user
    page = clerk.users.list(query="new@", limit=1)
    assert (page[0].id, page.total_count) == (user.id, 1)
    assert clerk.users.count(user_id=[user.id, "user_ada"]) == 2
    assert clerk.users.update(user.id, last_name="One").last_name == "One"
    assert clerk.users.ban(user.id).banned
    assert not clerk.users.unban(user.id).banned
    assert clerk.users.lock(user.id).locked
    assert not clerk.users.unlock(user.id).locked
    assert clerk.users.verify_password(user.id, "engine-1843")
    refused = refusal(clerk.users.verify_password, user.id, "wrong")
    assert refused == (422, "incorrect_password")
    assert refusal(clerk.users.verify_totp, user.id, "123456")[1] == "totp_disabled"
    assert refusal(clerk.users.get, "user_x") == (404, "resource_not_found")
    assert clerk.users.list_oauth_access_tokens(user.id, "google").total_count == 0


def test_metadata(clerk, user):
    told = clerk.users.update_metadata(user.id, public_metadata={"b": 2, "a": None})
    assert told.public_metadata == {"b": 2}
    told = clerk.users.replace_metadata(user.id, private_metadata={"c": 3})
    assert (told.public_metadata, told.private_metadata) == ({"b": 2}, {"c": 3})
    with pytest.warns(DeprecationWarning, match="update_metadata"):
        told = clerk.users.update(user.id, first_name="N", public_metadata={"d": 4})
    assert (told.first_name, told.public_metadata) == ("N", {"d": 4})


def test_a_picture(clerk, user):
    png = b"\x89PNG\r\n\x1a\n"
    told = clerk.users.set_profile_image(user.id, png, content_type="image/png")
    assert told.has_image
    assert not clerk.users.delete_profile_image(user.id).has_image


def test_organizations(clerk, organization, user):
    assert clerk.organizations.get(slug=organization.slug).id == organization.id
    assert clerk.organizations.list(query="acme").total_count == 1
    assert clerk.organizations.update(organization.id, name="Lamps").name == "Lamps"
    told = clerk.organizations.update_metadata(
        organization.id, public_metadata={"a": 1}
    )
    assert told.public_metadata == {"a": 1}
    [membership] = clerk.users.list_memberships(user.id)
    assert membership.organization.id == organization.id


def test_memberships(clerk, organization):
    calls, known = clerk.organizations, (organization.id, "user_alan")
    made = calls.create_membership(
        organization.id, user_id="user_alan", role="org:member"
    )
    assert made.public_user_data.user_id == "user_alan"
    assert calls.update_membership(*known, role="org:admin").role == "org:admin"
    told = calls.update_membership_metadata(*known, public_metadata={"a": 1})
    assert told.public_metadata == {"a": 1}
    assert calls.list_memberships(organization.id, role=["org:admin"]).total_count == 2
    assert calls.list_all_memberships(limit=1).total_count > 2
    assert calls.delete_membership(*known).id == made.id


def test_invitations(clerk, organization):
    calls = clerk.organization_invitations
    made = calls.create(organization.id, email_address="a@x.example", role="org:member")
    assert calls.get(organization.id, made.id) == made
    many = calls.create_many(
        organization.id, [{"email_address": "b@x.example", "role": "org:member"}]
    )
    assert many.total_count == 1
    assert calls.list(organization.id, status=["pending"]).total_count == 2
    assert calls.list_all().total_count == 2
    assert calls.revoke(organization.id, made.id).status == "revoked"
    invited = clerk.invitations.create(email_address="c@x.example", notify=False)
    assert clerk.invitations.list(status="pending").total_count == 1
    assert clerk.invitations.create_many([{"email_address": "d@x.example"}])
    assert clerk.invitations.revoke(invited.id).status == "revoked"


def test_sessions(clerk, user):
    session = clerk.sessions.create(user.id)
    assert clerk.sessions.get(session.id) == session
    assert clerk.sessions.list(user_id=user.id).total_count == 1
    assert clerk.sessions.get_token(session.id).jwt
    refused = refusal(clerk.sessions.get_token, session.id, "nothing")
    assert refused == (404, "resource_not_found")
    assert clerk.clients.get(session.client_id).session_ids == [session.id]
    assert clerk.clients.list().total_count
    assert clerk.sessions.revoke(session.id).status == "revoked"
    assert clerk.jwks.get()["keys"]


def test_tokens_that_let_somebody_in(clerk, user):
    token = clerk.sign_in_tokens.create(user.id, expires_in_seconds=60)
    assert clerk.sign_in_tokens.revoke(token.id).status == "revoked"
    assert clerk.testing_tokens.create().token
    refused = refusal(clerk.clients.get_handshake_payload, "x")
    assert refused == (404, "resource_not_found")


def test_api_keys(clerk, user):
    made = clerk.api_keys.create(name="CI", subject=user.id, claims={"a": 1})
    assert clerk.api_keys.verify(made.secret).subject == user.id
    assert clerk.api_keys.get_secret(made.id) == {"secret": made.secret}
    assert clerk.api_keys.update(made.id, scopes=["x"]).scopes == ["x"]
    assert clerk.api_keys.list(user.id).total_count == 1
    assert clerk.api_keys.revoke(made.id).revoked
    refused = refusal(clerk.api_keys.verify, made.secret)
    assert refused == (404, "resource_not_found")
    assert clerk.api_keys.get(made.id).revoked
    assert clerk.api_keys.delete(made.id).deleted


def test_machines(clerk, local):
    machine, key = create_machine(local.state, "writer")
    made = clerk.m2m.create(claims={"a": 1}, machine_secret_key=key)
    assert clerk.m2m.verify(made.token).claims == {"a": 1}
    assert clerk.m2m.verify(made.token, machine_secret_key=key).id == made.id
    assert clerk.m2m.list(machine["id"]).total_count == 1
    assert clerk.m2m.revoke(made.id, machine_secret_key=key).revoked
    refused = refusal(clerk.m2m.verify, made.token)
    assert refused == (404, "resource_not_found")


def test_oauth_tokens(clerk, local, user):
    application, _ = create_oauth_application(local.state, "Reader")
    _, token = create_oauth_token(
        local.issuer, application["id"], user.id, audience=["api"]
    )
    assert clerk.oauth_access_tokens.verify(token, audience="api").subject == user.id
    refused = refusal(clerk.oauth_access_tokens.verify, "oat_x")
    assert refused == (404, "resource_not_found")


def test_calls_that_have_no_method(clerk):
    made = clerk.request("POST", "/jwt_templates", body={"name": "db"})
    assert clerk.request("GET", ["jwt_templates", made["id"]]) == made
    assert clerk.request("DELETE", ["jwt_templates", made["id"]]).deleted
    assert clerk.request("GET", "/organization_roles").total_count == 2


def test_a_wrong_key_is_told_apart(origin):
    other = clerk_client(api_url=origin, secret_key="sk_test_other")
    assert refusal(other.users.get, "user_ada") == (401, "clerk_key_invalid")
