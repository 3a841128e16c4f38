"""Roles in organizations, and the permissions that they are made of.

Source: Clerk, backend API, 3.3. A role or permission is kept under its key; what is
shown as its id is the instance's own `_id`. A role's `_permissions` are keys.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.state import State, missing

ADMIN, MEMBER = "org:admin", "org:member"
SYSTEM = (
    *("org:sys_profile:manage", "org:sys_profile:delete", "org:sys_memberships:read"),
    *("org:sys_memberships:manage", "org:sys_domains:read", "org:sys_domains:manage"),
)
MEMBERS_SYSTEM = ("org:sys_memberships:read",)
OWN_BY_CLERK = "org:sys_"

ROLE_KEY = re.compile(r"org:[a-z0-9_]+")
PERMISSION_KEY = re.compile(r"org:[a-z0-9_]+:[a-z0-9_]+")


def create_role(
    state: State,
    key: str,
    permissions: Sequence[str] = (),
    *,
    name: str = "",
    description: str | None = None,
) -> Document:
    """A role of all organizations, in place of one with that key."""
    with state.changing():
        known = state.records.get("role", key)
        for each in permissions:
            need_permission(state, each, is_made=True)
        role = {
            "id": key,
            "object": "role",
            "key": key,
            "name": name or named(key),
            "description": description,
            "is_creator_eligible": key == ADMIN,
            "created_at": known["created_at"] if known else state.now_ms,
            "updated_at": state.now_ms,
            "_id": known["_id"] if known else state.ids.new("role"),
            "_permissions": list(dict.fromkeys(permissions)),
        }
        state.records.keep("role", role)
        state.tell("role.updated" if known else "role.created", told(state, role))
    return role


def told(state: State, role: Mapping[str, Any]) -> Document:
    """The role as Clerk writes it, with all of each permission."""
    permissions = (state.records.get("permission", e) for e in role["_permissions"])
    return {
        **role,
        "id": role["_id"],
        "permissions": [told_permission(each) for each in permissions if each],
    }


def find_role(state: State, name: str) -> Document:
    """The role with that id or key. Raises ApiError (404)."""
    return found_by_name(state, "role", name)


def change_role(state: State, role: Mapping[str, Any], **members: Any) -> Document:
    """`permissions` are keys or ids."""
    with state.changing():
        wanted = members.pop("permissions", None)
        if wanted is not None:
            known = (need_permission(state, each) for each in wanted)
            members["_permissions"] = list(dict.fromkeys(e["key"] for e in known))
        changed = state.update("role", role["id"], **members)
        state.tell("role.updated", told(state, changed))
    return changed


def delete_role(state: State, role: Mapping[str, Any]) -> Document:
    """Raises ApiError (403, 400) for one of Clerk's own, or one that somebody has."""
    with state.changing():
        if role["key"] in (ADMIN, MEMBER):
            raise ApiError(403, "authorization_invalid", "This role cannot be deleted.")
        if state.records.find("membership", role=role["key"]):
            said = "The role is assigned to members, who need another one first."
            raise ApiError(400, "organization_role_assigned_to_members", said)
        state.records.drop("role", role["id"])
        gone = {"id": role["_id"], "object": "role", "deleted": True}
        state.tell("role.deleted", gone)
    return gone


def need_role(state: State, key: object) -> Document:
    """Raises ApiError (404) for what is no role's key."""
    found = state.records.get("role", key) if isinstance(key, str) else None
    if found is None:
        said = "There is no role with that key."
        raise ApiError(404, "resource_not_found", said, "role")
    return found


def permissions_of(state: State, key: str) -> list[str]:
    role = state.records.get("role", key)
    return list(role["_permissions"]) if role else []


def create_permission(
    state: State, key: str, *, name: str = "", description: str = ""
) -> Document:
    permission = {
        "id": key,
        "object": "permission",
        "key": key,
        "name": name or named(key),
        "description": description,
        "type": "system" if key.startswith(OWN_BY_CLERK) else "user",
        "created_at": state.now_ms,
        "updated_at": state.now_ms,
        "_id": state.ids.new("perm"),
    }
    with state.changing():
        state.records.keep("permission", permission)
        state.tell("permission.created", told_permission(permission))
    return permission


def told_permission(permission: Mapping[str, Any]) -> Document:
    return {**permission, "id": permission["_id"]}


def need_permission(state: State, name: str, *, is_made: bool = False) -> Document:
    """The one with that id or key; a key that nobody knows is made, if wanted."""
    found = state.records.get("permission", name)
    if found is None and is_made:
        return create_permission(state, name)
    return found or found_by_name(state, "permission", name)


def change_permission(
    state: State, permission: Mapping[str, Any], **members: Any
) -> Document:
    with state.changing():
        require_own(permission)
        changed = state.update("permission", permission["id"], **members)
        state.tell("permission.updated", told_permission(changed))
    return changed


def delete_permission(state: State, permission: Mapping[str, Any]) -> Document:
    """No role has it any longer."""
    with state.changing():
        require_own(permission)
        for role in state.records.find("role"):
            if permission["key"] in role["_permissions"]:
                left = [e for e in role["_permissions"] if e != permission["key"]]
                change_role(state, role, permissions=left)
        state.records.drop("permission", permission["id"])
        gone = {"id": permission["_id"], "object": "permission", "deleted": True}
        state.tell("permission.deleted", gone)
    return gone


def require_own(permission: Mapping[str, Any]) -> None:
    if permission["type"] == "system":
        said = "Permissions of the system cannot be changed."
        raise ApiError(403, "authorization_invalid", said)


def found_by_name(state: State, kind: str, name: str) -> Document:
    found = state.records.get(kind, name)
    known = [found] if found else state.records.find(kind, _id=name)
    return known[0] if known else missing(kind)


def named(key: str) -> str:
    return key.removeprefix("org:").replace("_", " ").replace(":", ": ").capitalize()
