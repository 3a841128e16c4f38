"""What Clerk's webhooks cut off.

A table of event types; what is in none of its rows cuts nothing off.
"""

from collections.abc import Callable, Mapping
from typing import Any

from clerk_wsgi.core.cutoffs import (
    HOUR_MS,
    MEMBERSHIP,
    ORGANIZATION,
    PROFILE,
    SESSION,
    USER,
    Cutoff,
    cut_off,
    is_time,
    membership_id,
)
from clerk_wsgi.core.errors import WebhookVerificationError
from clerk_wsgi.core.webhooks import TOLERANCE_SECONDS, WebhookEvent, unverified

# Clerk's clock may be that far ahead of ours, where a token is judged...
CLOCK_SKEW_MS = 5000
# ...and that far where a webhook comes in, or it would not have been verified. Cut off
# earlier than that, tokens that Clerk gave out just before the event would hold.
EVENT_SKEW_MS = TOLERANCE_SECONDS * 1000
SHUT_OUT = ("banned", "locked", "deprovisioned")

Data = Mapping[str, Any]
Reader = Callable[[Data, int | None, float], Cutoff]


def cutoff_of(event: WebhookEvent, now_ms: float) -> Cutoff | None:
    """What the event cuts off, if anything.

    Raises WebhookVerificationError for one that does not say whom it is about.
    """
    kind, data = event.get("type"), event.get("data")
    reader = READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        return None
    if not isinstance(data, dict):
        raise nameless()
    return reader(data, time_or_none(event.get("timestamp")), now_ms)


def revoke_session(data: Data, at_ms: int | None, now_ms: float) -> Cutoff:
    """A session that ended never comes back."""
    return cut_off(SESSION, text_in(data, "id"), None, now_ms)


def end_session(data: Data, at_ms: int | None, now_ms: float) -> Cutoff:
    """The same for one that its user ended, as many do: kept for an hour only."""
    until_ms = int(now_ms) + HOUR_MS
    return revoke_session(data, at_ms, now_ms)._replace(until_ms=until_ms)


def end_user(data: Data, at_ms: int | None, now_ms: float) -> Cutoff:
    return cut_off(USER, text_in(data, "id"), None, now_ms)


def change_user(data: Data, at_ms: int | None, now_ms: float) -> Cutoff:
    """Who is shut out has to come back first; of others only the claims are old."""
    updated_ms = time_or_none(data.get("updated_at"))
    if any(data.get(each) is True for each in SHUT_OUT):
        latest_ms = max(filter(None, (at_ms, updated_ms)), default=None)
        return at_moment(USER, text_in(data, "id"), latest_ms, now_ms)
    changed_ms = updated_ms or at_ms
    return at_moment(PROFILE, text_in(data, "id"), changed_ms, now_ms)


def end_organization(data: Data, at_ms: int | None, now_ms: float) -> Cutoff:
    return cut_off(ORGANIZATION, text_in(data, "id"), None, now_ms)


def end_membership(data: Data, at_ms: int | None, now_ms: float) -> Cutoff:
    return at_moment(MEMBERSHIP, member_in(data), at_ms, now_ms)


def change_membership(data: Data, at_ms: int | None, now_ms: float) -> Cutoff:
    """A member has this role now: tokens with another are of before."""
    changed_ms = at_ms or time_or_none(data.get("updated_at"))
    role = text_in(data, "role")
    return at_moment(MEMBERSHIP, member_in(data), changed_ms, now_ms, role)


READERS: Mapping[str, Reader] = {
    "session.ended": end_session,
    "session.removed": end_session,
    "session.revoked": revoke_session,
    "user.deleted": end_user,
    "user.updated": change_user,
    "organization.deleted": end_organization,
    "organizationMembership.deleted": end_membership,
    "organizationMembership.updated": change_membership,
    "organizationMembership.created": change_membership,
}


def at_moment(
    kind: str, name: str, at_ms: int | None, now_ms: float, role: str | None = None
) -> Cutoff:
    """A cutoff at that time; now where none is told, or one that is yet to come."""
    now = int(now_ms)
    moment = now if at_ms is None else min(at_ms, now + EVENT_SKEW_MS)
    return cut_off(kind, name, moment, now, role)


def time_or_none(value: Any) -> int | None:
    return value if is_time(value) and value else None


def member_in(data: Data) -> str:
    organization, user = data.get("organization"), data.get("public_user_data")
    if not isinstance(organization, dict) or not isinstance(user, dict):
        raise nameless()
    return membership_id(text_in(organization, "id"), text_in(user, "user_id"))


def text_in(data: Data, name: str) -> str:
    found = data.get(name)
    if not isinstance(found, str) or not 0 < len(found) <= 255:
        raise nameless()
    return found


def nameless() -> WebhookVerificationError:
    said = "The event does not say whom it is about."
    return unverified("malformed-body", said)
