"""Tokens with which machines prove themselves to each other.

Source: Clerk, backend API, 3.5 and 4.6; keys and tokens, 11.3. Opaque ones are kept, as
digests; those in JWT form are kept nowhere, and cannot be revoked.
"""

from collections.abc import Mapping
from typing import Any

from clerk_wsgi.core.errors import TokenVerificationError
from clerk_wsgi.core.token_types import M2M_CATEGORY, is_jwt
from clerk_wsgi.core.tokens import Token, parse_token
from clerk_wsgi.core.verification import verify_signature
from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.api_keys import is_expired, is_good
from clerk_wsgi.local.issuing import Issuer
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.session_claims import NOT_BEFORE
from clerk_wsgi.local.state import State, missing
from clerk_wsgi.local.tickets import find_by_secret, new_ticket

KIND = "m2m_token"
OBJECT = "machine_to_machine_token"
RESERVED = ("iss", "sub", "exp", "nbf", "iat", "jti", "aud", "scopes")
KEPT_SECONDS = 24 * 60 * 60


def create_m2m_token(
    issuer: Issuer,
    machine_id: str,
    *,
    claims: Mapping[str, Any] | None = None,
    seconds_until_expiration: int | None = None,
    token_format: str = "opaque",
    min_remaining_ttl_seconds: int | None = None,
) -> tuple[Document, str]:
    """The token's document, and the token: "opaque" (`mt_...`) or "jwt".

    With `min_remaining_ttl_seconds` an opaque one is handed out again as long as it
    lives for that time yet; only such a token is kept itself. Raises ApiError (4xx).
    """
    state = issuer.state
    machine = state.need("machine", machine_id)
    require_claims(claims or {})
    seconds = seconds_until_expiration or machine["default_token_ttl"]
    made = new_token(state, machine, claims, seconds)
    if token_format == "jwt":
        return made, signed(issuer, made)
    least = min_remaining_ttl_seconds
    if least is not None and least >= seconds:
        said = "min_remaining_ttl_seconds must be less than the token's lifetime."
        raise ApiError(400, "form_param_value_invalid", said)
    with state.changing():
        known = None if least is None else reusable(state, made, least)
        if known:
            return told(state, known), known["_token"]
        token, made["_digest"] = new_ticket(state, "mt")
        made["_token"] = None if least is None else token
        state.records.keep(KIND, made, state.clock() + seconds + KEPT_SECONDS)
    return told(state, made), token


def new_token(
    state: State, machine: Document, claims: Mapping[str, Any] | None, seconds: int
) -> Document:
    return {
        "id": state.ids.new("mt"),
        "object": OBJECT,
        "subject": machine["id"],
        "scopes": list(machine["_scopes"]),
        "claims": dict(claims) if claims else None,
        "revoked": False,
        "revocation_reason": None,
        "expired": False,
        "expiration": state.now_ms + seconds * 1000,
        "last_used_at": None,
        "created_at": state.now_ms,
        "updated_at": state.now_ms,
    }


def signed(issuer: Issuer, made: Mapping[str, Any]) -> str:
    now = made["created_at"] // 1000
    said = {
        **(made["claims"] or {}),
        "iss": issuer.settings.issuer,
        "sub": made["subject"],
        "jti": made["id"],
        "iat": now,
        "nbf": now - NOT_BEFORE,
        "exp": made["expiration"] // 1000,
    }
    if made["scopes"]:
        said |= {"aud": made["scopes"], "scopes": " ".join(made["scopes"])}
    return issuer.keys.current.sign(said, M2M_CATEGORY)


def reusable(state: State, wanted: Mapping[str, Any], least: int) -> Document | None:
    """A token that says the same and lives long enough."""
    latest = state.now_ms + least * 1000
    for known in state.records.find(KIND, subject=wanted["subject"]):
        is_same = all(known[name] == wanted[name] for name in ("claims", "scopes"))
        is_lasting = known["_token"] and known["expiration"] >= latest
        if is_same and is_lasting and is_good(told(state, known)):
            return known
    return None


def m2m_tokens_of(
    state: State, machine_id: str, *, revoked: bool = False, expired: bool = False
) -> list[Document]:
    """Oldest first; those that are good no longer only if wanted."""
    found = [told(state, e) for e in state.records.find(KIND, subject=machine_id)]
    return [
        each
        for each in found
        if (revoked or not each["revoked"]) and (expired or not each["expired"])
    ]


def revoke_m2m_token(
    state: State, token_id: str, reason: str | None = None
) -> Document:
    with state.changing():
        changed = {"revoked": True, "revocation_reason": reason}
        return told(state, state.update(KIND, token_id, **changed))


def verify_m2m_token(
    issuer: Issuer, token: str, machine: Mapping[str, Any] | None = None
) -> Document:
    """What the token says, if it is good: for `machine`, where one asks.

    Raises ApiError (404).
    """
    found = read_jwt(issuer, token) if is_jwt(token) else read_opaque(issuer, token)
    if not is_good(found) or not issuer.state.records.get("machine", found["subject"]):
        missing(KIND)
    if machine and machine["id"] not in (found["subject"], *found["scopes"]):
        missing(KIND)
    return {**found, "token": token}


def read_opaque(issuer: Issuer, token: str) -> Document:
    state = issuer.state
    with state.changing():
        found = find_by_secret(state, KIND, token) or missing(KIND)
        used = {**found, "last_used_at": state.now_ms}
        state.records.keep(KIND, used)
    return told(state, used)


def read_jwt(issuer: Issuer, text: str) -> Document:
    """What the instance signed as such a token says what `signed` wrote into it."""
    token = verified(issuer, text)
    if token.header.get("cat") != M2M_CATEGORY:
        missing(KIND)
    claims = token.claims
    own = {name: each for name, each in claims.items() if name not in RESERVED}
    document = {
        "id": claims["jti"],
        "object": OBJECT,
        "subject": claims["sub"],
        "scopes": claims.get("aud", []),
        "claims": own or None,
        "revoked": False,
        "revocation_reason": None,
        "expiration": claims["exp"] * 1000,
        "last_used_at": None,
        "created_at": claims["iat"] * 1000,
        "updated_at": claims["iat"] * 1000,
    }
    return told(issuer.state, document)


def verified(issuer: Issuer, text: str) -> Token:
    """A token that one of the instance's keys signed. Raises ApiError (404)."""
    try:
        token = parse_token(text)
        key = issuer.keys.find(token.header.get("kid"))
        if key is None:
            missing(KIND)
        verify_signature(token, key.verification_key)
    except TokenVerificationError:
        missing(KIND)
    return token


def told(state: State, document: Mapping[str, Any]) -> Document:
    return {**document, "expired": is_expired(state, document)}


def require_claims(claims: Mapping[str, Any]) -> None:
    for name in RESERVED:
        if name in claims:
            said = f"You can't use the reserved claim: '{name}'"
            raise ApiError(400, "machine_token_reserved_claim", said, "claims")
