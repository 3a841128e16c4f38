"""How long a request's body is, by its own account."""

import re

_DIGITS = re.compile(r"[0-9]{1,15}")


def body_length(text: str | None) -> int | None:
    """The value of `Content-Length` in bytes; None where there is no such number."""
    text = (text or "").strip()
    return int(text) if _DIGITS.fullmatch(text) else None
