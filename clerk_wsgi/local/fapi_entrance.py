"""Attempts to get in, of one browser, and what happens when one succeeds."""

from collections.abc import Mapping
from typing import Any

from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.clients import change_client, renamed
from clerk_wsgi.local.issuing import Issuer
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.sessions import (
    create_session,
    current_session,
)
from clerk_wsgi.local.state import State, missing

ATTEMPT_SECONDS = 24 * 60 * 60
BANNED = "This account is not allowed to sign in."


def require_nobody(state: State, client: Mapping[str, Any]) -> None:
    """One person at a time: raises ApiError (400) where somebody is signed in."""
    session = current_session(state, client)
    if session:
        said = "You're already signed in."
        raise ApiError(400, "session_exists", said, session_id=session["id"])


def keep_attempt(
    state: State, client: Mapping[str, Any], attempt: Mapping[str, Any]
) -> Document:
    """`attempt` is a "sign_in" or a "sign_up"; the browser goes on with it."""
    kind = attempt["object"]
    kept = {**attempt, "abandon_at": state.now_ms + ATTEMPT_SECONDS * 1000}
    with state.changing():
        state.records.keep(kind, kept, state.clock() + ATTEMPT_SECONDS)
        change_client(state, client, **{f"{kind}_id": kept["id"]})
    return kept


def attempted(
    state: State, kind: str, client: Mapping[str, Any], identity: str
) -> Document:
    """An attempt of that browser. Raises ApiError (404), also for another's."""
    attempt = state.need(kind, identity)
    is_own = attempt["_client_id"] == client["id"]
    if not is_own or state.now_ms >= attempt["abandon_at"]:
        missing(kind)
    return attempt


def enter(
    issuer: Issuer,
    client: Mapping[str, Any],
    user_id: str,
    strategy: str,
    actor: Mapping[str, Any] | None = None,
) -> Document:
    """A session for the user. Raises ApiError (403) for one who was banned or locked.

    Its attempts are over. In production the browser gets a new token, so that nobody
    has it who knew the old one.
    """
    state = issuer.state
    user = state.need("user", user_id)
    if user["banned"] or user["locked"]:
        code = "user_banned" if user["banned"] else "user_locked"
        raise ApiError(403, code, BANNED)
    with state.changing():
        session = create_session(state, user_id, client, actor=actor)
        for kind in ("sign_in", "sign_up"):
            if client[f"{kind}_id"]:
                state.records.drop(kind, client[f"{kind}_id"])
        change_client(
            state,
            client,
            sign_in_id=None,
            sign_up_id=None,
            last_authentication_strategy=strategy,
        )
        if issuer.settings.is_production:
            renamed(state, client)
    return session
