"""Codes that are sent by e-mail, and whether somebody knows one.

A code has six digits, is good for ten minutes and for a few attempts.
"""

import secrets
from collections.abc import Mapping
from hmac import compare_digest
from typing import Any, NamedTuple

from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.mail import send
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.state import State

DIGITS = 6
GOOD_FOR_MS = 10 * 60 * 1000
ATTEMPTS = 5


class Checked(NamedTuple):
    """What became of the verification, and what to say where it failed."""

    verification: Document
    error: ApiError | None


def send_code(
    state: State, address: str, strategy: str, user_id: str | None = None
) -> Document:
    """A verification that waits for the code that is sent to `address`."""
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    reset = strategy.startswith("reset_password")
    slug = "reset_password_code" if reset else "verification_code"
    what = "password reset code" if reset else "verification code"
    data = {"otp_code": code, "app": {"name": "Local Clerk"}}
    said = f"{code} is your {what}"
    send(state, address, said, slug=slug, data=data, user_id=user_id)
    return {
        "object": "verification_otp",
        "status": "unverified",
        "strategy": strategy,
        "attempts": 0,
        "expire_at": state.now_ms + GOOD_FOR_MS,
        "verified_at_client": None,
        "error": None,
        "_code": code,
    }


def check_code(
    state: State, verification: Mapping[str, Any] | None, given: str
) -> Checked:
    """Count the attempt and judge it; what comes back has to be kept either way."""
    if verification is None or "_code" not in verification:
        said = "No code was sent: ask for one first."
        return Checked(
            dict(verification or {}), ApiError(400, "verification_missing", said)
        )
    if verification["status"] == "verified":
        return Checked(dict(verification), already_verified())
    if state.now_ms >= verification["expire_at"]:
        return failed(verification, "expired", "The code has expired. Ask for another.")
    if verification["attempts"] >= ATTEMPTS:
        said = "Too many failed attempts. Ask for another code."
        return failed(verification, "failed", said)
    tried = {**verification, "attempts": verification["attempts"] + 1}
    if not compare_digest(given.strip().encode(), verification["_code"].encode()):
        error = ApiError(422, "form_code_incorrect", "Incorrect code", "code")
        return Checked(tried, error)
    return Checked({**tried, "status": "verified", "expire_at": None}, None)


def already_verified() -> ApiError:
    said = "This verification has already been verified."
    return ApiError(400, "verification_already_verified", said)


def failed(verification: Mapping[str, Any], status: str, said: str) -> Checked:
    error = ApiError(400, f"verification_{status}", said)
    return Checked({**verification, "status": status}, error)
