"""Tokens that sign somebody in, once: for themselves, or for an actor in their name.

Source: Clerk, backend API, 3.5 and 4.8.
"""

from collections.abc import Mapping
from typing import Any

from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.state import State
from clerk_wsgi.local.tickets import (
    expired,
    find_by_secret,
    invalid,
    new_ticket,
    ticket_url,
)

MONTH = 30 * 24 * 60 * 60
HOUR = 60 * 60
KEPT_SECONDS = 24 * 60 * 60
"""Tokens that are over are kept as long, to tell what became of them."""


def create_sign_in_token(
    state: State, user_id: str, *, expires_in_seconds: int = MONTH, page: str = ""
) -> tuple[Document, str]:
    """The document, and the token. `page` is the URL of the sign-in page."""
    return keep_token(state, "sign_in_token", "sit", user_id, expires_in_seconds, page)


def create_actor_token(
    state: State,
    user_id: str,
    actor: Mapping[str, Any],
    *,
    expires_in_seconds: int = HOUR,
    session_seconds: int = HOUR // 2,
    page: str = "",
) -> tuple[Document, str]:
    """For `actor` (`{"sub": "user_..."}`) to be signed in as that user."""
    own = {"actor": dict(actor), "_session_seconds": session_seconds}
    return keep_token(
        state, "actor_token", "act", user_id, expires_in_seconds, page, own
    )


def keep_token(
    state: State,
    kind: str,
    prefix: str,
    user_id: str,
    seconds: int,
    page: str,
    own: Mapping[str, Any] | None = None,
) -> tuple[Document, str]:
    with state.changing():
        state.need("user", user_id)
        token, digest = new_ticket(state)
        document = {
            "id": state.ids.new(prefix),
            "object": kind,
            "user_id": user_id,
            "status": "pending",
            **(own or {}),
            "created_at": state.now_ms,
            "updated_at": state.now_ms,
            "_digest": digest,
            "_expires_at": state.now_ms + seconds * 1000,
        }
        ends_at = state.clock() + seconds + KEPT_SECONDS
        state.records.keep(kind, document, ends_at)
    url = ticket_url(page, token, "sign_in")
    return {**document, "token": token, "url": url}, token


def revoke_token(state: State, kind: str, token_id: str) -> Document:
    """Raises ApiError (400) for one that was used, or revoked already."""
    with state.changing():
        document = state.need(kind, token_id)
        if document["status"] != "pending":
            said = (
                f"Its status is {document['status']}. Only pending ones can be revoked."
            )
            raise ApiError(400, f"{kind}_cannot_be_revoked_code", said)
        return state.update(kind, token_id, status="revoked")


def take_token(state: State, kind: str, token: str) -> Document:
    """The document of a token that is good; it is used up. Raises ApiError (400)."""
    with state.changing():
        document = find_by_secret(state, kind, token)
        if document is None:
            invalid()
        if document["status"] == "revoked":
            said = "This token has been revoked and cannot be used anymore."
            raise ApiError(400, f"{kind}_revoked_code", said, "ticket")
        if document["status"] != "pending":
            said = "This token has already been used. Each token can only be used once."
            raise ApiError(400, f"{kind}_already_used_code", said, "ticket")
        if state.now_ms >= document["_expires_at"]:
            expired()
        return state.update(kind, document["id"], status="accepted")


def take_sign_in_token(state: State, token: str) -> Document:
    """The user whom the token is for; it is used up. Raises ApiError (400, 404)."""
    document = take_token(state, "sign_in_token", token)
    return state.need("user", document["user_id"])
