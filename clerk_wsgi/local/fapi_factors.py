"""The ways in which somebody can show to be a certain user (Clerk: backend API, 4)."""

from collections.abc import Iterator, Mapping
from typing import Any

from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.state import State

CODE, RESET = "email_code", "reset_password_email_code"
PASSWORD, TICKET = "password", "ticket"
WRONG = "Password is incorrect. Try again, or use another method."


def first_factors(user: Mapping[str, Any]) -> list[Document]:
    return list(each_factor(user))


def each_factor(user: Mapping[str, Any]) -> Iterator[Document]:
    if user["password_enabled"]:
        yield {"strategy": PASSWORD}
    for each in user["email_addresses"]:
        factor = {
            "email_address_id": each["id"],
            "safe_identifier": each["email_address"],
            "primary": each["id"] == user["primary_email_address_id"],
        }
        yield {"strategy": CODE, **factor}
        if user["password_enabled"]:
            yield {"strategy": RESET, **factor}


def email_of(user: Mapping[str, Any], identity: str) -> Document:
    """The address with that id, or the primary one. Raises ApiError (404, 400)."""
    sought = identity or user["primary_email_address_id"]
    for each in user["email_addresses"]:
        if each["id"] == sought:
            return dict(each)
    if identity:
        said = "No email address was found with that id."
        raise ApiError(404, "resource_not_found", said, "email_address_id")
    raise unusable()


def with_verified(
    state: State, user: Mapping[str, Any], address: str, verification: Document
) -> Document:
    """The user, to whom that address belongs for sure now; not kept yet."""
    return {
        **user,
        "email_addresses": [
            {**each, "verification": verification, "updated_at": state.now_ms}
            if each["email_address"] == address and not is_verified(each)
            else each
            for each in user["email_addresses"]
        ],
    }


def is_verified(entry: Mapping[str, Any]) -> bool:
    verification = entry["verification"] or {}
    return verification.get("status") == "verified"


def verified_by(strategy: str) -> Document:
    """A verification that needed no code."""
    return {
        "object": f"verification_{strategy}",
        "status": "verified",
        "strategy": strategy,
        "attempts": 1,
        "expire_at": None,
        "verified_at_client": None,
        "error": None,
    }


def user_data(user: Mapping[str, Any]) -> Document:
    names = ("first_name", "last_name", "image_url", "has_image")
    return {name: user[name] for name in names}


def unusable() -> ApiError:
    said = "The verification strategy is not valid for this account"
    return ApiError(400, "strategy_for_user_invalid", said, "strategy")
