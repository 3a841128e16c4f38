"""The key that a token names, and the one that signed it: asked of a backend here only.

Source: Clerk, keys and tokens, 9 and 10.
"""

import json

from clerk_wsgi.core.errors import KeyNotFound, KeysUnavailable, TokenVerificationError
from clerk_wsgi.core.ports import Ports
from clerk_wsgi.core.tokens import Token
from clerk_wsgi.core.verification import Checks, VerificationKey, verify

NO_SUCH_KEY = (
    "Unable to find a signing key in JWKS that matches the kid='{kid}' of the provided "
    "session token. Please make sure that the __session cookie or the HTTP "
    "authorization header contain a Clerk-generated session JWT."
)
CHECK_KEYS = (
    "Go to your Dashboard and validate your secret and public keys are correct. "
    "Contact support@clerk.com if the issue persists."
)


def find_key(token: Token, ports: Ports) -> VerificationKey:
    """The key that the token names.

    Raises TokenVerificationError if there is none, KeysUnavailable if nobody can tell.
    """
    try:
        return ports.find_key(name_of_key(token))
    except KeyNotFound:
        raise no_such_key(token) from None
    except KeysUnavailable:
        raise
    except Exception as mistake:
        raise nobody_can_tell(mistake, ports) from mistake


def find_other_key(
    token: Token, key: VerificationKey, error: TokenVerificationError, ports: Ports
) -> VerificationKey:
    """Another key of the name, for a token whose signature is not that key's.

    Clerk may give a new key the old one's name. Where there is no other, this raises
    the error that was found.
    """
    if error.reason != "token-invalid-signature" or ports.find_other_key is None:
        raise error
    try:
        other = ports.find_other_key(name_of_key(token), key)
    except KeysUnavailable:
        raise
    except Exception as mistake:
        raise nobody_can_tell(mistake, ports) from mistake
    if other is None:
        raise error
    return other


def verified_by(
    token: Token, key: VerificationKey, checks: Checks, ports: Ports
) -> VerificationKey:
    """The key by which the token is good: this one, or what has its name by now.

    Raises TokenVerificationError or KeysUnavailable.
    """
    try:
        verify(token, key, checks, ports.now())
        return key
    except TokenVerificationError as error:
        other = find_other_key(token, key, error, ports)
    verify(token, other, checks, ports.now())
    return other


def name_of_key(token: Token) -> str | None:
    kid = token.header.get("kid")
    return kid if isinstance(kid, str) else None


def no_such_key(token: Token) -> TokenVerificationError:
    kid = token.header.get("kid")
    shown = (
        "undefined" if kid is None else json.dumps(kid, ensure_ascii=False).strip('"')
    )
    said = NO_SUCH_KEY.format(kid=shown)
    return TokenVerificationError("jwk-kid-mismatch", said, CHECK_KEYS)


def nobody_can_tell(mistake: Exception, ports: Ports) -> KeysUnavailable:
    """A backend's own mistake leaves everybody unknown, as an outage does."""
    ports.report(mistake)
    return KeysUnavailable("unexpected-error", "")
