"""Access tokens that users gave to OAuth applications.

Source: Clerk, backend API, 4.7; keys and tokens, 11.4. Opaque ones are kept as digests;
those in JWT form (RFC 9068) too, since they can be revoked.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from clerk_wsgi.core.token_types import OAUTH_TYPES, is_jwt
from clerk_wsgi.local.issuing import Issuer
from clerk_wsgi.local.m2m import verified
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.session_claims import NOT_BEFORE
from clerk_wsgi.local.state import State, missing
from clerk_wsgi.local.tickets import digest_of, find_by_secret, new_ticket

KIND = "oauth_access_token"
OBJECT = "clerk_idp_oauth_access_token"
SCOPES = ("profile", "email")
DAY = 24 * 60 * 60


def create_oauth_token(
    issuer: Issuer,
    application_id: str,
    user_id: str,
    *,
    scopes: Sequence[str] = SCOPES,
    token_format: str = "opaque",
    audience: Sequence[str] = (),
    lifetime: int = DAY,
) -> tuple[Document, str]:
    """The token's document, and the token: "opaque" (`oat_...`) or "jwt".

    As if the user had allowed the application to act for them; `lifetime` is seconds.
    Times in the document are epoch seconds. Raises ApiError (404).
    """
    state = issuer.state
    now = int(state.clock())
    with state.changing():
        application = state.need("oauth_application", application_id)
        document: Document = {
            "id": state.ids.new("oat"),
            "object": OBJECT,
            "type": "oauth_token",
            "client_id": application["client_id"],
            "subject": state.need("user", user_id)["id"],
            "scopes": list(scopes),
            **({"aud": list(audience)} if audience else {}),
            "revoked": False,
            "revocation_reason": None,
            "expiration": now + lifetime,
            "created_at": now,
            "updated_at": now,
        }
        if token_format == "jwt":
            token = signed(issuer, document)
            document["_digest"] = digest_of(token)
        else:
            token, document["_digest"] = new_ticket(state, "oat")
        state.records.keep(KIND, document, now + lifetime + DAY)
    return told(state, document), token


def signed(issuer: Issuer, document: Mapping[str, Any]) -> str:
    said = {
        "iss": issuer.settings.issuer,
        "sub": document["subject"],
        "client_id": document["client_id"],
        "scope": " ".join(document["scopes"]),
        "jti": document["id"],
        "iat": document["created_at"],
        "nbf": document["created_at"] - NOT_BEFORE,
        "exp": document["expiration"],
    }
    if "aud" in document:
        said["aud"] = document["aud"]
    key = issuer.keys.current
    return key.sign_with({"alg": "RS256", "kid": key.kid, "typ": OAUTH_TYPES[0]}, said)


def verify_oauth_token(issuer: Issuer, token: str) -> Document:
    """What the token says, if it is good. Raises ApiError (404)."""
    state = issuer.state
    if is_jwt(token):
        verified(issuer, token)
    found = told(state, find_by_secret(state, KIND, token) or missing(KIND))
    if found["revoked"] or found["expired"]:
        missing(KIND)
    state.need("user", found["subject"])
    return found


def revoke_oauth_token(state: State, token: str, client_id: str = "") -> Document:
    """Raises ApiError (404), also for a token of another application."""
    with state.changing():
        found = find_by_secret(state, KIND, token)
        if found is None or client_id not in ("", found["client_id"]):
            missing(KIND)
        changed = {**found, "revoked": True, "updated_at": int(state.clock())}
        state.records.keep(KIND, changed)
    return told(state, changed)


def told(state: State, document: Mapping[str, Any]) -> Document:
    return {**document, "expired": state.clock() >= document["expiration"]}
