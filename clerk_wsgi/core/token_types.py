"""Which kind of token is it? All kinds share one key, so only this tells them apart.

Source: Clerk, keys and tokens, 7.6 and 11.1.
"""

import re
from typing import Literal

from clerk_wsgi.core.errors import TokenVerificationError
from clerk_wsgi.core.tokens import MAX_TOKEN_LENGTH, Token, parse_token

MachineTokenType = Literal["m2m_token", "oauth_token", "api_key"]

SESSION_CATEGORY = "cl_B7d4PD111AAA"
TEMPLATE_CATEGORY = "cl_B7d4PD222AAA"
M2M_CATEGORY = "cl_B7d4PD333AAA"
NO_CATEGORY = "cl_I7d4PD111III"

OAUTH_TYPES = ("at+jwt", "application/at+jwt")
M2M_SUBJECT = "mch_"

OPAQUE_FORM = re.compile("[!-~]+")
JWT_FORM = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
PREFIXES: tuple[tuple[str, MachineTokenType], ...] = (
    ("mt_", "m2m_token"),
    ("oat_", "oauth_token"),
    ("ak_", "api_key"),
)


def has_other_category(token: Token) -> bool:
    """Does the token say that it is no session token? (Old ones say nothing.)"""
    category = token.header.get("cat", SESSION_CATEGORY)
    return category not in (SESSION_CATEGORY, NO_CATEGORY)


def is_machine_jwt(token: Token) -> bool:
    """Is it a machine-to-machine or an OAuth token in JWT form?"""
    return machine_jwt_type(token) is not None


def machine_jwt_type(token: Token) -> MachineTokenType | None:
    """The machine token type of a JWT; one that bears both marks is M2M."""
    subject = token.claims.get("sub")
    if isinstance(subject, str) and subject.startswith(M2M_SUBJECT):
        return "m2m_token"
    return "oauth_token" if token.header.get("typ") in OAUTH_TYPES else None


def is_jwt(text: str) -> bool:
    """Has `text` the form of a signed JWT? Whether it can be read is another matter."""
    return len(text) <= MAX_TOKEN_LENGTH and JWT_FORM.fullmatch(text) is not None


def opaque_token_type(text: str) -> MachineTokenType | None:
    """The type that the prefix of an opaque machine token names.

    None for what is too long, blank or no ASCII: nobody is to be asked about that.
    """
    if len(text) > MAX_TOKEN_LENGTH or not OPAQUE_FORM.fullmatch(text):
        return None
    for prefix, token_type in PREFIXES:
        if text.startswith(prefix):
            return token_type
    return None


def machine_token_type(text: str) -> MachineTokenType | None:
    """The machine token type of `text`; None where it is no machine token."""
    opaque = opaque_token_type(text)
    if opaque:
        return opaque
    try:
        return machine_jwt_type(parse_token(text))
    except TokenVerificationError:
        return None
