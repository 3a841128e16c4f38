"""Reading what clients send in `Cookie` and `Authorization`.

Everything here is an attacker's text: nothing raises, and work is linear in it.
The rules are Clerk's (authenticating a request: authorization header, cookie
header parsing, values read from the request).
"""

import re
from urllib.parse import unquote_to_bytes

_MALFORMED_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
# Eighteen digits are centuries beyond any time; more would only burn time.
_INTEGER = re.compile(
    r"[ \t\n\v\f\r]*([+-]?)(?:0[xX]0*([0-9A-Fa-f]{1,15})|0*([0-9]{1,18}))"
)
_NUMBER = re.compile(r"[+-]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]++)?")
_HIGHEST_COUNT = 1_000_000


def parse_cookies(header: str) -> dict[str, str]:
    """The cookies of a `Cookie` header (a native string, as WSGI hands it out).

    The first of several cookies with one name counts, even when it is empty.
    Values are percent-decoded as UTF-8 after splitting, so that an encoded
    delimiter forges nothing; a malformed value stays as it came. Quotes stay.
    """
    cookies: dict[str, str] = {}
    for pair in header.split(";"):
        name, equals, value = pair.partition("=")
        if equals:
            cookies.setdefault(name.strip(" \t"), value.strip(" \t"))
    if "%" in header:
        return {name: _decode(value) for name, value in cookies.items()}
    return cookies


def bearer_token(authorization: str | None) -> str | None:
    """The token of an `Authorization` header, or None when it carries none for us.

    | header                                   | token                       |
    | ---                                      | ---                         |
    | none, empty, `Basic x`, any other scheme | None                        |
    | `Bearer x`, `bearer x`, `BEARER x`       | `x`                         |
    | `Bearer x y`                             | `x`                         |
    | `x`, `Bearer`                            | the word itself             |
    | `Bearer  x` (two spaces)                 | `Bearer`, which no key signs |
    | `Bearer x, Bearer y` (joined by a proxy) | `x,`, which no key signs    |

    Clerk's SDK insists on the spelling `Bearer`; RFC 9110 does not.
    """
    scheme, _, rest = (authorization or "").partition(" ")
    token = rest.partition(" ")[0]
    if not token:
        return scheme or None
    return token if scheme.lower() == "bearer" else None


def leading_integer(text: str) -> int:
    """The whole number that `text` starts with, else 0, as in `__client_uat`.

    A sign and hexadecimal (`0x`) count, ASCII digits only. Numbers beyond eighteen
    digits lose their tail, which leaves them absurdly large all the same.
    """
    if len(text) <= 18 and text.isascii() and text.isdecimal():
        return int(text)
    if not text or not (match := _INTEGER.match(text)):
        return 0
    sign, hexadecimal, decimal = match.groups()
    number = int(hexadecimal, 16) if hexadecimal else int(decimal)
    return -number if sign == "-" else number


def loop_counter(text: str) -> float:
    """How often we have redirected already, as `__clerk_redirect_count` says.

    Clerk writes whole numbers; decimals are understood (and whole ones come back
    as `int`, to be written without a point), anything else is 0. The result lies
    between -1 and a million, whatever was forged.
    """
    digits = text.strip()
    if not _NUMBER.fullmatch(digits):
        return 0
    count = min(max(float(digits), -1.0), _HIGHEST_COUNT)
    return int(count) if count == int(count) else count


def _decode(value: str) -> str:
    if "%" not in value or _MALFORMED_ESCAPE.search(value):
        return value
    try:
        return unquote_to_bytes(value).decode()
    except UnicodeError:
        return value
