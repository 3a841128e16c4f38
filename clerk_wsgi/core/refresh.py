"""Renewing an expired session by its refresh token, without a redirect."""

from dataclasses import replace

from clerk_wsgi.core.attempt import Attempt
from clerk_wsgi.core.directives import acceptable, session_in, set_cookies
from clerk_wsgi.core.errors import (
    ClerkAPIError,
    KeysUnavailable,
    TokenVerificationError,
)
from clerk_wsgi.core.ports import Renewal
from clerk_wsgi.core.session_tokens import verify_session
from clerk_wsgi.core.state import SignedIn


def renew(attempt: Attempt) -> SignedIn | str:
    """The renewed session, or why there is none, in Clerk's words.

    Source: Clerk, authenticating a request, 7.1.
    """
    if attempt.request.method != "GET":
        return "non-eligible-non-get"
    if not attempt.refresh_token:
        return "non-eligible-no-refresh-cookie"
    ask = attempt.ports.renew
    if ask is None:
        return "missing-api-client"
    renewal = renewal_of(attempt)
    if isinstance(renewal, str):
        return renewal
    try:
        cookies = list(ask(renewal))
    except ClerkAPIError as error:
        return api_reason(error)
    return accept(attempt, cookies)


def renewal_of(attempt: Attempt) -> Renewal | str:
    expired = attempt.session_token or attempt.request.bearer
    if not expired:
        return "missing-session-token"
    try:
        session_id = attempt.open(expired).claims.get("sid")
    except TokenVerificationError:
        return "expired-session-token-decode-failed"
    if not session_id or not isinstance(session_id, str):
        return "expired-session-token-missing-sid-claim"
    if attempt.ports.revocations.is_session_cut_off(session_id):
        return "non-eligible-session-revoked"
    return Renewal(
        session_id=session_id,
        expired_token=expired,
        refresh_token=attempt.refresh_token,
        request_origin=attempt.request.url.origin,
        request_headers={
            name.lower(): [value] for name, value in attempt.request.headers.items()
        },
        suffixed_cookies=attempt.suffixed,
    )


def api_reason(error: ClerkAPIError) -> str:
    if error.status is None:
        return "fetch-error"
    return error.errors[0].code if error.errors else "unexpected-bapi-error"


def accept(attempt: Attempt, cookies: list[str]) -> SignedIn | str:
    if not cookies:
        return "unexpected-sdk-error"
    kept = acceptable(cookies)
    try:
        token = attempt.open(session_in(kept))
        verified = verify_session(token, attempt.options, attempt.ports)
    except (TokenVerificationError, KeysUnavailable):
        return "invalid-session-token"
    return replace(verified.state, headers=set_cookies(kept))
