"""Sessions: who is signed in, in which browser.

Source: Clerk, backend API, 4.2. The instance's own: a session's `_refresh_token`.
"""

from collections.abc import Mapping
from typing import Any

from clerk_wsgi.local.clients import change_client, open_client
from clerk_wsgi.local.memberships import drop_membership, find_membership
from clerk_wsgi.local.organizations import find_organization
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.state import State

SESSION_SECONDS = 7 * 24 * 60 * 60

ALIVE = ("active", "pending")


def sessions_of(state: State, client: Mapping[str, Any]) -> list[Document]:
    """Those that are alive, oldest first."""
    found = state.records.find("session", client_id=client["id"])
    return [each for each in found if is_alive(state, each)]


def current_session(state: State, client: Mapping[str, Any] | None) -> Document | None:
    """Who is signed in there, unless the session has ended or is over."""
    if client is None or not client["last_active_session_id"]:
        return None
    session = state.records.get("session", client["last_active_session_id"])
    return session if session and is_alive(state, session) else None


def is_alive(state: State, session: Mapping[str, Any]) -> bool:
    return session["status"] in ALIVE and state.now_ms < session["expire_at"]


def create_session(
    state: State,
    user_id: str,
    client: Mapping[str, Any] | None = None,
    *,
    organization_id: str | None = None,
    actor: Mapping[str, Any] | None = None,
) -> Document:
    """A session of that user; without a client it is a machine's, for tests."""
    now = state.now_ms
    with state.changing():
        state.need("user", user_id)
        client = client or open_client(state)
        session = {
            "id": state.ids.new("sess"),
            "object": "session",
            "client_id": client["id"],
            "user_id": user_id,
            "status": "active",
            "last_active_organization_id": organization_id,
            "last_active_token": None,
            "actor": actor,
            "tasks": None,
            "latest_activity": None,
            "factor_verification_age": [0, -1],
            "last_active_at": now,
            "expire_at": now + SESSION_SECONDS * 1000,
            "abandon_at": now + 30 * 24 * 60 * 60 * 1000,
            "created_at": now,
            "updated_at": now,
            "_refresh_token": state.ids.secret(),
        }
        state.records.keep("session", session, state.clock() + 2 * SESSION_SECONDS)
        state.update("user", user_id, last_sign_in_at=now, last_active_at=now)
        state.tell("session.created", session)
        change_client(
            state,
            client,
            last_active_session_id=session["id"],
            _changed_at=int(state.clock()),
        )
    return session


def sign_in(
    state: State, client: Mapping[str, Any], user_id: str, **given: Any
) -> Document:
    """A new session in place of those that the browser had."""
    with state.changing():
        for old in sessions_of(state, client):
            end_session(state, old["id"], "replaced")
        return create_session(state, user_id, client, **given)


def sign_out(state: State, client: Mapping[str, Any]) -> Document:
    """The browser, in which nobody is signed in now."""
    with state.changing():
        for session in sessions_of(state, client):
            end_session(state, session["id"], "removed")
        return change_client(
            state, client, last_active_session_id=None, _changed_at=int(state.clock())
        )


def end_session(state: State, session_id: str, status: str) -> Document:
    """`status` is "ended", "removed", "revoked" or "replaced"."""
    with state.changing():
        session = state.need("session", session_id)
        if session["status"] not in ALIVE:
            return session
        session = state.update("session", session_id, status=status)
        client = state.records.get("client", session["client_id"])
        if client and client["last_active_session_id"] == session_id:
            left = sessions_of(state, client)
            change_client(
                state,
                client,
                last_active_session_id=left[-1]["id"] if left else None,
                _changed_at=int(state.clock()),
            )
        state.tell(f"session.{status}", session)
    return session


def activate(
    state: State, session: Mapping[str, Any], wanted: str | None
) -> Document | None:
    """The session with that organization (id or slug), or none.

    None for an organization that the user may not enter; then nothing changes.
    """
    found = find_organization(state, wanted) if wanted else None
    if wanted:
        if found is None:
            return None
        if find_membership(state, found["id"], session["user_id"]) is None:
            return None
    chosen = found["id"] if found else None
    with state.changing():
        return state.update(
            "session",
            session["id"],
            last_active_organization_id=chosen,
            last_active_at=state.now_ms,
        )


def delete_user(state: State, user_id: str) -> Document:
    """The user, with all sessions, memberships and identifiers."""
    with state.changing():
        user = state.need("user", user_id)
        end_sessions_of(state, user_id)
        for membership in state.records.find("membership", user_id=user_id):
            drop_membership(state, membership)
        for identifier in state.records.find("identifier", user_id=user_id):
            state.records.drop("identifier", identifier["id"])
        state.records.drop("user", user_id)
        gone = {"id": user_id, "object": "user", "deleted": True}
        state.tell("user.deleted", {**gone, "external_id": user["external_id"]})
    return gone


def end_sessions_of(state: State, user_id: str, status: str = "revoked") -> None:
    """For somebody who was banned."""
    with state.changing():
        for session in state.records.find("session", user_id=user_id):
            end_session(state, session["id"], status)
