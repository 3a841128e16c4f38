"""The parts of an http(s) URL, each in the one spelling that browsers give it.

Source: WHATWG URL standard, percent-encode sets and path state.
"""

import re
from urllib.parse import quote

_UNSAFE_IN_PATH = re.compile(r"[^!$-;=@-_a-z|~]+")
_UNSAFE_IN_QUERY = re.compile(r"[^!$-&(-;=?-~]+")
_UNSAFE_IN_FRAGMENT = re.compile(r"[^!#-;=?-_a-~]+")

# What most requests look like: nothing in it is ever rewritten. No segment begins
# with a dot or an escape, and no port is a default port.
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_HOST = rf"(?:(?:[a-z0-9_-]++\.)*+[a-z][a-z0-9_-]*+|(?:{_OCTET}\.){{3}}{_OCTET})"
_PORT = r"(?!(?:80|443)(?![0-9]))(?:[1-9][0-9]{0,3}|[1-5][0-9]{4})"
_PATH = r"(?:/(?:[!$&-\-0-;=@-\[\]-_a-z|~][!$-.0-;=@-\[\]-_a-z|~]*+)?+)++"
_QUERY = r"[!$-&(-;=?-~]*+"
PLAIN_AUTHORITY = re.compile(rf"{_HOST}(?::{_PORT})?")
PLAIN_TARGET = re.compile(rf"{_PATH}(?:\?{_QUERY})?")
PLAIN_URL = re.compile(
    rf"(https?)://({_HOST})(?::({_PORT}))?({_PATH})(?:\?({_QUERY}))?"
)


def normal_path(path: str) -> str:
    """`path` from the root: forward slashes, dot segments resolved, escaped."""
    *parts, last = path.replace("\\", "/").split("/")[1:]
    segments: list[str] = []
    for part in parts:
        _follow(segments, part)
    if _dots(last):
        _follow(segments, last)
        last = ""
    return escape_path("".join(f"/{part}" for part in (*segments, last)))


def escape_path(text: str) -> str:
    return _UNSAFE_IN_PATH.sub(_escape, text)


def escape_query(text: str) -> str:
    return _UNSAFE_IN_QUERY.sub(_escape, text)


def escape_fragment(text: str) -> str:
    return _UNSAFE_IN_FRAGMENT.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    return quote(match[0], safe="")


def _dots(segment: str) -> int:
    """1 for `.`, 2 for `..`, escaped or not, and 0 for any other segment."""
    plain = segment.lower().replace("%2e", ".")
    return len(plain) if plain in (".", "..") else 0


def _follow(segments: list[str], part: str) -> None:
    dots = _dots(part)
    if dots == 0:
        segments.append(part)
    elif dots == 2 and segments:
        segments.pop()
