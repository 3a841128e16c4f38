"""The browser is back from Clerk, with a nonce or a signed token."""

from dataclasses import replace

from clerk_wsgi.core.attempt import Attempt
from clerk_wsgi.core.directives import acceptable, session_in, set_cookies
from clerk_wsgi.core.errors import (
    ClerkAPIError,
    HandshakeError,
    KeysUnavailable,
    TokenVerificationError,
)
from clerk_wsgi.core.handshake import NO_STORE
from clerk_wsgi.core.ports import Ports
from clerk_wsgi.core.session_tokens import verify_session
from clerk_wsgi.core.state import Header, SignedIn, SignedOut, explained
from clerk_wsgi.core.token_keys import find_key, find_other_key
from clerk_wsgi.core.token_types import has_other_category
from clerk_wsgi.core.tokens import Token, parse_token
from clerk_wsgi.core.urls import remove_parameters
from clerk_wsgi.core.verification import (
    MAKE_SURE,
    VerificationKey,
    verify_header,
    verify_signature,
)

Failure = TokenVerificationError | KeysUnavailable


USED = (
    "__clerk_handshake",
    "__clerk_help",
    "__clerk_db_jwt",
    "__clerk_handshake_nonce",
)
CLOCK_ERRORS = ("token-expired", "token-not-active-yet", "token-iat-in-the-future")
CLOCK_SKEW = (
    "Clerk: Clock skew detected. This usually means that your system clock is "
    "inaccurate. Clerk will attempt to account for the clock skew in development. Make "
    "sure your system clock is in sync (e.g. turn off and on automatic time "
    "synchronization). {}"
)
# It holds the session token twice, encoded once more.
LONGEST = 16 * 1024
ONE_DAY_MS = 86_400_000


def resolve_handshake(attempt: Attempt) -> SignedIn | SignedOut | None:
    """The state that the handshake leads to; None where it proves nothing.

    Raises HandshakeError in development, where only new keys or cookies help.
    Source: Clerk, authenticating a request, 9.
    """
    try:
        directives = acceptable(directives_of(attempt))
    except (TokenVerificationError, KeysUnavailable) as error:
        tell_developer(attempt, error)
        return None
    headers = headers_for(attempt, directives)
    session = session_in(directives)
    if not session:
        return explained(SignedOut("session-token-missing", headers=headers))
    try:
        return sign_in(attempt, session, headers)
    except (TokenVerificationError, KeysUnavailable) as error:
        give_up(attempt, error)
        return None


def directives_of(attempt: Attempt) -> object:
    if attempt.handshake_nonce:
        return exchange(attempt)
    token = parse_token(attempt.handshake_token, max_length=LONGEST)
    verify_handshake_token(token, attempt)
    return token.claims.get("handshake")


def exchange(attempt: Attempt) -> object:
    exchange_nonce = attempt.ports.exchange_nonce
    if exchange_nonce is None:
        return []
    try:
        return exchange_nonce(attempt.handshake_nonce)
    except ClerkAPIError as error:
        said = "Clerk: HandshakeService: error getting handshake payload: {}"
        attempt.ports.warn(said.format(error))
        return []


def verify_handshake_token(token: Token, attempt: Attempt) -> None:
    """Only its signature and kind: the session within is verified by itself."""
    key = find_key(token, attempt.ports)
    verify_header(token, None)
    if has_other_category(token):
        said = "Invalid handshake token category."
        raise TokenVerificationError("token-invalid", said, MAKE_SURE)
    try:
        require_signature(token, key, attempt.ports)
    except TokenVerificationError as error:
        if error.reason == "token-invalid-signature":
            said = "Handshake signature is invalid."
            raise TokenVerificationError(error.reason, said) from None
        raise


def require_signature(token: Token, key: VerificationKey, ports: Ports) -> None:
    try:
        verify_signature(token, key)
    except TokenVerificationError as error:
        verify_signature(token, find_other_key(token, key, error, ports))


def sign_in(attempt: Attempt, text: str, headers: tuple[Header, ...]) -> SignedIn:
    options, ports = attempt.options, attempt.ports
    token = attempt.open(text)
    try:
        verified = verify_session(token, options, ports)
    except TokenVerificationError as error:
        if not attempt.is_development or error.reason not in CLOCK_ERRORS:
            raise
        ports.warn(CLOCK_SKEW.format(error.full_message("cookie")))
        verified = verify_session(token, options, ports, ONE_DAY_MS)
    return replace(verified.state, headers=headers)


def headers_for(attempt: Attempt, directives: list[str]) -> tuple[Header, ...]:
    headers: tuple[Header, ...] = (
        ("Access-Control-Allow-Origin", "null"),
        ("Access-Control-Allow-Credentials", "true"),
        *set_cookies(directives),
    )
    if attempt.is_development:
        clean = remove_parameters(attempt.request.url, USED)
        # A handshake that came by cookie leaves nothing to clean: the same URL with the
        # same cookie would come again and again.
        if clean != attempt.request.url:
            headers += (("Location", str(clean)), NO_STORE)
    return headers


def tell_developer(attempt: Attempt, error: Failure) -> None:
    """A handshake token that is not ours: in development this must be mended."""
    give_up(attempt, error)
    if not attempt.is_development or isinstance(error, KeysUnavailable):
        return
    if error.reason == "token-invalid-signature":
        raise HandshakeError(
            "Clerk: Handshake token verification failed due to an invalid signature. "
            "If you have switched Clerk keys locally, clear your cookies and try again."
        )
    said = error.full_message("undefined")
    raise HandshakeError(f"Clerk: Handshake token verification failed: {said}.")


def give_up(attempt: Attempt, error: Failure) -> None:
    attempt.ports.warn(f"Clerk: unable to resolve handshake: {error}")
