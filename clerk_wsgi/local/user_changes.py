"""What becomes of a user: new names, another password, banned, locked.

Source: Clerk, backend API, 3.1.
"""

from collections.abc import Mapping
from typing import Any

from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.identifiers import (
    LISTS,
    claim,
    primary_of,
    release,
    require_username,
    require_verified,
)
from clerk_wsgi.local.passwords import digest, require_good
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.sessions import end_sessions_of
from clerk_wsgi.local.state import State
from clerk_wsgi.local.users import change_user, has_password

CLAIMED = ("username", "external_id")


def update_user(state: State, user_id: str, **given: Any) -> Document:
    """The user with these fields; None empties one. Raises ApiError (404, 422).

    `password`, `password_digest` (one of ours), `username`, `external_id` and
    `primary_..._id` are looked at; others are taken as they are.
    """
    with state.changing():
        user = state.need("user", user_id)
        changed = {**given, **new_password(state, given)}
        for name in CLAIMED:
            if name in given:
                changed[name] = renamed(state, user, name, given[name])
        for kind, entries in LISTS.items():
            if primary_of(kind) in given:
                require_own_entry(user[entries], primary_of(kind), given)
        for name in ("password", "password_digest"):
            changed.pop(name, None)
        return change_user(state, user_id, **changed)


def new_password(state: State, given: Mapping[str, Any]) -> dict[str, Any]:
    kept = given.get("password_digest")
    if given.get("password") is not None:
        kept = digest(require_good(given["password"]))
    if kept is None:
        return {}
    return {
        "_password": kept,
        "password_enabled": True,
        "password_last_updated_at": state.now_ms,
    }


def renamed(
    state: State, user: Mapping[str, Any], kind: str, name: str | None
) -> str | None:
    """The new name, which is the user's now, as the old one is no longer."""
    if user[kind]:
        release(state, kind, user[kind])
    if not name:
        return None
    if kind == "username":
        require_username(name)
    return claim(state, kind, name, user["id"])


def require_own_entry(
    entries: list[Document], parameter: str, given: Mapping[str, Any]
) -> None:
    found = [each for each in entries if each["id"] == given[parameter]]
    if not found:
        said = f"The resource associated with the supplied {parameter} was not found."
        raise ApiError(422, "form_resource_not_found", said, parameter)
    require_verified(found[0], parameter)


def ban_user(state: State, user_id: str) -> Document:
    """Who is banned is signed out everywhere, and cannot sign in."""
    with state.changing():
        user = change_user(state, user_id, banned=True)
        end_sessions_of(state, user_id)
    return user


def unban_user(state: State, user_id: str) -> Document:
    return change_user(state, user_id, banned=False)


def lock_user(state: State, user_id: str) -> Document:
    """Who is locked cannot sign in until somebody unlocks the account."""
    return change_user(state, user_id, locked=True, verification_attempts_remaining=0)


def unlock_user(state: State, user_id: str) -> Document:
    return change_user(
        state, user_id, locked=False, verification_attempts_remaining=100
    )


def remove_password(state: State, user_id: str) -> Document:
    return change_user(state, user_id, _password=None, password_enabled=False)


def require_password(state: State, user_id: str, password: str) -> None:
    """Raises ApiError: 400 where no password is set, 422 for a wrong one."""
    user = state.need("user", user_id)
    if not user["password_enabled"]:
        said = "This user does not have a password set for their account"
        raise ApiError(400, "no_password_set", said)
    if not has_password(user, password):
        said = "The provided password is not the one the user has set"
        raise ApiError(422, "incorrect_password", said)
