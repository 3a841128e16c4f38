"""Who sent this request? A list of early returns.

Source: Clerk, authenticating a request, 4 to 7. Numbers in comments are the rows of
its tables. Whatever is not certain ends signed out, with a reason in Clerk's words.
"""

from collections.abc import Sequence

from clerk_wsgi.core.attempt import Attempt
from clerk_wsgi.core.configuration import require_configuration
from clerk_wsgi.core.cutoffs import OUTDATED, UNVOUCHED
from clerk_wsgi.core.errors import KeysUnavailable, TokenVerificationError
from clerk_wsgi.core.handshake import may_handshake
from clerk_wsgi.core.handshake_return import resolve_handshake
from clerk_wsgi.core.machine import authenticate_machine
from clerk_wsgi.core.options import Options
from clerk_wsgi.core.organization_sync import requested_switch
from clerk_wsgi.core.ports import Ports, Verified
from clerk_wsgi.core.recall import recall, remember
from clerk_wsgi.core.refresh import renew
from clerk_wsgi.core.request import RequestView
from clerk_wsgi.core.satellites import (
    answer_satellite,
    came_from_elsewhere,
    sync_satellite,
)
from clerk_wsgi.core.session_tokens import CUT_OFF, is_session_token, verify_session
from clerk_wsgi.core.state import (
    MACHINE_TOKENS,
    SESSION_TOKEN,
    Handshake,
    RequestState,
    SignedIn,
    SignedOut,
    explained,
)
from clerk_wsgi.core.token_types import is_jwt, machine_jwt_type, opaque_token_type
from clerk_wsgi.core.tokens import Token

WITHOUT_MESSAGE = ("token-type-mismatch", "unexpected-error")
ONE_LIFE = 60  # seconds that a session token is good
AcceptedTokens = str | Sequence[str]

TO_HANDSHAKE = {
    "token-not-active-yet": "session-token-nbf",
    "token-iat-in-the-future": "session-token-iat-in-the-future",
}


def authenticate(
    request: RequestView,
    options: Options,
    ports: Ports,
    accepts_token: AcceptedTokens = SESSION_TOKEN,
) -> RequestState:
    """The state of the request.

    `accepts_token` is a token type, several of them, or "any". An opaque machine
    token is looked into only with `ports.verify_machine_token` at hand.
    """
    known = recall(request, options, ports) if is_usual(accepts_token) else None
    if known and not may_be_elsewhere(request, options):
        return known.state
    attempt = Attempt(request, options, ports)
    if known:
        return signed_in(attempt, known)
    require_configuration(request, options, accepts_token)
    bearer = request.bearer
    kind = machine_kind(attempt, bearer) if bearer else None
    if not isinstance(accepts_token, str):
        if (kind or SESSION_TOKEN) not in accepts_token:
            return explained(SignedOut("token-type-mismatch", token_type=None))
    elif accepts_token in MACHINE_TOKENS:
        return authenticate_one_kind(attempt, accepts_token, kind)
    if bearer is None:
        return authenticate_cookies(attempt)
    if kind and accepts_token != SESSION_TOKEN:
        return authenticate_machine(attempt, bearer, kind)
    return authenticate_bearer(attempt, bearer)


def may_be_elsewhere(request: RequestView, options: Options) -> bool:
    """Is there anything to ask besides who it is: a page before, a path's wish?"""
    if options.organization_patterns or options.personal_account_patterns:
        return True
    return request.headers.get("referer") is not None


def is_usual(accepts_token: AcceptedTokens) -> bool:
    return accepts_token in ("any", SESSION_TOKEN)


def machine_kind(attempt: Attempt, bearer: str) -> str | None:
    """The type of a machine's token; None for all else, garbage too."""
    kind = opaque_token_type(bearer)
    if kind or not is_jwt(bearer):
        return kind
    try:
        return machine_jwt_type(attempt.open(bearer))
    except TokenVerificationError:
        return None


def authenticate_one_kind(
    attempt: Attempt, accepted: str, presented: str | None
) -> RequestState:
    bearer = attempt.request.bearer
    if bearer is None:
        return explained(SignedOut("No token in header", token_type=accepted))
    if presented != accepted:
        return explained(SignedOut("token-type-mismatch", token_type=accepted))
    return authenticate_machine(attempt, bearer, accepted)


def authenticate_bearer(attempt: Attempt, bearer: str) -> RequestState:
    try:
        token = attempt.open(bearer)
        if not is_session_token(token):
            return attempt.signed_out("token-type-mismatch")
        verified = verify_session(token, attempt.options, attempt.ports)
    except (TokenVerificationError, KeysUnavailable) as error:
        return refused(attempt, error, "header")
    remember(attempt, verified)
    return signed_in(attempt, verified)


def authenticate_cookies(attempt: Attempt) -> RequestState:
    if attempt.handshake_nonce or attempt.handshake_token:
        resolved = resolve_handshake(attempt)  # 1
        if resolved:
            return resolved
    if attempt.options.is_satellite:
        synced = sync_satellite(attempt)  # 2
        if synced:
            return synced
    if attempt.is_development:
        answer = authenticate_dev_browser(attempt)  # 3 to 5
        if answer:
            return answer
    if not attempt.client_uat and not attempt.session_token:
        return attempt.signed_out("session-token-and-uat-missing")  # 6
    if not attempt.client_uat:
        return may_handshake(attempt, "session-token-but-no-client-uat")  # 7
    if not attempt.session_token:
        return may_handshake(attempt, "client-uat-but-no-session-token")  # 8
    return authenticate_session_cookie(attempt)


def authenticate_dev_browser(attempt: Attempt) -> RequestState | None:
    answer = answer_satellite(attempt)
    if answer:
        return answer  # 3
    if "__clerk_db_jwt" in attempt.request.query:
        return may_handshake(attempt, "dev-browser-sync")  # 4
    if not attempt.dev_browser:
        return may_handshake(attempt, "dev-browser-missing")  # 5
    return None


def authenticate_session_cookie(attempt: Attempt) -> RequestState:
    try:
        token = attempt.open(attempt.session_token)  # 9
        if not is_session_token(token):
            return attempt.signed_out("token-type-mismatch")  # 10
        if is_older_than_client(token, attempt.client_uat):
            return may_handshake(attempt, "session-token-iat-before-client-uat")  # 11
        verified = verify_session(token, attempt.options, attempt.ports)  # 12
    except (TokenVerificationError, KeysUnavailable) as error:
        return refused(attempt, error, "cookie")
    if not token.claims.get("azp"):
        attempt.ports.warn(NO_AZP)  # 13
    remember(attempt, verified)
    return signed_in(attempt, verified)


def signed_in(attempt: Attempt, verified: Verified) -> RequestState:
    """A verified session; one that came by cookie may not be the latest."""
    if came_from_elsewhere(attempt):
        return may_handshake(  # 14
            attempt, "primary-domain-cross-origin-sync", CROSS_ORIGIN
        )
    state = verified.state
    return (
        requested_switch(attempt, state)  # 15
        or requested_renewal(attempt, verified)
        or state  # 16
    )


def requested_renewal(attempt: Attempt, verified: Verified) -> Handshake | None:
    """The way to a newer token, for a page whose reader's claims have changed.

    Whoever cannot follow it, or has just been there, stays signed in with the old ones.
    """
    if attempt.ports.revocations.judge(verified) != OUTDATED:
        return None
    if attempt.request.bearer or attempt.redirects:
        return None
    asked = may_handshake(attempt, OUTDATED)
    return asked if isinstance(asked, Handshake) else None


def is_older_than_client(token: Token, client_uat: int) -> bool:
    issued = token.claims.get("iat")
    return isinstance(issued, int | float) and issued < client_uat


def refused(
    attempt: Attempt, error: TokenVerificationError | KeysUnavailable, carrier: str
) -> RequestState:
    """A session token that was not accepted: renew it, ask Clerk, or nobody (7)."""
    if isinstance(error, KeysUnavailable):
        return without_keys(attempt, error, carrier)
    if error.reason in WITHOUT_MESSAGE:
        return attempt.signed_out(error.reason)
    message = error.full_message(carrier)
    if error.reason == "token-expired":
        renewed = renew(attempt)
        if isinstance(renewed, SignedIn):
            return renewed
        return may_handshake(
            attempt, f"session-token-expired-refresh-{renewed}", message
        )
    if error.reason in CUT_OFF:
        return cut_off(attempt, error.reason, message)
    if error.reason in TO_HANDSHAKE:
        return may_handshake(attempt, TO_HANDSHAKE[error.reason], message)
    return attempt.signed_out(error.reason, message)


def cut_off(attempt: Attempt, reason: str, message: str) -> RequestState:
    """Clerk may know a newer token, if it was not asked just now."""
    if not attempt.redirects:
        asked = may_handshake(attempt, reason, message)
        if isinstance(asked, Handshake):
            return asked
    wait = ONE_LIFE if reason == UNVOUCHED else None
    return attempt.signed_out(reason, message, wait)


def without_keys(
    attempt: Attempt, error: KeysUnavailable, carrier: str
) -> RequestState:
    """No identity without certainty, and no redirect that would only loop."""
    if error.reason == "unexpected-error":
        return attempt.signed_out(error.reason, retry_after=error.retry_after)
    told = TokenVerificationError(error.reason, error.message, error.action)
    return attempt.signed_out(
        error.reason, told.full_message(carrier), error.retry_after
    )


CROSS_ORIGIN = "Cross-origin request from satellite domain requires handshake"
NO_AZP = (
    "Clerk: Session token from cookie is missing the azp claim. In a future version of "
    "Clerk, this token will be considered invalid. Please contact Clerk support if you "
    "see this warning."
)
