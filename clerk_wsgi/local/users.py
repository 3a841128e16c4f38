"""Users: who they are and how they are found. Documents are Clerk's user resources.

Source: Clerk, backend API, 3.1 and 4.1. The instance's own: `_password` (a digest),
`_features` and `_plan` (what the user pays for).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from clerk_wsgi.local.identifiers import (
    add_email,
    add_phone,
    claim,
    require_username,
    taken,
)
from clerk_wsgi.local.metadata import changed_metadata, require_metadata
from clerk_wsgi.local.passwords import digest, is_right, require_good
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.state import State

KINDS = ("public_metadata", "private_metadata", "unsafe_metadata")
PERSONAL = (
    *("first_name", "last_name", "external_id", "locale", "legal_accepted_at"),
    *("delete_self_enabled", "create_organization_enabled"),
    *("create_organizations_limit", "_features", "_plan"),
)


def create_user(
    state: State,
    *,
    identity: str | None = None,
    email_addresses: Sequence[str] = (),
    phone_numbers: Sequence[str] = (),
    username: str | None = None,
    password: str | None = None,
    password_digest: str | None = None,
    is_verified: bool = True,
    strategy: str = "admin",
    **given: Any,
) -> Document:
    """A new user. Raises ApiError (422) for an identifier that somebody else has.

    `strategy` is how the addresses were verified; a `password_digest` is one of ours.
    """
    if password is not None:
        require_good(password)
    for name in KINDS:
        require_metadata(name, given.get(name, {}))
    with state.changing():
        user = nobody(state, identity or state.ids.new("user"), given)
        if state.records.get("user", user["id"]):
            raise taken("id")
        kept = password_digest if password is None else digest(password)
        user["_password"] = kept
        user["password_enabled"] = kept is not None
        if username:
            name = require_username(username)
            user["username"] = claim(state, "username", name, user["id"])
        for address in email_addresses:
            add_email(state, user, address, is_verified=is_verified, strategy=strategy)
        for number in phone_numbers:
            add_phone(state, user, number)
        if user["external_id"]:
            claim(state, "external_id", user["external_id"], user["id"])
        state.records.keep("user", user)
        state.tell("user.created", user)
    return user


def nobody(state: State, identity: str, given: Mapping[str, Any]) -> Document:
    """A user of whom nothing is known but what is `given`."""
    created_at = given.get("created_at") or state.now_ms
    empty = dict.fromkeys(
        (
            *("external_id", "username", "first_name", "last_name", "last_sign_in_at"),
            *("primary_email_address_id", "primary_phone_number_id", "locale"),
            *("primary_web3_wallet_id", "organization_memberships", "timezone"),
            *("lockout_expires_in_seconds", "legal_accepted_at", "last_active_at"),
            *("create_organizations_limit", "mfa_enabled_at", "mfa_disabled_at"),
            *("password_last_updated_at", "bypass_client_trust", "_password"),
        )
    )
    lists = (
        *("email_addresses", "phone_numbers", "web3_wallets", "external_accounts"),
        *("enterprise_accounts", "saml_accounts", "passkeys"),
    )
    flags = (
        *("has_image", "password_enabled", "two_factor_enabled", "totp_enabled"),
        *("backup_code_enabled", "banned", "locked", "deprovisioned"),
    )
    return {
        "id": identity,
        "object": "user",
        **empty,
        **{name: [] for name in lists},
        **dict.fromkeys(flags, False),
        "bypass_client_trust": False,
        "requires_password_reset": False,
        "image_url": "",
        "profile_image_url": "",
        "verification_attempts_remaining": 100,
        "create_organization_enabled": True,
        "delete_self_enabled": True,
        **{name: given.get(name) or {} for name in KINDS},
        **{name: given[name] for name in PERSONAL if given.get(name) is not None},
        "created_at": created_at,
        "updated_at": created_at,
    }


def find_by_identifier(state: State, text: str) -> Document | None:
    """The user with that e-mail address, user name or phone number."""
    sought = text.strip().casefold()
    for kind in ("email_address", "username", "phone_number"):
        known = state.records.get("identifier", f"{kind}:{sought}")
        if known:
            return state.records.get("user", known["user_id"])
    return None


def has_password(user: Mapping[str, Any], password: str) -> bool:
    return is_right(password, user.get("_password"))


def change_user(state: State, user_id: str, **members: Any) -> Document:
    """The user with these members; told to whoever wants to know."""
    with state.changing():
        user = state.update("user", user_id, **members)
        state.tell("user.updated", user)
    return user


def merge_metadata(state: State, user_id: str, given: Mapping[str, Any]) -> Document:
    """PATCH: `given` maps some of the three kinds to what is new."""
    with state.changing():
        user = state.need("user", user_id)
        return change_user(state, user_id, **changed_metadata(user, given, KINDS))


def replace_metadata(state: State, user_id: str, given: Mapping[str, Any]) -> Document:
    """PUT: each kind that is given is what there is from now on."""
    with state.changing():
        user = state.need("user", user_id)
        new = changed_metadata(user, given, KINDS, is_whole=True)
        return change_user(state, user_id, **new)


def primary_email(user: Mapping[str, Any]) -> str:
    """The address, or an empty text."""
    for each in user["email_addresses"]:
        if each["id"] == user["primary_email_address_id"]:
            return str(each["email_address"])
    return ""


def full_name(user: Mapping[str, Any]) -> str:
    names = filter(None, (user["first_name"], user["last_name"]))
    return " ".join(names) or primary_email(user) or str(user["id"])
