"""Invitations to organizations (Clerk: backend API, 3.3).

What these functions give is an invitation as Clerk writes it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.identifiers import require_address
from clerk_wsgi.local.invitations import DAYS, is_pending, lifetime, status_of
from clerk_wsgi.local.memberships import add_member, find_membership, public_user_data
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.roles import need_role
from clerk_wsgi.local.state import State, missing
from clerk_wsgi.local.tickets import new_ticket, ticket_url, with_status
from clerk_wsgi.local.users import find_by_identifier

KIND = "organization_invitation"
PUBLIC = ("id", "name", "slug", "image_url", "has_image")


def invite(
    state: State,
    organization: Mapping[str, Any],
    email_address: str,
    role: str,
    *,
    inviter_id: str | None = None,
    url: str | None = None,
    expires_in_days: int = DAYS,
    **given: Any,
) -> Document:
    """`url` is the page that gets the ticket; metadata may be `given`.

    Raises ApiError: 422 for what is no address, 404 for who or what is not there, 400
    for somebody who is a member, or invited, already.
    """
    require_address(email_address)
    address = email_address.strip()
    with state.changing():
        need_role(state, role)
        if inviter_id:
            state.need("user", inviter_id)
        require_new(state, organization["id"], address)
        ticket, digest = new_ticket(state)
        status = "sign_in" if find_by_identifier(state, address) else "sign_up"
        invitation = {
            "id": state.ids.new("orginv"),
            "object": KIND,
            "email_address": address,
            "role": role,
            "organization_id": organization["id"],
            "inviter_id": inviter_id,
            "status": "pending",
            "public_metadata": given.get("public_metadata") or {},
            "private_metadata": given.get("private_metadata") or {},
            "url": ticket_url(url, ticket, status),
            **lifetime(state, expires_in_days),
            "_digest": digest,
        }
        state.records.keep(KIND, invitation)
        return settled(state, invitation, "created")


def require_new(state: State, organization_id: str, address: str) -> None:
    user = find_by_identifier(state, address)
    if user and find_membership(state, organization_id, user["id"]):
        said = "This user is already a member of the organization."
        raise ApiError(400, "already_a_member_in_organization", said, "email_address")
    for known in invitations_of(state, organization_id, ["pending"]):
        if known["email_address"].casefold() == address.casefold():
            said = "An organization invites an address once at a time."
            code = "organization_invitation_not_unique"
            raise ApiError(400, code, said, "email_address")


def invitations_of(
    state: State, organization_id: str, statuses: Sequence[str] = ()
) -> list[Document]:
    """Those of the organization, oldest first."""
    found = state.records.find(KIND, organization_id=organization_id)
    return with_status([invitation_resource(state, each) for each in found], statuses)


def invitations_for(
    state: State, user: Mapping[str, Any], statuses: Sequence[str] = ()
) -> list[Document]:
    """Those that were sent to one of the user's addresses, oldest first."""
    known = {each["email_address"].casefold() for each in user["email_addresses"]}
    found = state.records.find(KIND)
    own = [each for each in found if each["email_address"].casefold() in known]
    return with_status([invitation_resource(state, each) for each in own], statuses)


def all_invitations(state: State, statuses: Sequence[str] = ()) -> list[Document]:
    found = state.records.find(KIND)
    return with_status([invitation_resource(state, each) for each in found], statuses)


def need_invitation(state: State, organization_id: str, identity: str) -> Document:
    """Raises ApiError (404), also for one of another organization."""
    found = state.records.get(KIND, identity)
    if found is None or found["organization_id"] != organization_id:
        missing(KIND)
    return invitation_resource(state, found)


def accept_invitation(
    state: State, invitation: Mapping[str, Any], user_id: str
) -> Document:
    """The user is a member now. Raises ApiError (4xx)."""
    with state.changing():
        require_pending(state, invitation)
        add_member(
            state,
            invitation["organization_id"],
            user_id,
            invitation["role"],
            public_metadata=invitation["public_metadata"],
            private_metadata=invitation["private_metadata"],
        )
        changed = {"status": "accepted", "user_id": user_id}
        kept = state.update(KIND, invitation["id"], **changed)
        return settled(state, kept, "accepted")


def revoke_invitation(state: State, invitation: Mapping[str, Any]) -> Document:
    """Raises ApiError (400) for one that is pending no longer."""
    with state.changing():
        require_pending(state, invitation)
        kept = state.update(KIND, invitation["id"], status="revoked")
        return settled(state, kept, "revoked")


def require_pending(state: State, invitation: Mapping[str, Any]) -> None:
    if not is_pending(state, state.need(KIND, invitation["id"])):
        said = "The organization invitation is not pending."
        raise ApiError(400, "organization_invitation_not_pending", said)


def settled(state: State, invitation: Document, event: str) -> Document:
    """It is told, and the organization knows how many are pending."""
    organization_id = invitation["organization_id"]
    pending = invitations_of(state, organization_id, ["pending"])
    organization = state.need("organization", organization_id)
    changed = {**organization, "pending_invitations_count": len(pending)}
    state.records.keep("organization", changed)
    told = invitation_resource(state, invitation)
    state.tell(f"organizationInvitation.{event}", told)
    return told


def invitation_resource(state: State, invitation: Mapping[str, Any]) -> Document:
    """With who invites, and where to."""
    organization = state.need("organization", invitation["organization_id"])
    role = state.records.get("role", invitation["role"])
    inviter = state.records.get("user", invitation["inviter_id"] or "")
    return {
        **invitation,
        "status": status_of(state, invitation),
        "role_name": role["name"] if role else invitation["role"],
        "public_inviter_data": public_user_data(inviter) if inviter else None,
        "public_organization_data": {name: organization[name] for name in PUBLIC},
    }
