"""Organizations, who belongs to them, and what each role may do there.

Source: Clerk, backend API, 3.3 and 4.3. The instance's own: `_features`, `_plan`.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.state import State

ADMIN, MEMBER = "org:admin", "org:member"
SYSTEM = (
    *("org:sys_profile:manage", "org:sys_profile:delete", "org:sys_memberships:read"),
    *("org:sys_memberships:manage", "org:sys_domains:read", "org:sys_domains:manage"),
)
MEMBERS_SYSTEM = ("org:sys_memberships:read",)
UNLIMITED = 0


def create_organization(
    state: State,
    name: str,
    *,
    slug: str | None = None,
    identity: str | None = None,
    created_by: str | None = None,
    features: Sequence[str] = (),
    plan: str = "",
    **given: Any,
) -> Document:
    """A new one; who creates it is its first admin. Raises ApiError (422)."""
    if not name.strip():
        said = "Enter the organization's name."
        raise ApiError(422, "form_param_missing", said, "name")
    with state.changing():
        organization = {
            "id": identity or state.ids.new("org"),
            "object": "organization",
            "name": name.strip(),
            "slug": free_slug(state, slug or slug_of(name), is_given=bool(slug)),
            "image_url": "",
            "logo_url": None,
            "has_image": False,
            "members_count": 0,
            "pending_invitations_count": 0,
            "max_allowed_memberships": given.get("max_allowed_memberships")
            or UNLIMITED,
            "admin_delete_enabled": True,
            "public_metadata": given.get("public_metadata") or {},
            "private_metadata": given.get("private_metadata") or {},
            "created_by": created_by or "",
            "role_set_key": None,
            "last_active_at": None,
            "created_at": state.now_ms,
            "updated_at": state.now_ms,
            "_features": list(features),
            "_plan": plan,
        }
        if state.records.get("organization", organization["id"]):
            raise slug_taken()
        state.records.keep("organization", organization)
        state.tell("organization.created", organization)
        if created_by:
            add_member(state, organization["id"], created_by, ADMIN)
    return state.need("organization", organization["id"])


def slug_of(name: str) -> str:
    return re.sub("[^a-z0-9]+", "-", name.casefold()).strip("-") or "organization"


def free_slug(state: State, slug: str, *, is_given: bool) -> str:
    """A slug that somebody chose must be free; one of ours gets a number."""
    if not re.fullmatch("[a-z0-9][a-z0-9-]*", slug):
        said = "A slug has lowercase letters, digits and hyphens only."
        raise ApiError(422, "form_param_format_invalid", said, "slug")
    if not state.records.find("organization", slug=slug):
        return slug
    if is_given:
        raise slug_taken()
    return f"{slug}-{state.records.count('organization')}"


def slug_taken() -> ApiError:
    said = "That slug is taken. Please try another."
    return ApiError(422, "form_identifier_exists", said, "slug")


def find_organization(state: State, name: str | None) -> Document | None:
    """The organization with that id or slug."""
    if not name:
        return None
    found = state.records.get("organization", name)
    return found or next(iter(state.records.find("organization", slug=name)), None)


def need_organization(state: State, name: str | None) -> Document:
    return find_organization(state, name) or state.need("organization", None)


def add_member(
    state: State, organization_id: str, user_id: str, role: str, **given: Any
) -> Document:
    """Raises ApiError: 404 for who or what is not there, 4xx for what cannot be."""
    require_role(state, role)
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
        require_role(state, members["role"])
    with state.changing():
        if members.get("role", ADMIN) != ADMIN:
            require_other_admin(state, membership)
        changed = state.update("membership", membership["id"], **members)
        told = membership_resource(state, changed)
        state.tell("organizationMembership.updated", told)
    return changed


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


def delete_organization(state: State, organization_id: str) -> Document:
    with state.changing():
        organization = state.need("organization", organization_id)
        named = {"organization_id": organization["id"]}
        for membership in state.records.find("membership", **named):
            drop_membership(state, membership)
        for invitation in state.records.find("organization_invitation", **named):
            state.records.drop("organization_invitation", invitation["id"])
        state.records.drop("organization", organization["id"])
        gone = {"id": organization["id"], "object": "organization", "deleted": True}
        state.tell("organization.deleted", {**gone, "slug": organization["slug"]})
    return gone


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
    identifiers = [each["email_address"] for each in user["email_addresses"]]
    return {
        "user_id": user["id"],
        "identifier": next(iter(identifiers), user["username"] or user["id"]),
        "first_name": user["first_name"],
        "last_name": user["last_name"],
        "image_url": user["image_url"],
        "has_image": user["has_image"],
        "username": user["username"],
        "banned": user["banned"],
    }


def create_role(
    state: State, key: str, permissions: Sequence[str] = (), *, name: str = ""
) -> Document:
    """A role of all organizations; its key is its id here too."""
    with state.changing():
        role = {
            "id": key,
            "object": "role",
            "key": key,
            "name": name or key.removeprefix("org:").replace("_", " ").capitalize(),
            "description": "",
            "_permissions": list(permissions),
            "_role_id": state.ids.new("role"),
            "is_creator_eligible": key == ADMIN,
            "created_at": state.now_ms,
            "updated_at": state.now_ms,
        }
        state.records.keep("role", role)
    return role


def require_role(state: State, key: object) -> None:
    if not isinstance(key, str) or state.records.get("role", key) is None:
        said = "There is no role with that key."
        raise ApiError(404, "resource_not_found", said, "role")


def permissions_of(state: State, key: str) -> list[str]:
    role = state.records.get("role", key)
    return list(role["_permissions"]) if role else []
