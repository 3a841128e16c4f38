"""Clients, as Clerk calls browsers.

Source: Clerk, backend API, 4.4. The instance's own: `_token`, which is all that a
browser proves itself with, and `_changed_at`, when its authentication last changed in
epoch seconds.
"""

from collections.abc import Mapping
from typing import Any

from clerk_wsgi.local.records import Document
from clerk_wsgi.local.state import State

CLIENT_SECONDS = 400 * 24 * 60 * 60
UNUSED_SECONDS = 24 * 60 * 60
"""Browsers in which nobody signed in are many, and forgotten in a day."""


def find_client(state: State, token: str) -> Document | None:
    return next(iter(state.records.find("client", _token=token)), None)


def open_client(state: State, token: str = "") -> Document:
    """The browser with that token; a new one where nobody knows it."""
    known = find_client(state, token) if token else None
    if known:
        return known
    client = {
        "id": state.ids.new("client"),
        "object": "client",
        "sign_in_id": None,
        "sign_up_id": None,
        "last_active_session_id": None,
        "last_authentication_strategy": None,
        "cookie_expires_at": None,
        "captcha_bypass": False,
        "created_at": state.now_ms,
        "updated_at": state.now_ms,
        "_token": state.ids.secret("dvb"),
        "_changed_at": 0,
    }
    with state.changing():
        keep_client(state, client)
    return client


def keep_client(state: State, client: Mapping[str, Any]) -> None:
    is_used = client["last_active_session_id"] or client["_changed_at"]
    seconds = CLIENT_SECONDS if is_used else UNUSED_SECONDS
    state.records.keep("client", client, state.clock() + seconds)


def change_client(state: State, client: Mapping[str, Any], **members: Any) -> Document:
    with state.changing():
        known = state.records.get("client", client["id"]) or client
        changed = {**known, **members, "updated_at": state.now_ms}
        keep_client(state, changed)
    return changed


def renamed(state: State, client: Mapping[str, Any]) -> Document:
    """The browser under a new token: who knew the old one is it no longer."""
    return change_client(state, client, _token=state.ids.secret("dvb"))
