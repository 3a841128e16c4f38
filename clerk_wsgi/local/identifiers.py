"""What users are known by: e-mail addresses, phone numbers, user names; each one once.

An address or number is an entry in its user's document; whose it is stands in a record
of its own, which keeps two users from having the same one.
"""

import re
from collections.abc import Mapping
from typing import Any, Literal

from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.state import State, missing

Kind = Literal["email_address", "phone_number"]

LISTS = {"email_address": "email_addresses", "phone_number": "phone_numbers"}
E164 = re.compile(r"\+[1-9][0-9]{5,14}")
USERNAME = re.compile(r"[\w.-]{1,64}", re.ASCII)
ADMIN, CODE, PHONE_CODE = "admin", "email_code", "phone_code"


def claim(
    state: State, kind: str, text: str, user_id: str, entry_id: str | None = None
) -> str:
    """Note whose identifier it is. Raises ApiError (422) if it is another's."""
    identity = f"{kind}:{text.strip().casefold()}"
    known = state.records.get("identifier", identity)
    if known and (known["user_id"] != user_id or entry_id):
        raise taken(kind)
    named = {"id": identity, "user_id": user_id, "_entry_id": entry_id}
    state.records.keep("identifier", named)
    return text.strip()


def release(state: State, kind: str, text: str) -> None:
    state.records.drop("identifier", f"{kind}:{text.strip().casefold()}")


def taken(parameter: str) -> ApiError:
    said = "That {} is taken. Please try another.".format(parameter.replace("_", " "))
    return ApiError(422, "form_identifier_exists", said, parameter)


def add_email(
    state: State,
    user: Document,
    address: str,
    *,
    is_verified: bool = True,
    strategy: str = ADMIN,
) -> Document:
    """Another e-mail address, the first one primary. Changes `user`, and keeps it not.

    `strategy` is how it was verified.
    """
    require_address(address)
    own = {
        "verification": verification(is_verified, strategy),
        "matches_sso_connection": False,
    }
    return add_entry(state, user, "email_address", address, own)


def add_phone(
    state: State, user: Document, number: str, *, is_verified: bool = True
) -> Document:
    """Another phone number (E.164). Changes `user`, and keeps it not."""
    require_phone(number)
    own = {
        "verification": verification(is_verified, code=PHONE_CODE),
        "reserved_for_second_factor": False,
        "default_second_factor": False,
        "backup_codes": None,
    }
    return add_entry(state, user, "phone_number", number, own)


def add_entry(
    state: State, user: Document, kind: Kind, text: str, own: Mapping[str, Any]
) -> Document:
    entry_id = state.ids.new("idn")
    entry = {
        "id": entry_id,
        "object": kind,
        kind: claim(state, kind, text, user["id"], entry_id),
        "reserved": False,
        "linked_to": [],
        **own,
        "created_at": state.now_ms,
        "updated_at": state.now_ms,
    }
    user[LISTS[kind]] = [*user[LISTS[kind]], entry]
    user[primary_of(kind)] = user[primary_of(kind)] or entry_id
    return entry


def verification(
    is_verified: bool, strategy: str = ADMIN, *, code: str = CODE
) -> Document:
    """`code` is how one is verified who is not yet."""
    is_by_admin = is_verified and strategy == ADMIN
    return {
        "object": "verification_admin" if is_by_admin else "verification_otp",
        "status": "verified" if is_verified else "unverified",
        "strategy": strategy if is_verified else code,
        "attempts": None,
        "expire_at": None,
        "verified_at_client": None,
    }


def primary_of(kind: str) -> str:
    """The member of a user that names the primary entry of that kind."""
    return f"primary_{kind}_id"


def find_entry(state: State, kind: Kind, entry_id: str) -> tuple[Document, Document]:
    """The user and the entry with that id. Raises ApiError (404)."""
    for known in state.records.find("identifier", _entry_id=entry_id):
        user = state.need("user", known["user_id"])
        for entry in user[LISTS[kind]]:
            if entry["id"] == entry_id:
                return user, entry
    return missing(kind)


def change_entry(
    state: State, user: Document, kind: Kind, entry_id: str, given: Mapping[str, Any]
) -> Document:
    """`verified`, `primary` and `reserved_for_second_factor` can be given.

    Changes `user`, and keeps it not.
    """
    entry = next(each for each in user[LISTS[kind]] if each["id"] == entry_id)
    changed = {**entry, "updated_at": state.now_ms}
    if given.get("verified") is not None:
        code = CODE if kind == "email_address" else PHONE_CODE
        changed["verification"] = verification(given["verified"], code=code)
    if kind == "phone_number" and given.get("reserved_for_second_factor") is not None:
        changed["reserved_for_second_factor"] = given["reserved_for_second_factor"]
    entries = user[LISTS[kind]]
    user[LISTS[kind]] = [changed if e["id"] == entry_id else e for e in entries]
    if given.get("primary"):
        require_verified(changed, primary_of(kind))
        user[primary_of(kind)] = entry_id
    return changed


def remove_entry(state: State, user: Document, kind: Kind, entry_id: str) -> Document:
    """The entry, which is nobody's now. Changes `user`, and keeps it not."""
    entry: Document = next(e for e in user[LISTS[kind]] if e["id"] == entry_id)
    release(state, kind, entry[kind])
    left = [each for each in user[LISTS[kind]] if each["id"] != entry_id]
    user[LISTS[kind]] = left
    if user[primary_of(kind)] == entry_id:
        proven_first = sorted(left, key=is_unproven)
        user[primary_of(kind)] = proven_first[0]["id"] if left else None
    return entry


def is_unproven(entry: Mapping[str, Any]) -> bool:
    return bool(entry["verification"]["status"] != "verified")


def require_verified(entry: Mapping[str, Any], parameter: str) -> None:
    if is_unproven(entry):
        said = "Only a verified identification can be the primary one."
        raise ApiError(422, "form_param_value_invalid", said, parameter)


def require_address(address: object) -> None:
    text = address.strip() if isinstance(address, str) else ""
    name, at, host = text.rpartition("@")
    if not (name and at and host) or any(c.isspace() for c in text) or len(text) > 320:
        said = "Email address must be a valid email address."
        raise ApiError(422, "form_param_format_invalid", said, "email_address")


def require_phone(number: object) -> None:
    if not isinstance(number, str) or not E164.fullmatch(number.strip()):
        said = "Phone number must be a valid phone number according to E.164."
        raise ApiError(422, "form_param_format_invalid", said, "phone_number")


def require_username(name: object) -> str:
    if not isinstance(name, str) or not USERNAME.fullmatch(name.strip()):
        said = "Username has 1 to 64 letters, digits, hyphens, dots or underscores."
        raise ApiError(422, "form_username_invalid_character", said, "username")
    return name.strip()
