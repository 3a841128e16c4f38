"""The Backend API's calls about organizations (Clerk: backend API, 3.3)."""

from collections.abc import Sequence

from clerk_wsgi.local.bapi_calls import Asked, Call, Part
from clerk_wsgi.local.bapi_users import is_metadata_apart
from clerk_wsgi.local.organizations import (
    KINDS,
    change_organization,
    change_organization_metadata,
    create_organization,
    delete_organization,
    need_organization,
)
from clerk_wsgi.local.params import (
    flag,
    metadata,
    moment,
    read,
    text,
    unknown_parameter,
    whole,
)
from clerk_wsgi.local.records import Document

METADATA = dict.fromkeys(KINDS, metadata)
CHANGED = {
    "name": text,
    "slug": text,
    "max_allowed_memberships": whole(0, 2**31),
    "admin_delete_enabled": flag,
    "created_at": moment,
}
NEW = {**CHANGED, **METADATA, "created_by": text}
SORTED = ("name", "created_at", "members_count")


class BackendOrganizations(Part):
    def calls(self) -> dict[str, Call]:
        root = "/v1/organizations"
        one = f"{root}/<name>"
        return {
            f"GET {root}": self.organizations,
            f"POST {root}": self.create,
            f"GET {one}": self.organization,
            f"PATCH {one}": self.update,
            f"DELETE {one}": self.delete,
            f"PATCH {one}/metadata": self.merge_metadata,
            f"PUT {one}/metadata": self.replace_metadata,
        }

    def organizations(self, asked: Asked) -> Document:
        found = self.state.records.find("organization")
        members = self.members_of(asked.listed("user_id"))
        wanted = asked.listed("organization_id")
        sought = asked.query.get("query", "").strip().casefold()
        fitting = [
            each
            for each in found
            if (members is None or each["id"] in members)
            and is_among(wanted, each["id"])
            and sought in f"{each['id']} {each['name']} {each['slug']}".casefold()
        ]
        return asked.page(asked.ordered(fitting, SORTED))

    def members_of(self, users: Sequence[str]) -> set[str] | None:
        """Ids of those that one of these belongs to, but none with a `-` before it."""
        if not users:
            return None
        known = self.state.records.find("membership")
        yes = {each.lstrip("+ ") for each in users if not each.startswith("-")}
        no = {each[1:] for each in users if each.startswith("-")}
        left = {e["organization_id"] for e in known if e["user_id"] in no}
        if yes:
            return {e["organization_id"] for e in known if e["user_id"] in yes} - left
        return {each["id"] for each in self.state.records.find("organization")} - left

    def create(self, asked: Asked) -> Document:
        given = read(asked.body, NEW, required=["name"])
        return create_organization(self.state, **given)

    def organization(self, asked: Asked, name: str) -> Document:
        return need_organization(self.state, name)

    def update(self, asked: Asked, name: str) -> Document:
        found = need_organization(self.state, name)
        for kind in KINDS:
            if kind in asked.body and is_metadata_apart(asked):
                raise unknown_parameter(kind)
        given = read(asked.body, {**CHANGED, **METADATA})
        replaced = {kind: given.pop(kind) for kind in KINDS if kind in given}
        changed = change_organization(self.state, found["id"], **given)
        if not replaced:
            return changed
        return self.with_metadata(found, replaced, is_whole=True)

    def delete(self, asked: Asked, name: str) -> Document:
        found = need_organization(self.state, name)
        return delete_organization(self.state, found["id"])

    def merge_metadata(self, asked: Asked, name: str) -> Document:
        found = need_organization(self.state, name)
        return self.with_metadata(found, read(asked.body, METADATA), is_whole=False)

    def replace_metadata(self, asked: Asked, name: str) -> Document:
        found = need_organization(self.state, name)
        return self.with_metadata(found, read(asked.body, METADATA), is_whole=True)

    def with_metadata(
        self, found: Document, given: Document, *, is_whole: bool
    ) -> Document:
        return change_organization_metadata(
            self.state, found["id"], given, is_whole=is_whole
        )


def is_among(wanted: Sequence[str], identity: str) -> bool:
    """`+` and `-` before an id mean with it and without it."""
    no = {each[1:] for each in wanted if each.startswith("-")}
    yes = {each.lstrip("+ ") for each in wanted if not each.startswith("-")}
    return identity not in no and (not yes or identity in yes)
