"""Who belongs to which organization, as what.

Source: Clerk, backend API, 3.3 and 4.3.
"""

from collections.abc import Mapping
from typing import Any

from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.metadata import changed_metadata
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.roles import ADMIN, need_role, permissions_of
from clerk_wsgi.local.state import State, missing

KINDS = ("public_metadata", "private_metadata")


def add_member(
    state: State, organization_id: str, user_id: str, role: str, **given: Any
) -> Document:
    """Raises ApiError: 404 for who or what is not there, 4xx for what cannot be."""
    need_role(state, role)
    with state.changing():
        organization = state.need("organization", organization_id)
        user = state.need("user", user_id)
        if find_membership(state, organization_id, user_id):
            said = "This user is already a member of the organization."
            raise ApiError(400, "already_a_member_in_organization", said)
        if 0 < organization["max_allowed_memberships"] <= organization["members_count"]:
            said = "The organization has as many members as it may have."
            raise ApiError(403, "organization_membership_quota_exceeded", said)
        membership = {
            "id": state.ids.new("orgmem"),
            "object": "organization_membership",
            "role": role,
            "public_metadata": given.get("public_metadata") or {},
            "private_metadata": given.get("private_metadata") or {},
            "created_at": state.now_ms,
            "updated_at": state.now_ms,
            "organization_id": organization["id"],
            "user_id": user["id"],
        }
        state.records.keep("membership", membership)
        count_members(state, organization_id)
        told = membership_resource(state, membership)
        state.tell("organizationMembership.created", told)
    return membership


def change_membership(state: State, membership: Document, **members: Any) -> Document:
    if "role" in members:
        need_role(state, members["role"])
    with state.changing():
        if members.get("role", ADMIN) != ADMIN:
            require_other_admin(state, membership)
        changed = state.update("membership", membership["id"], **members)
        told = membership_resource(state, changed)
        state.tell("organizationMembership.updated", told)
    return changed


def change_membership_metadata(
    state: State, membership: Document, given: Mapping[str, Any]
) -> Document:
    """PATCH: `given` maps some of the two kinds to what is new."""
    new = changed_metadata(membership, given, KINDS)
    return change_membership(state, membership, **new)


def need_membership(state: State, organization_id: str, user_id: str) -> Document:
    """Raises ApiError (404) for somebody who is no member."""
    found = find_membership(state, organization_id, user_id)
    return found or missing("membership")


def remove_member(state: State, membership: Document) -> Document:
    """The membership as it was; the last admin stays."""
    with state.changing():
        require_other_admin(state, membership)
        return drop_membership(state, membership)


def drop_membership(state: State, membership: Document) -> Document:
    with state.changing():
        told = membership_resource(state, membership)
        state.records.drop("membership", membership["id"])
        count_members(state, membership["organization_id"])
        leave(state, membership)
        state.tell("organizationMembership.deleted", told)
    return told


def leave(state: State, membership: Document) -> None:
    """Sessions that have the organization active have it no longer."""
    left = membership["organization_id"]
    for session in state.records.find("session", user_id=membership["user_id"]):
        if session["last_active_organization_id"] == left:
            state.update("session", session["id"], last_active_organization_id=None)


def require_other_admin(state: State, membership: Document) -> None:
    organization_id = membership["organization_id"]
    others = state.records.find("membership", organization_id=organization_id)
    admins = [each["id"] for each in others if each["role"] == ADMIN]
    if admins == [membership["id"]]:
        said = "The organization needs another admin first."
        raise ApiError(400, "organization_minimum_permissions_needed", said)


def count_members(state: State, organization_id: str) -> None:
    members = state.records.find("membership", organization_id=organization_id)
    organization = state.need("organization", organization_id)
    state.records.keep("organization", {**organization, "members_count": len(members)})


def find_membership(
    state: State, organization_id: str | None, user_id: str
) -> Document | None:
    sought = {"organization_id": organization_id, "user_id": user_id}
    return next(iter(state.records.find("membership", **sought)), None)


def memberships_of(state: State, user_id: str) -> list[Document]:
    return state.records.find("membership", user_id=user_id)


def membership_resource(state: State, membership: Mapping[str, Any]) -> Document:
    """As Clerk writes it: with the organization, and what may be known of the user."""
    user = state.need("user", membership["user_id"])
    organization = state.need("organization", membership["organization_id"])
    role = state.records.get("role", membership["role"])
    named = ("organization_id", "user_id")
    return {
        **{name: each for name, each in membership.items() if name not in named},
        "role_name": role["name"] if role else membership["role"],
        "permissions": permissions_of(state, membership["role"]),
        "organization": organization,
        "public_user_data": public_user_data(user),
    }


def public_user_data(user: Mapping[str, Any]) -> Document:
    return {
        "user_id": user["id"],
        "identifier": identifier_of(user),
        "first_name": user["first_name"],
        "last_name": user["last_name"],
        "image_url": user["image_url"],
        "profile_image_url": user["image_url"],
        "has_image": user["has_image"],
        "username": user["username"],
        "banned": user["banned"],
    }


def identifier_of(user: Mapping[str, Any]) -> str:
    """What others know the user by: an address, a user name, a number, or the id."""
    primary = user["primary_email_address_id"]
    addresses = sorted(user["email_addresses"], key=lambda each: each["id"] != primary)
    known = [each["email_address"] for each in addresses]
    numbers = [each["phone_number"] for each in user["phone_numbers"]]
    return str(next(filter(None, (*known, user["username"], *numbers, user["id"]))))
