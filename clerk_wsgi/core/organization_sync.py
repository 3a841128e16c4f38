"""Activating the organization that the URL names."""

from clerk_wsgi.core.attempt import Attempt
from clerk_wsgi.core.handshake import MOST_REDIRECTS, may_handshake
from clerk_wsgi.core.organizations import target_of
from clerk_wsgi.core.state import Handshake, SignedIn

SYNC_LOOP = (
    "Clerk: Organization activation handshake loop detected. This is likely due to an "
    "invalid organization ID or slug. Skipping organization activation."
)


def requested_switch(attempt: Attempt, state: SignedIn) -> Handshake | None:
    """The handshake that activates another organization, if one is due.

    Whoever cannot follow it, or has tried, stays signed in as before. Source: Clerk,
    authenticating a request, 11.2.
    """
    session, target = state.session, target_of(attempt)
    if target is None or target.is_active(session):
        return None
    if not session.user_id or session.session_status == "pending":
        return None
    if attempt.request.bearer:
        return None
    if attempt.redirects >= MOST_REDIRECTS:
        attempt.ports.warn(SYNC_LOOP)
        return None
    asked = may_handshake(attempt, "active-organization-mismatch")
    return asked if isinstance(asked, Handshake) else None
