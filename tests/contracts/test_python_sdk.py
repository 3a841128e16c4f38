"""Clerk's own SDK for Python takes a local Clerk for the real one.

Its models are strict: an answer that lacks a field of theirs is an exception.
"""

import time

import pytest

from clerk_wsgi.local.oauth_tokens import create_oauth_token

sdk = pytest.importorskip(
    "clerk_backend_api",
    reason="clerk-backend-api is missing: Clerk's SDK was not asked",
)
from clerk_backend_api import models  # noqa: E402
from clerk_backend_api.security import (  # noqa: E402
    AuthenticateRequestOptions,
    authenticate_request,
)

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def clerk(local, origin):
    with sdk.Clerk(bearer_auth=local.secret_key, server_url=f"{origin}/v1") as clerk:
        yield clerk


@pytest.fixture
def user(clerk):
    name = f"p{time.monotonic_ns()}"
    return clerk.users.create(
        email_address=[f"{name}@example.com"], password="engine-1843"
    )


@pytest.fixture
def organization(clerk, user):
    made = clerk.organizations.create(request={"name": "Acme", "created_by": user.id})
    yield made
    clerk.organizations.delete(organization_id=made.id)


def refusal(call, *given, **named):
    """The codes of the error that the SDK makes of the answer."""
    with pytest.raises(models.ClerkErrors) as refused:
        call(*given, **named)
    return [each.code for each in refused.value.data.errors]


def test_users(clerk, user):
    assert clerk.users.get(user_id=user.id) == user
    found = clerk.users.list(request={"query": user.id, "limit": 5})
    assert [each.id for each in found] == [user.id]
    assert clerk.users.count(request={"user_id": [user.id]}).total_count == 1
    changed = clerk.users.update(user_id=user.id, first_name="Ada", username="ada1")
    assert (changed.first_name, changed.username) == ("Ada", "ada1")
    assert clerk.users.ban(user_id=user.id).banned
    assert not clerk.users.unban(user_id=user.id).banned
    assert clerk.users.bulk_ban(user_ids=[user.id])[0].banned
    assert not clerk.users.bulk_unban(user_ids=[user.id])[0].banned
    assert clerk.users.lock(user_id=user.id).locked
    assert not clerk.users.unlock(user_id=user.id).locked
    verified = clerk.users.verify_password(user_id=user.id, password="engine-1843")
    assert verified.verified
    assert clerk.users.delete(user_id=user.id).deleted
    assert refusal(clerk.users.get, user_id=user.id) == ["resource_not_found"]


def test_metadata(clerk, user):
    clerk.users.update_metadata(
        user_id=user.id, public_metadata={"role": "admin", "x": {"a": 1, "b": 2}}
    )
    told = clerk.users.update_metadata(
        user_id=user.id, public_metadata={"role": None, "x": {"a": None}}
    )
    assert told.public_metadata == {"x": {"b": 2}}
    told = clerk.users.replace_metadata(user_id=user.id, private_metadata={"p": 1})
    assert (told.public_metadata, told.private_metadata) == ({"x": {"b": 2}}, {"p": 1})


def test_what_belongs_to_a_user(clerk, user):
    made = clerk.email_addresses.create(
        request={"user_id": user.id, "email_address": f"x{user.id}@example.com"}
    )
    known = clerk.email_addresses.get(email_address_id=made.id)
    assert known.verification.status == "unverified"
    changed = clerk.email_addresses.update(
        email_address_id=made.id, verified=True, primary=True
    )
    assert changed.verification.status == "verified"
    assert clerk.email_addresses.delete(email_address_id=made.id).deleted
    number = clerk.phone_numbers.create(
        request={"user_id": user.id, "phone_number": "+15555550142", "verified": True}
    )
    assert clerk.phone_numbers.get(phone_number_id=number.id) == number
    assert clerk.phone_numbers.delete(phone_number_id=number.id).deleted
    image = {"file_name": "a.png", "content": b"\x89PNG\r\n\x1a\n"}
    assert clerk.users.set_profile_image(user_id=user.id, file=image).has_image
    assert not clerk.users.delete_profile_image(user_id=user.id).has_image
    tokens = clerk.users.get_o_auth_access_token(
        user_id=user.id, provider="oauth_google"
    )
    assert tokens == []
    page = clerk.users.get_organization_memberships(user_id=user.id)
    assert page.total_count == 0
    assert clerk.users.disable_mfa(user_id=user.id).user_id == user.id


def test_organizations(clerk, organization, user):
    by_slug = clerk.organizations.get(organization_id=organization.slug)
    assert by_slug.id == organization.id
    page = clerk.organizations.list(user_id=[user.id])
    assert [each.id for each in page.data] == [organization.id]
    changed = clerk.organizations.update(organization_id=organization.id, name="Lamps")
    assert changed.name == "Lamps"
    told = clerk.organizations.merge_metadata(
        organization_id=organization.id, public_metadata={"a": 1}
    )
    assert told.public_metadata == {"a": 1}
    told = clerk.organizations.replace_metadata(
        organization_id=organization.id, public_metadata={}
    )
    assert told.public_metadata == {}


def test_memberships(clerk, organization):
    calls = clerk.organization_memberships
    known = {"organization_id": organization.id, "user_id": "user_alan"}
    assert calls.create(**known, role="org:member").permissions
    assert calls.update(**known, role="org:admin").role == "org:admin"
    told = calls.update_metadata(**known, public_metadata={"a": 1})
    assert told.public_metadata == {"a": 1}
    page = calls.list(organization_id=organization.id, query="alan")
    assert page.data[0].public_user_data.user_id == "user_alan"
    every = clerk.users.get_instance_organization_memberships(limit=50)
    assert every.total_count >= 2
    assert calls.delete(**known).role == "org:admin"
    assert refusal(calls.delete, **known) == ["resource_not_found"]


def test_invitations(clerk, organization, user):
    calls = clerk.organization_invitations
    known = {"organization_id": organization.id}
    made = calls.create(
        **known,
        email_address="new@example.com",
        role="org:member",
        inviter_user_id=user.id,
    )
    assert calls.get(**known, invitation_id=made.id) == made
    assert calls.list(**known).total_count == 1
    assert calls.list_pending(**known).total_count == 1
    assert calls.get_all().total_count == 1
    assert calls.revoke(**known, invitation_id=made.id).status == "revoked"
    many = calls.bulk_create(
        **known, request_body=[{"email_address": "b@example.com", "role": "org:member"}]
    )
    assert many.total_count == 1
    assert clerk.users.get_organization_invitations(user_id=user.id).data == []
    invited = clerk.invitations.create(
        request={"email_address": f"{user.id}@example.org", "notify": False}
    )
    assert clerk.invitations.list()[0].id == invited.id
    assert clerk.invitations.revoke(invitation_id=invited.id).status == "revoked"


def test_roles_and_permissions(clerk):
    permission = clerk.organization_permissions.create(
        name="Write", key="org:books:write"
    )
    role = clerk.organization_roles.create(
        name="Author", key="org:author", permissions=[permission.id]
    )
    assert role.permissions[0].key == "org:books:write"
    known = {"organization_role_id": role.id}
    assert clerk.organization_roles.get(**known) == role
    keys = [each.key for each in clerk.organization_roles.list().data]
    assert {"org:admin", "org:author"} <= set(keys)
    clerk.organization_roles.remove_permission(**known, permission_id=permission.id)
    clerk.organization_roles.assign_permission(**known, permission_id=permission.id)
    assert clerk.organization_roles.update(**known, name="Writer").name == "Writer"
    page = clerk.organization_permissions.list(query="books")
    assert page.total_count == 1
    assert clerk.role_sets.list().data[0].creator_role.key == "org:admin"
    assert clerk.organization_roles.delete(**known).deleted
    assert clerk.organization_permissions.delete(permission_id=permission.id).deleted


def test_sessions_and_tokens(clerk, user):
    session = clerk.sessions.create(request={"user_id": user.id})
    known = {"session_id": session.id}
    assert clerk.sessions.get(**known) == session
    assert clerk.sessions.list(user_id=user.id) == [session]
    assert clerk.sessions.create_token(**known, expires_in_seconds=60).jwt
    template = clerk.jwt_templates.create(
        request={"name": "sdk", "claims": {"mail": "{{user.primary_email_address}}"}}
    )
    assert clerk.jwt_templates.get(template_id=template.id) == template
    assert clerk.jwt_templates.list() == [template]
    token = clerk.sessions.create_token_from_template(**known, template_name="sdk")
    assert token.jwt
    renamed = clerk.jwt_templates.update(
        template_id=template.id, name="sdk2", claims={"a": 1}
    )
    assert renamed.name == "sdk2"
    assert clerk.jwt_templates.delete(template_id=template.id).deleted
    client = clerk.clients.get(client_id=session.client_id)
    assert client.session_ids == [session.id]
    assert clerk.sessions.revoke(**known).status == "revoked"


def test_a_session_is_refreshed(clerk, local, origin, user):
    session = clerk.sessions.create(request={"user_id": user.id})
    kept = local.state.need("session", session.id)
    site = "http://localhost:3000"
    told = clerk.sessions.refresh(
        session_id=session.id,
        expired_token=local.issuer.session_token(kept, site),
        refresh_token=kept["_refresh_token"],
        request_origin=site,
        format_="cookie",
    )
    assert any(each.startswith("__session=") for each in told.cookies)


def test_tokens_that_let_somebody_in(clerk, user):
    token = clerk.sign_in_tokens.create(request={"user_id": user.id})
    assert token.token
    revoked = clerk.sign_in_tokens.revoke(sign_in_token_id=token.id)
    assert revoked.status == "revoked"
    actor = clerk.actor_tokens.create(
        request={"user_id": user.id, "actor": {"sub": "user_ada"}}
    )
    assert clerk.actor_tokens.revoke(actor_token_id=actor.id).status == "revoked"
    assert clerk.testing_tokens.create().expires_at > time.time() * 1000


def test_api_keys(clerk, user):
    made = clerk.api_keys.create_api_key(name="CI", subject=user.id, scopes=["read"])
    found = clerk.api_keys.verify_api_key(secret=made.secret)
    assert (found.subject, found.scopes) == (user.id, ["read"])
    known = {"api_key_id": made.id}
    assert clerk.api_keys.get_api_key(**known).name == "CI"
    assert clerk.api_keys.get_api_key_secret(**known).secret == made.secret
    assert clerk.api_keys.get_api_keys(subject=user.id).total_count == 1
    assert clerk.api_keys.update_api_key(**known, scopes=[]).scopes == []
    assert clerk.api_keys.revoke_api_key(**known, revocation_reason="x").revoked
    with pytest.raises(models.ClerkBaseError) as refused:
        clerk.api_keys.verify_api_key(secret=made.secret)
    assert refused.value.status_code == 404
    assert clerk.api_keys.delete_api_key(**known).id == made.id


def test_machines(clerk, local, origin):
    reader = clerk.machines.create(request={"name": "reader"})
    machine = clerk.machines.create(
        request={"name": "writer", "scoped_machines": [reader.id]}
    )
    known = {"machine_id": machine.id}
    key = clerk.machines.get_secret_key(**known).secret
    assert key == machine.secret_key
    assert clerk.machines.list(query="writer").total_count == 1
    with sdk.Clerk(bearer_auth=key, server_url=f"{origin}/v1") as own:
        token = own.m2m.create_token(claims={"a": 1}, seconds_until_expiration=60)
        assert own.m2m.verify_token(token=token.token).claims == {"a": 1}
        page = own.m2m.list_tokens(subject=machine.id)
        assert page.total_count == 1
        jwt = own.m2m.create_token(token_format="jwt")
        assert own.m2m.verify_token(token=jwt.token).scopes == [reader.id]
        assert own.m2m.revoke_token(m2m_token_id=token.id).revoked
        with pytest.raises(models.ClerkBaseError):
            own.m2m.verify_token(token=token.token)
    back = clerk.machines.create_scope(machine_id=reader.id, to_machine_id=machine.id)
    assert back.to_machine_id == machine.id
    clerk.machines.delete_scope(machine_id=reader.id, other_machine_id=machine.id)
    new = clerk.machines.rotate_secret_key(**known, previous_token_ttl=0)
    assert new.secret != key
    assert clerk.machines.update(**known, name="editor").name == "editor"
    assert clerk.machines.delete(**known).id == machine.id


def test_oauth_tokens(clerk, local, user):
    made = clerk.oauth_applications.create(request={"name": "Reader"})
    known = {"oauth_application_id": made.id}
    assert clerk.oauth_applications.get(**known).client_id == made.client_id
    _, token = create_oauth_token(local.issuer, made.id, user.id)
    told = clerk.oauth_access_tokens.verify(access_token=token)
    assert told.subject == user.id
    clerk.oauth_applications.revoke_token(**known, token=token)
    with pytest.raises(models.ClerkBaseError) as refused:
        clerk.oauth_access_tokens.verify(access_token=token)
    assert refused.value.status_code == 404
    assert clerk.oauth_applications.update(**known, name="R").name == "R"
    assert clerk.oauth_applications.list().total_count == 1
    assert clerk.oauth_applications.delete(**known).deleted


def test_the_instance(clerk, local):
    [key] = clerk.jwks.get_jwks().keys
    assert key.kid == local.keys.current.kid
    assert clerk.instance_settings.get().id == local.settings.instance_id
    assert clerk.instance_settings.get_organization_settings().enabled
    made = clerk.blocklist_identifiers.create(request={"identifier": "+15"})
    assert clerk.blocklist_identifiers.list().total_count == 1
    assert clerk.blocklist_identifiers.delete(identifier_id=made.id).deleted
    made = clerk.allowlist_identifiers.create(request={"identifier": "a@b.example"})
    assert clerk.allowlist_identifiers.list()[0].id == made.id
    assert clerk.allowlist_identifiers.delete(identifier_id=made.id).deleted


class Headers:
    def __init__(self, headers):
        self.headers = headers


def asked(local, headers, **options):
    return authenticate_request(
        Headers(headers),
        AuthenticateRequestOptions(
            secret_key=local.secret_key, jwt_key=local.jwt_key, **options
        ),
    )


def test_a_session_of_ours_is_a_session_of_theirs(clerk, local, user):
    session = clerk.sessions.create(request={"user_id": user.id})
    token = clerk.sessions.create_token(session_id=session.id).jwt
    state = asked(local, {"Authorization": f"Bearer {token}"})
    assert state.is_signed_in
    assert state.payload["sub"] == user.id
    spoilt = token[:-8] + "AAAAAAAA"
    assert not asked(local, {"Authorization": f"Bearer {spoilt}"}).is_signed_in
