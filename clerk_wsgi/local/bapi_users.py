"""The Backend API's calls about users (Clerk: backend API, 3.1 and 3.2)."""

from collections.abc import Mapping
from typing import Any

from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.bapi_calls import Asked, Call, Part
from clerk_wsgi.local.params import (
    flag,
    metadata,
    moment,
    read,
    text,
    texts,
    unknown_parameter,
    whole,
)
from clerk_wsgi.local.password_imports import imported_digest
from clerk_wsgi.local.passwords import digest
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.sessions import delete_user, end_sessions_of
from clerk_wsgi.local.user_changes import ban_user, update_user
from clerk_wsgi.local.user_search import SORTED, found_users, sort_keys
from clerk_wsgi.local.users import (
    KINDS,
    create_user,
    merge_metadata,
    replace_metadata,
)

METADATA = dict.fromkeys(KINDS, metadata)
PERSONAL = {
    **dict.fromkeys(("first_name", "last_name", "username", "external_id"), text),
    "locale": text,
    "delete_self_enabled": flag,
    "create_organization_enabled": flag,
    "create_organizations_limit": whole(),
    "bypass_client_trust": flag,
    "legal_accepted_at": moment,
    "created_at": moment,
}
PASSWORD = {
    "password": text,
    "password_digest": text,
    "password_hasher": text,
    "skip_password_checks": flag,
}
NEW = {
    **PERSONAL,
    **PASSWORD,
    **METADATA,
    "email_address": texts,
    "email_address_identification_status": texts,
    "phone_number": texts,
    "skip_user_requirement": flag,
    "banned": flag,
    "locked": flag,
}
CHANGED = {
    **PERSONAL,
    **PASSWORD,
    "primary_email_address_id": text,
    "primary_phone_number_id": text,
    "sign_out_of_other_sessions": flag,
}
NOT_EMPTY = (
    *("delete_self_enabled", "create_organization_enabled", "bypass_client_trust"),
    *("created_at", "primary_email_address_id", "primary_phone_number_id"),
)
METADATA_APART = "2026-05-12"
"""The version of the API since which metadata has calls of its own."""


class BackendUsers(Part):
    def calls(self) -> dict[str, Call]:
        user = "/v1/users/<user_id>"
        return {
            "GET /v1/users": self.users,
            "GET /v1/users/count": self.count,
            "POST /v1/users": self.create,
            f"GET {user}": self.user,
            f"PATCH {user}": self.update,
            f"DELETE {user}": self.delete,
            f"PATCH {user}/metadata": self.merge_metadata,
            f"PUT {user}/metadata": self.replace_metadata,
        }

    def users(self, asked: Asked) -> list[Document]:
        found = found_users(self.state, asked.query, asked.listed)
        ordered = asked.ordered([sort_keys(each) for each in found], SORTED)
        known = {each["id"]: each for each in found}
        return [known[each["id"]] for each in asked.part(ordered)]

    def count(self, asked: Asked) -> Document:
        found = found_users(self.state, asked.query, asked.listed)
        return {"object": "total_count", "total_count": len(found)}

    def user(self, asked: Asked, user_id: str) -> Document:
        return self.state.need("user", user_id)

    def create(self, asked: Asked) -> Document:
        given = read(asked.body, NEW)
        require_somebody(given)
        statuses = given.pop("email_address_identification_status", [])
        is_verified = not any(status != "verified" for status in statuses)
        is_banned, is_locked = given.pop("banned", False), given.pop("locked", False)
        user = create_user(
            self.state,
            email_addresses=given.pop("email_address", []),
            phone_numbers=given.pop("phone_number", []),
            is_verified=is_verified,
            **with_password(given),
        )
        if is_locked:
            user = update_user(self.state, user["id"], locked=True)
        return ban_user(self.state, user["id"]) if is_banned else user

    def update(self, asked: Asked, user_id: str) -> Document:
        for name in KINDS:
            if name in asked.body and is_metadata_apart(asked):
                raise unknown_parameter(name)
        given = read(asked.body, {**CHANGED, **METADATA}, keep_null=True)
        given = {n: v for n, v in given.items() if v is not None or n not in NOT_EMPTY}
        if given.pop("sign_out_of_other_sessions", None):
            end_sessions_of(self.state, user_id)
        replaced = {name: given.pop(name) for name in KINDS if name in given}
        user = update_user(self.state, user_id, **with_password(given))
        return replace_metadata(self.state, user_id, replaced) if replaced else user

    def delete(self, asked: Asked, user_id: str) -> Document:
        return delete_user(self.state, user_id)

    def merge_metadata(self, asked: Asked, user_id: str) -> Document:
        return merge_metadata(self.state, user_id, read(asked.body, METADATA))

    def replace_metadata(self, asked: Asked, user_id: str) -> Document:
        return replace_metadata(self.state, user_id, read(asked.body, METADATA))


def require_somebody(given: Mapping[str, Any]) -> None:
    """A user is known by something, unless the caller says otherwise."""
    named = ("email_address", "phone_number", "username", "skip_user_requirement")
    if not any(given.get(name) for name in named):
        said = "A user needs an e-mail address, a phone number or a user name."
        raise ApiError(422, "form_data_missing", said, "email_address")


def with_password(given: dict[str, Any]) -> dict[str, Any]:
    """A password that need not be good, or comes as a digest, becomes a digest."""
    hasher, kept = given.pop("password_hasher", None), given.get("password_digest")
    if kept:
        given["password_digest"] = imported_digest(hasher, kept)
    if given.pop("skip_password_checks", None) and given.get("password"):
        given["password_digest"] = digest(given.pop("password"))
    return given


def is_metadata_apart(asked: Asked) -> bool:
    version = asked.request.headers.get("Clerk-API-Version", METADATA_APART)
    return version >= METADATA_APART
