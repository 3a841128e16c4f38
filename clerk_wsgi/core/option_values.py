"""Reading one option's value; a ValueError says what it must be."""

import math
import re
from collections.abc import Callable
from typing import Any

from clerk_wsgi.core.urls import parse_url

Reader = Callable[[Any], Any]

# Browser extensions have origins too: chrome-extension://...
ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#@*\s]+")
STORE = re.compile(r"[a-z][a-z0-9+.-]*://[!-~]*")
REVOCATION_MODES = ("off", "best-effort", "required")


def text(given: object) -> str:
    if not isinstance(given, str):
        raise ValueError("must be text")
    return given.strip()


def texts(given: object) -> tuple[str, ...]:
    """A list of texts; one text counts as a list of one."""
    if isinstance(given, str):
        given = (given,)
    if not isinstance(given, list | tuple | set | frozenset):
        raise ValueError("must be a list of texts")
    if not all(isinstance(each, str) for each in given):
        raise ValueError("must be a list of texts")
    return tuple(filter(None, map(str.strip, given)))


def parties(given: object) -> tuple[str, ...]:
    """Origins, compared letter by letter with the token's `azp`.

    A single text is refused: whoever means a list shall write one.
    """
    origins = () if isinstance(given, str) else texts(given)
    if not origins:
        raise ValueError("must be a list with at least one origin, or be left out")
    for origin in origins:
        if not ORIGIN.fullmatch(origin):
            raise ValueError(
                f"must list origins such as https://app.example.com, not {origin!r}"
            )
    return origins


def flag(given: object) -> bool:
    """A boolean; in variables `true` or a number above 0 is true."""
    if isinstance(given, bool):
        return given
    if not isinstance(given, str):
        raise ValueError("must be True or False")
    word = given.lower()
    if word in ("true", "false"):
        return word == "true"
    if not word.isdecimal():
        raise ValueError("must be true or false")
    return int(word) > 0


def number(given: object) -> float:
    """A number of milliseconds, 0 or more."""
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise ValueError("must be a number of milliseconds")
    if not math.isfinite(given) or given < 0:
        raise ValueError("must be a number of milliseconds, 0 or more")
    return given


def whole_number(given: object) -> int:
    """A small count, 0 or more."""
    if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given <= 10:
        raise ValueError("must be a whole number from 0 to 10")
    return given


def absolute_url(given: object) -> str:
    """An http or https URL without credentials, query or fragment."""
    base = text(given)
    try:
        url = parse_url(base)
    except ValueError:
        raise ValueError("must be a URL such as https://api.clerk.com") from None
    if url.query or url.fragment or "@" in base:
        raise ValueError("must hold no credentials, query or fragment")
    return base.rstrip("/")


def proxy_url(given: object) -> str:
    """An absolute URL, or a path on the application's own origin."""
    url = text(given)
    if url.startswith("/") and not url.startswith("//"):
        return url
    return absolute_url(url)


def target_url(given: object) -> str:
    """Where people are sent: an absolute URL or a reference to this site."""
    url = text(given)
    try:
        parse_url(url, parse_url("https://app.example.com/"))
    except ValueError:
        raise ValueError("must be a URL or a path such as /sign-in") from None
    return url


def refusal_status(given: object) -> int:
    if given not in (401, 404):
        raise ValueError("must be 404, as Clerk answers, or 401")
    return int(str(given))


def store_url(given: object) -> str:
    """Where a store is. What it says besides its scheme is the store's to judge."""
    url = text(given)
    if not STORE.fullmatch(url):
        raise ValueError("must be memory://, redis://host or rediss://host")
    return url


def revocation_mode(given: object) -> str:
    if given not in REVOCATION_MODES:
        raise ValueError(f"must be one of {', '.join(REVOCATION_MODES)}")
    return str(given)


def feed_age(given: object) -> float:
    """Milliseconds; a store is read about once a second."""
    age = number(given)
    if age < 2000:
        raise ValueError("must be a number of milliseconds, 2000 or more")
    return age
