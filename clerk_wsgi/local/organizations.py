"""Organizations: what they are called and how they are found.

Source: Clerk, backend API, 3.3 and 4.3. The instance's own: `_features`, `_plan`.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.memberships import add_member, drop_membership
from clerk_wsgi.local.metadata import changed_metadata
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.roles import ADMIN
from clerk_wsgi.local.state import State

KINDS = ("public_metadata", "private_metadata")
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
    name = require_name(name)
    with state.changing():
        organization: Document = {
            "id": identity or state.ids.new("org"),
            "object": "organization",
            "name": name,
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
            "created_at": given.get("created_at") or state.now_ms,
            "updated_at": state.now_ms,
            "_features": list(features),
            "_plan": plan,
        }
        if state.records.get("organization", organization["id"]):
            raise slug_taken()
        state.records.keep("organization", organization)
        state.tell("organization.created", organization)
        if created_by:
            require_creator(state, created_by)
            add_member(state, organization["id"], created_by, ADMIN)
    return state.need("organization", organization["id"])


def require_creator(state: State, user_id: str) -> None:
    if state.records.get("user", user_id) is None:
        said = f"No users found with id {user_id}."
        raise ApiError(400, "organization_creator_not_found", said)


def change_organization(state: State, organization_id: str, **members: Any) -> Document:
    """The organization with these members; told to whoever wants to know."""
    with state.changing():
        organization = state.need("organization", organization_id)
        slug = members.get("slug")
        if slug and slug != organization["slug"]:
            free_slug(state, slug, is_given=True)
        if "name" in members:
            members["name"] = require_name(members["name"])
        organization = state.update("organization", organization_id, **members)
        state.tell("organization.updated", organization)
    return organization


def change_organization_metadata(
    state: State,
    organization_id: str,
    given: Mapping[str, Any],
    *,
    is_whole: bool = False,
) -> Document:
    """PATCH, or PUT with `is_whole`: `given` maps some kinds to what is new."""
    with state.changing():
        organization = state.need("organization", organization_id)
        new = changed_metadata(organization, given, KINDS, is_whole=is_whole)
        return change_organization(state, organization_id, **new)


def require_name(name: object) -> str:
    if not isinstance(name, str) or not name.strip():
        said = "Enter the organization's name."
        raise ApiError(422, "form_param_missing", said, "name")
    return name.strip()


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
    numbered = (f"{slug}-{number}" for number in count(2))
    return next(e for e in numbered if not state.records.find("organization", slug=e))


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
