"""Machine tokens in JWT form, verified here like sessions, by rules of their own.

Source: Clerk, keys and tokens, 11.3 and 11.4.
"""

import json
from collections.abc import Sequence
from dataclasses import replace

from clerk_wsgi.core.attempt import Attempt
from clerk_wsgi.core.errors import (
    KeysUnavailable,
    MachineTokenError,
    TokenVerificationError,
)
from clerk_wsgi.core.machine_facts import MachineFacts
from clerk_wsgi.core.options import Options
from clerk_wsgi.core.token_keys import find_key, verified_by
from clerk_wsgi.core.token_types import M2M_CATEGORY, OAUTH_TYPES
from clerk_wsgi.core.tokens import Token
from clerk_wsgi.core.verification import Checks

FAILED = "token-verification-failed"
REGISTERED = ("iss", "sub", "exp", "nbf", "iat", "jti")


def verify_machine_jwt(attempt: Attempt, text: str, token_type: str) -> MachineFacts:
    """What the token says. Raises MachineTokenError."""
    read = read_oauth if token_type == "oauth_token" else read_m2m
    try:
        token = attempt.open(text)
        if token_type == "m2m_token":
            require_m2m_category(token)
        checks = checks_for(token_type, attempt.options)
        key = find_key(token, attempt.ports)
        verified_by(token, key, checks, attempt.ports)
    except (TokenVerificationError, KeysUnavailable) as error:
        raise MachineTokenError(FAILED, str(error)) from None
    if token_type == "oauth_token":
        require_audience(token.claims.get("aud"), attempt.options.audience)
    return read(token)


def require_m2m_category(token: Token) -> None:
    if token.header.get("cat", M2M_CATEGORY) != M2M_CATEGORY:
        raise MachineTokenError("token-invalid", "Invalid M2M JWT category.")


def checks_for(token_type: str, options: Options) -> Checks:
    checks = replace(options.checks, authorized_parties=(), issuer=())
    if token_type == "oauth_token":
        return replace(checks, audience=(), header_type=OAUTH_TYPES)
    return checks


def require_audience(audience: object, wanted: Sequence[str]) -> None:
    """An OAuth token must be meant for us, if we say who we are."""
    if not wanted:
        return
    named = [audience] if isinstance(audience, str) else audience
    if not named or not isinstance(named, list) or not all_texts(named):
        raise MachineTokenError(
            FAILED,
            f"Invalid OAuth audience claim (aud) {shown(audience)}. Expected a "
            "non-empty string or a non-empty array of non-empty strings.",
        )
    if not set(named) & set(wanted):
        raise MachineTokenError(
            FAILED,
            f"OAuth audience mismatch. Verification expected audience "
            f"{shown(list(wanted))}, but incoming token has aud {shown(audience)}.",
        )


def all_texts(values: list[object]) -> bool:
    return all(isinstance(each, str) and each for each in values)


def shown(value: object) -> str:
    return "undefined" if value is None else json.dumps(value, separators=(",", ":"))


def read_m2m(token: Token) -> MachineFacts:
    claims = token.private_claims()
    scopes = split_scopes(claims.get("scopes"))
    audience = claims.get("aud") if scopes is None else scopes
    rest = {name: each for name, each in claims.items() if name not in REGISTERED}
    return MachineFacts(
        token_type="m2m_token",
        id=text_or_empty(claims.get("jti")),
        subject=claims["sub"],
        scopes=texts_in(audience),
        claims=rest or None,
    )


def read_oauth(token: Token) -> MachineFacts:
    claims = token.claims
    scopes = claims.get("scp")
    if scopes is None:
        scopes = split_scopes(claims.get("scope"))
    return MachineFacts(
        token_type="oauth_token",
        id=text_or_empty(claims.get("jti")),
        subject=claims["sub"],
        scopes=texts_in(scopes),
        client_id=text_or_empty(claims.get("client_id")),
    )


def split_scopes(value: object) -> list[str] | None:
    """The words of the claim; None where it is missing."""
    if value is None:
        return None
    if not isinstance(value, str):
        said = "The scopes that the token names cannot be read."
        raise MachineTokenError(FAILED, said)
    return value.split(" ")


def texts_in(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        return ()
    return tuple(each for each in value if isinstance(each, str))


def text_or_empty(value: object) -> str:
    return value if isinstance(value, str) else ""
