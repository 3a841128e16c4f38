"""Two applications on one host share plain cookies: which ones are ours?"""

import re
from typing import TYPE_CHECKING

from clerk_wsgi.core.errors import TokenVerificationError
from clerk_wsgi.core.tokens import Token

if TYPE_CHECKING:
    from clerk_wsgi.core.attempt import Attempt

SCHEME = re.compile(r"https?://", re.IGNORECASE)


def uses_suffixed_cookies(attempt: "Attempt") -> bool:
    """The rules of Clerk, authenticating a request, 3, in their order."""
    plain_text = attempt.cookie("__session")
    text = attempt.suffixed_cookie("__session")
    plain_uat = attempt.cookie("__client_uat")
    uat = attempt.suffixed_cookie("__client_uat")
    plain = peek(attempt, plain_text)

    if plain_text and not (plain and plain.claims.get("iss")):
        return False
    if plain and not belongs(plain, attempt):
        return True
    if not uat and not text:
        return False
    token = plain if text == plain_text else peek(attempt, text)
    if uat != "0" and plain_uat != "0" and issued(plain) > issued(token):
        return False
    if uat == "0" and plain_uat != "0":
        return False
    is_left = attempt.is_development and uat != "0" and plain_uat == "0"
    if is_left and is_over(token, attempt):
        return False
    return bool(uat)


def peek(attempt: "Attempt", text: str) -> Token | None:
    """What an unverified token says; enough to choose it, never to trust it."""
    if not text:
        return None
    try:
        return attempt.open(text)
    except TokenVerificationError:
        return None


def belongs(token: Token, attempt: "Attempt") -> bool:
    issuer, ours = token.claims.get("iss"), attempt.options.frontend_api_host
    if not isinstance(issuer, str):
        return False
    return issuer == f"https://{ours}" or SCHEME.sub("", issuer) == ours


def issued(token: Token | None) -> float:
    at = token.claims.get("iat") if token else None
    return at if isinstance(at, int | float) else 0


def is_over(token: Token | None, attempt: "Attempt") -> bool:
    until = token.claims.get("exp") if token else None
    return isinstance(until, int | float) and until <= attempt.ports.now() // 1000
