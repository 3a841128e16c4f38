"""JSON as RFC 8259 and RFC 7493 (I-JSON) want it, and nothing wider.

Python's own reader takes NaN, duplicate members, UTF-16 and any depth. What decides
who somebody is must have one meaning only, so all of that is refused here.
"""

import re
from json import JSONDecoder, dumps
from math import isfinite
from typing import Any

MAX_DEPTH = 32

_WHITESPACE = " \t\r\n"
_ALIKE = bytes.maketrans(b"{}", b"[]")
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_HALF_CHARACTER = re.compile(rb"\\u[dD][89a-fA-F]")


def read_object(raw: bytes, *, max_depth: int = MAX_DEPTH) -> dict[str, Any]:
    """The JSON object that `raw` (UTF-8, no byte order mark) is.

    Raises `ValueError` for anything else, and never another exception.
    """
    if raw.count(b"[") + raw.count(b"{") > max_depth and _is_deeper(raw, max_depth):
        raise ValueError("JSON is nested too deeply")
    text = raw.decode().strip(_WHITESPACE)
    value, end = _raw_decode(text)
    if end != len(text) or not isinstance(value, dict):
        raise ValueError("JSON is no object, or more than one")
    if _HALF_CHARACTER.search(raw):
        dumps(value, ensure_ascii=False).encode()  # fails where the other half lacks
    return value


def _is_deeper(raw: bytes, max_depth: int) -> bool:
    """Peel the innermost brackets off, once a level: linear, and no recursion."""
    pieces = raw.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')
    brackets = b"".join(pieces[::2]).translate(_ALIKE, _NOT_BRACKETS)
    for _ in range(max_depth):
        if b"[]" not in brackets:
            break
        brackets = brackets.replace(b"[]", b"")
    return bool(brackets)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("JSON object has a member twice")
    return members


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError("JSON number is out of range")
    return number


def _no_constant(name: str) -> None:
    raise ValueError("JSON has no such constant")


_raw_decode = JSONDecoder(
    object_pairs_hook=_unique, parse_float=_finite, parse_constant=_no_constant
).raw_decode
