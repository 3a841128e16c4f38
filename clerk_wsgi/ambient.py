"""`auth`: who sends the request in progress, from anywhere in the code serving it.

A convenience. `get_auth(environ)` is the source of truth.
"""

from typing import Any

from clerk_wsgi.core.errors import MissingMiddleware
from clerk_wsgi.core.state import SESSION_TOKEN
from clerk_wsgi.identity import Auth, Predicate
from clerk_wsgi.visit import AcceptedTokens, current

OUTSIDE = (
    "auth() was called outside a request, or the request did not pass ClerkMiddleware "
    "or SessionLayer. Wrap the application in one of them, or use get_auth(environ)."
)


class CurrentAuth:
    """`auth()` is the request's Auth; `auth.protect(...)` guards the code below it."""

    def __call__(
        self,
        *,
        accepts_token: AcceptedTokens = SESSION_TOKEN,
        treat_pending_as_signed_out: bool = True,
    ) -> Auth:
        """Raises MissingMiddleware outside a request, and after it was answered."""
        visit = current.get()
        if visit is None or visit.is_over:
            raise MissingMiddleware(OUTSIDE)
        return Auth(visit, accepts_token, treat_pending_as_signed_out)

    def protect(self, check: Predicate | None = None, /, **asked: Any) -> Auth:
        """See `Auth.protect`."""
        return self().protect(check, **asked)

    def revoke_session(self, session_id: str | None = None) -> None:
        """See `Auth.revoke_session`."""
        self().revoke_session(session_id)

    def revoke_user(self, user_id: str | None = None) -> None:
        """See `Auth.revoke_user`."""
        self().revoke_user(user_id)


auth = CurrentAuth()
