"""API keys: what programs of a user or an organization prove themselves with.

Source: Clerk, backend API, 3.5 and 4.5. The instance's own: `_secret`, since Clerk
shows it again to whoever asks, and its `_digest`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.state import State, missing
from clerk_wsgi.local.tickets import find_by_secret, new_ticket

KIND = "api_key"
SUBJECTS = {"user_": "user", "org_": "organization"}


def create_api_key(
    state: State,
    subject: str,
    name: str = "API key",
    *,
    scopes: Sequence[str] = (),
    claims: Mapping[str, Any] | None = None,
    description: str | None = None,
    created_by: str | None = None,
    seconds_until_expiration: int | None = None,
) -> tuple[Document, str]:
    """The key, and its secret (`ak_...`). `subject` is a user's or organization's id.

    Raises ApiError (422) for a subject that there is not.
    """
    with state.changing():
        require_subject(state, subject)
        secret, digest = new_ticket(state, "ak")
        key = {
            "id": state.ids.new("ak"),
            "object": KIND,
            "type": "api_key",
            "name": name,
            "subject": subject,
            "scopes": list(scopes),
            "claims": claims,
            "description": description,
            "created_by": created_by,
            "revoked": False,
            "revocation_reason": None,
            "expiration": expiration(state, seconds_until_expiration),
            "last_used_at": None,
            "created_at": state.now_ms,
            "updated_at": state.now_ms,
            "_secret": secret,
            "_digest": digest,
        }
        state.records.keep(KIND, key)
    return told(state, key), secret


def change_api_key(state: State, key_id: str, given: Mapping[str, Any]) -> Document:
    """`given`: `claims`, `scopes`, `description`, `subject` and
    `seconds_until_expiration`, where None means for ever.
    """
    changed = dict(given)
    with state.changing():
        if "subject" in changed:
            require_subject(state, changed["subject"])
        if "seconds_until_expiration" in changed:
            seconds = changed.pop("seconds_until_expiration")
            changed["expiration"] = expiration(state, seconds)
        return told(state, state.update(KIND, key_id, **changed))


def revoke_api_key(state: State, key_id: str, reason: str | None = None) -> Document:
    with state.changing():
        changed = {"revoked": True, "revocation_reason": reason}
        return told(state, state.update(KIND, key_id, **changed))


def delete_api_key(state: State, key_id: str) -> Document:
    with state.changing():
        state.need(KIND, key_id)
        state.records.drop(KIND, key_id)
    return {"id": key_id, "object": KIND, "deleted": True}


def need_api_key(state: State, key_id: str) -> Document:
    return told(state, state.need(KIND, key_id))


def api_keys_of(
    state: State, subject: str, *, include_invalid: bool = False
) -> list[Document]:
    """Oldest first; those that are revoked or expired only if wanted."""
    found = [told(state, e) for e in state.records.find(KIND, subject=subject)]
    return [each for each in found if include_invalid or is_good(each)]


def verify_api_key(state: State, secret: str) -> Document:
    """The key of that secret, which is used now. Raises ApiError (404)."""
    with state.changing():
        found = find_by_secret(state, KIND, secret)
        if found is None or not is_good(told(state, found)):
            missing(KIND)
        if not has_subject(state, found["subject"]):
            missing(KIND)
        used = {**found, "last_used_at": state.now_ms}
        state.records.keep(KIND, used)
    return told(state, used)


def told(state: State, key: Mapping[str, Any]) -> Document:
    return {**key, "expired": is_expired(state, key)}


def is_good(told_key: Mapping[str, Any]) -> bool:
    return not told_key["revoked"] and not told_key["expired"]


def is_expired(state: State, document: Mapping[str, Any]) -> bool:
    """Has its `expiration` (epoch milliseconds) come?"""
    end = document["expiration"]
    return end is not None and state.now_ms >= end


def expiration(state: State, seconds: int | None) -> int | None:
    return None if seconds is None else state.now_ms + seconds * 1000


def has_subject(state: State, subject: str) -> bool:
    kind = SUBJECTS.get(subject.partition("_")[0] + "_")
    return kind is not None and state.records.get(kind, subject) is not None


def require_subject(state: State, subject: str) -> None:
    if not has_subject(state, subject):
        said = "The subject must be the id of a user or of an organization."
        raise ApiError(422, "form_resource_not_found", said, "subject")
