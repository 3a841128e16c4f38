"""The Backend API's calls about members of organizations (Clerk: backend API, 3.3)."""

from collections.abc import Sequence
from typing import Any

from clerk_wsgi.local.bapi_calls import Asked, Call, Part
from clerk_wsgi.local.memberships import (
    KINDS,
    add_member,
    change_membership,
    change_membership_metadata,
    membership_resource,
    need_membership,
    remove_member,
)
from clerk_wsgi.local.organizations import need_organization
from clerk_wsgi.local.params import metadata, read, text
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.user_search import found_users

METADATA = dict.fromkeys(KINDS, metadata)
SORTED = (
    *("created_at", "updated_at", "first_name", "last_name", "email_address"),
    *("username", "phone_number", "role"),
)
OF_MEMBERSHIP = ("created_at_before", "created_at_after")


class BackendMemberships(Part):
    def calls(self) -> dict[str, Call]:
        root = "/v1/organizations/<name>/memberships"
        return {
            f"GET {root}": self.memberships,
            f"POST {root}": self.create,
            f"PATCH {root}/<user_id>": self.update,
            f"DELETE {root}/<user_id>": self.delete,
            f"PATCH {root}/<user_id>/metadata": self.merge_metadata,
            "GET /v1/organization_memberships": self.all_memberships,
        }

    def memberships(self, asked: Asked, name: str) -> Document:
        organization = need_organization(self.state, name)
        known = {"organization_id": organization["id"]}
        return self.page(asked, self.state.records.find("membership", **known))

    def all_memberships(self, asked: Asked) -> Document:
        return self.page(asked, self.state.records.find("membership"))

    def page(self, asked: Asked, found: Sequence[Document]) -> Document:
        query = {n: v for n, v in asked.query.items() if n not in OF_MEMBERSHIP}
        users = {e["id"]: e for e in found_users(self.state, query, asked.listed)}
        roles = asked.listed("role")
        fitting = [
            {**personal(users[each["user_id"]]), **each}
            for each in found
            if each["user_id"] in users and (not roles or each["role"] in roles)
        ]
        page = asked.page(asked.ordered(within(asked, fitting), SORTED))
        kept = {each["id"]: each for each in found}
        page["data"] = [self.told(kept[each["id"]]) for each in page["data"]]
        return page

    def create(self, asked: Asked, name: str) -> Document:
        organization = need_organization(self.state, name)
        kinds = {"user_id": text, "role": text, **METADATA}
        given = read(asked.body, kinds, required=["user_id", "role"])
        return self.told(add_member(self.state, organization["id"], **given))

    def update(self, asked: Asked, name: str, user_id: str) -> Document:
        membership = self.need(name, user_id)
        given = read(asked.body, {"role": text}, required=["role"])
        return self.told(change_membership(self.state, membership, **given))

    def delete(self, asked: Asked, name: str, user_id: str) -> Document:
        return remove_member(self.state, self.need(name, user_id))

    def merge_metadata(self, asked: Asked, name: str, user_id: str) -> Document:
        membership = self.need(name, user_id)
        given = read(asked.body, METADATA)
        return self.told(change_membership_metadata(self.state, membership, given))

    def need(self, name: str, user_id: str) -> Document:
        organization = need_organization(self.state, name)
        return need_membership(self.state, organization["id"], user_id)

    def told(self, membership: Document) -> Document:
        return membership_resource(self.state, membership)


def personal(user: Document) -> dict[str, Any]:
    """What members are sorted by, besides the membership's own."""
    addresses = [each["email_address"] for each in user["email_addresses"]]
    numbers = [each["phone_number"] for each in user["phone_numbers"]]
    return {
        "first_name": user["first_name"],
        "last_name": user["last_name"],
        "username": user["username"],
        "email_address": addresses[0] if addresses else None,
        "phone_number": numbers[0] if numbers else None,
    }


def within(asked: Asked, found: Sequence[Document]) -> list[Document]:
    """Of memberships, `created_at` is when somebody joined."""
    before = asked.number("created_at_before", 2**53, 0, 2**53)
    after = asked.number("created_at_after", 0, 0, 2**53)
    return [each for each in found if after <= each["created_at"] < before]
