"""A request's body: how long it is by its own account, and its blocks."""

import re
from collections.abc import Callable, Iterator

BLOCK = 64 * 1024

_DIGITS = re.compile(r"[0-9]{1,15}")


def body_length(text: str | None) -> int | None:
    """The value of `Content-Length` in bytes; None where there is no such number."""
    text = (text or "").strip()
    return int(text) if _DIGITS.fullmatch(text) else None


def blocks(read: Callable[[int], bytes], length: int | None) -> Iterator[bytes]:
    """The body as it comes: `length` bytes, or all where the server ends it for us.

    Raises OSError where it ends early, and whatever `read` raises.
    """
    left = length
    while left != 0:
        block = read(BLOCK if left is None else min(BLOCK, left))
        if not block:
            if left:
                raise OSError("The request's body ended early.")
            return
        if left is not None:
            left -= len(block)
        yield block
