"""Set-Cookie values that Clerk hands us to pass on."""

import re
from collections.abc import Iterable

from clerk_wsgi.core.state import Header, is_header_value

# Only Clerk's own cookies, plain or with an instance's suffix: whoever can have a
# handshake signed must not be able to set others.
CLERK_COOKIE = re.compile(
    r"(__session|__client_uat|__refresh|__clerk_db_jwt|__clerk_handshake"
    r"|__clerk_handshake_nonce|__clerk_redirect_count|clerk_active_context)"
    r"(_[A-Za-z0-9_-]*)?\Z"
)


def acceptable(directives: object) -> list[str]:
    """Those that set a Clerk cookie and are legal as a header."""
    if not isinstance(directives, list | tuple):
        return []
    return [each for each in directives if is_acceptable(each)]


def is_acceptable(directive: object) -> bool:
    if not isinstance(directive, str) or not is_header_value(directive):
        return False
    return bool(CLERK_COOKIE.match(cookie_name(directive)))


def cookie_name(directive: str) -> str:
    return directive.partition("=")[0].partition(";")[0].strip()


def session_in(directives: Iterable[str]) -> str:
    """The session token that the last session cookie holds; "" if none does."""
    found = ""
    for directive in directives:
        if directive.startswith("__session"):
            found = directive.split(";")[0].partition("=")[2].partition("=")[0]
    return found


def set_cookies(directives: Iterable[str]) -> tuple[Header, ...]:
    return tuple(("Set-Cookie", each) for each in directives)
