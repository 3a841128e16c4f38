"""The Backend API's calls about roles and permissions (Clerk: backend API, 3.3)."""

from collections.abc import Sequence

from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.bapi_calls import Asked, Call, Part
from clerk_wsgi.local.params import read, text, texts
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.roles import (
    ADMIN,
    MEMBER,
    PERMISSION_KEY,
    ROLE_KEY,
    change_permission,
    change_role,
    create_permission,
    create_role,
    delete_permission,
    delete_role,
    find_role,
    need_permission,
    permissions_of,
    told,
    told_permission,
)

ROLE = {"name": text, "key": text, "description": text, "permissions": texts}
PERMISSION = {"name": text, "key": text, "description": text}
SORTED = ("name", "key", "created_at")


class BackendRoles(Part):
    def calls(self) -> dict[str, Call]:
        root = "/v1/organization_roles"
        permission = f"{root}/<name>/permissions/<permission>"
        return {
            f"GET {root}": self.roles,
            f"POST {root}": self.create,
            f"GET {root}/<name>": self.role,
            f"PATCH {root}/<name>": self.update,
            f"DELETE {root}/<name>": self.delete,
            f"POST {permission}": self.assign,
            f"DELETE {permission}": self.withdraw,
            "GET /v1/role_sets": self.role_sets,
            "GET /v1/role_sets/<name>": self.role_set,
        }

    def roles(self, asked: Asked) -> Document:
        found = [told(self.state, each) for each in self.state.records.find("role")]
        return asked.page(asked.ordered(named_like(asked, found), SORTED))

    def create(self, asked: Asked) -> Document:
        given = read(asked.body, ROLE, required=["name", "key"])
        require_new(self, "role", given["key"], ROLE_KEY.fullmatch(given["key"]))
        wanted = given.pop("permissions", [])
        given["permissions"] = [need_permission(self.state, e)["key"] for e in wanted]
        return told(self.state, create_role(self.state, **given))

    def role(self, asked: Asked, name: str) -> Document:
        return told(self.state, find_role(self.state, name))

    def update(self, asked: Asked, name: str) -> Document:
        """The key stays what it is: memberships name it."""
        role = find_role(self.state, name)
        given = read(asked.body, ROLE)
        if given.pop("key", role["key"]) != role["key"]:
            said = "The key of a role cannot be changed in a local Clerk."
            raise ApiError(422, "form_param_value_invalid", said, "key")
        return told(self.state, change_role(self.state, role, **given))

    def delete(self, asked: Asked, name: str) -> Document:
        return delete_role(self.state, find_role(self.state, name))

    def assign(self, asked: Asked, name: str, permission: str) -> Document:
        role = find_role(self.state, name)
        wanted = need_permission(self.state, permission)["key"]
        keys = [*permissions_of(self.state, role["key"]), wanted]
        return told(self.state, change_role(self.state, role, permissions=keys))

    def withdraw(self, asked: Asked, name: str, permission: str) -> Document:
        role = find_role(self.state, name)
        unwanted = need_permission(self.state, permission)["key"]
        keys = [e for e in permissions_of(self.state, role["key"]) if e != unwanted]
        return told(self.state, change_role(self.state, role, permissions=keys))

    def role_sets(self, asked: Asked) -> Document:
        return asked.page([self.default_set()])

    def role_set(self, asked: Asked, name: str) -> Document:
        found = self.default_set()
        if name not in (found["id"], found["key"]):
            raise ApiError(404, "resource_not_found", "There is no such role set.")
        return found

    def default_set(self) -> Document:
        """All organizations have the same roles here: all of them."""
        roles = self.state.records.find("role")
        items = [role_item(each) for each in roles]
        of_key = {each["key"]: each for each in items}
        return {
            "id": f"roleset_{self.issuer.settings.instance_id.removeprefix('ins_')}",
            "object": "role_set",
            "name": "Default",
            "key": "role_set:default",
            "description": None,
            "roles": items,
            "default_role": of_key.get(MEMBER),
            "creator_role": of_key.get(ADMIN),
            "type": "initial",
            "role_set_migration": None,
            "created_at": min(each["created_at"] for each in items),
            "updated_at": max(each["updated_at"] for each in items),
        }


class BackendPermissions(Part):
    def calls(self) -> dict[str, Call]:
        root = "/v1/organization_permissions"
        return {
            f"GET {root}": self.permissions,
            f"POST {root}": self.create,
            f"GET {root}/<name>": self.permission,
            f"PATCH {root}/<name>": self.update,
            f"DELETE {root}/<name>": self.delete,
        }

    def permissions(self, asked: Asked) -> Document:
        found = [told_permission(e) for e in self.state.records.find("permission")]
        return asked.page(asked.ordered(named_like(asked, found), SORTED))

    def create(self, asked: Asked) -> Document:
        given = read(asked.body, PERMISSION, required=["name", "key"])
        key = given["key"]
        require_new(self, "permission", key, PERMISSION_KEY.fullmatch(key))
        return told_permission(create_permission(self.state, **given))

    def permission(self, asked: Asked, name: str) -> Document:
        return told_permission(need_permission(self.state, name))

    def update(self, asked: Asked, name: str) -> Document:
        found = need_permission(self.state, name)
        given = read(asked.body, {"name": text, "description": text})
        return told_permission(change_permission(self.state, found, **given))

    def delete(self, asked: Asked, name: str) -> Document:
        return delete_permission(self.state, need_permission(self.state, name))


def require_new(part: Part, kind: str, key: str, is_good: object) -> None:
    if not is_good:
        said = f"{key[:80]} is no key of a {kind}: those begin with org: and have"
        said = f"{said} lowercase letters, digits and underscores."
        raise ApiError(422, "form_param_format_invalid", said, "key")
    if part.state.records.get(kind, key):
        said = f"There is a {kind} with that key already."
        raise ApiError(422, "form_already_exists", said, "key")


def named_like(asked: Asked, found: Sequence[Document]) -> list[Document]:
    sought = asked.query.get("query", "").strip().casefold()
    return [
        each
        for each in found
        if sought in f"{each['id']} {each['key']} {each['name']}".casefold()
    ]


def role_item(role: Document) -> Document:
    names = ("name", "key", "description", "created_at", "updated_at")
    item = {name: role[name] for name in names}
    return {"id": role["_id"], "object": "role_set_item", **item}
