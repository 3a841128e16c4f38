"""Attempts to sign in and up, as they begin.

Source: what Clerk's browser library reads. The instance's own: `_client_id`, whose they
are; `_user_id`; `_password` (a digest); `_ticket`.
"""

from collections.abc import Mapping
from typing import Any

from clerk_wsgi.local.fapi_factors import first_factors, user_data
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.state import State

IDENTIFIERS = ("email_address", "username", "phone_number")
REQUIRED = ("email_address", "password")
OPTIONAL = ("first_name", "last_name")


def new_sign_in(state: State, client_id: str) -> Document:
    nothing = (
        *("supported_first_factors", "supported_second_factors", "identifier"),
        *("first_factor_verification", "second_factor_verification", "user_data"),
        *("created_session_id", "_user_id"),
    )
    return {
        "id": state.ids.new("sia"),
        "object": "sign_in",
        "status": "needs_identifier",
        "supported_identifiers": list(IDENTIFIERS),
        **dict.fromkeys(nothing),
        "_client_id": client_id,
    }


def claimed_by(
    sign_in: Mapping[str, Any], user: Mapping[str, Any], said: str | None
) -> Document:
    """Somebody says to be that user, by the identifier that was `said`."""
    return {
        **sign_in,
        "status": "needs_first_factor",
        "supported_first_factors": first_factors(user),
        "identifier": said,
        "user_data": user_data(user),
        "_user_id": user["id"],
    }


def new_sign_up(state: State, client_id: str) -> Document:
    nothing = (
        *("username", "first_name", "last_name", "email_address", "phone_number"),
        *("web3_wallet", "external_account_strategy", "external_account"),
        *("external_id", "created_session_id", "created_user_id"),
        *("legal_accepted_at", "locale", "_password", "_ticket"),
    )
    verified = ("email_address", "phone_number", "web3_wallet", "external_account")
    return {
        "id": state.ids.new("sua"),
        "object": "sign_up",
        "status": "missing_requirements",
        "required_fields": list(REQUIRED),
        "optional_fields": list(OPTIONAL),
        "missing_fields": list(REQUIRED),
        "unverified_fields": [],
        **dict.fromkeys(nothing),
        "has_password": False,
        "custom_action": False,
        "unsafe_metadata": {},
        "public_metadata": {},
        "verifications": dict.fromkeys(verified),
        "_client_id": client_id,
    }
