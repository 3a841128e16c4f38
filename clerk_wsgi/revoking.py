"""Sessions and users that the application itself ends."""

from contextlib import suppress

from clerk_wsgi.client import client_of
from clerk_wsgi.core.cutoffs import SESSION, USER, cut_off
from clerk_wsgi.core.errors import (
    ClerkAPIError,
    ConfigurationError,
    StoreUnavailable,
)
from clerk_wsgi.core.revocation_events import CLOCK_SKEW_MS
from clerk_wsgi.instance import Instance

ALIVE = ("active", "pending")
MOST = 500
HELPLESS = (
    "Nothing can be revoked: set CLERK_SECRET_KEY (option secret_key), so that Clerk "
    "can be asked, or CLERK_REVOCATION (option revocation) to anything but off."
)


def revoke_session(instance: Instance, session_id: str | None) -> None:
    """Here and elsewhere at once, then at Clerk. Raises ClerkAPIError."""
    if not session_id:
        raise ValueError("Nobody is signed in: say which session is meant.")
    require_means(instance)
    cut(instance, SESSION, session_id, None)
    if instance.options.secret_key:
        client_of(instance).sessions.revoke(session_id)


def revoke_user(instance: Instance, user_id: str | None) -> None:
    """Every token that the user has, then every session at Clerk.

    Raises the first ClerkAPIError, after all were tried.
    """
    if not user_id:
        raise ValueError("Nobody is signed in: say which user is meant.")
    require_means(instance)
    cut_user(instance, user_id)
    if not instance.options.secret_key:
        return
    try:
        revoke_at_clerk(instance, user_id)
    finally:
        cut_user(instance, user_id)  # tokens that Clerk gave out meanwhile


def revoke_at_clerk(instance: Instance, user_id: str) -> None:
    sessions, failures = client_of(instance).sessions, []
    for status in ALIVE:
        for session in sessions.list(user_id=user_id, status=status, limit=MOST).data:
            try:
                revoke_session(instance, session.id)
            except ClerkAPIError as error:
                failures.append(error)
    if failures:
        raise failures[0]


def cut_user(instance: Instance, user_id: str) -> None:
    """Clerk's clock, which dates tokens, may be ahead of ours."""
    cut(instance, USER, user_id, int(instance.clock()) + CLOCK_SKEW_MS)


def cut(instance: Instance, kind: str, name: str, at_ms: int | None) -> None:
    """Others are told later where the store is away: the follower sees to it."""
    if instance.revocations is not None:
        with suppress(StoreUnavailable):
            instance.revocations.cut(cut_off(kind, name, at_ms, instance.clock()))


def require_means(instance: Instance) -> None:
    if instance.revocations is None and not instance.options.secret_key:
        raise ConfigurationError(HELPLESS)
