"""Paths of the Backend API: whatever an id holds, it is one segment of one path.

Source: Clerk, backend API, 1.4.
"""

import re
from collections.abc import Iterable
from urllib.parse import quote, unquote

MOST_LAYERS = 10
SEPARATORS = re.compile(r"[/\\]")


def join_path(segments: Iterable[object]) -> str:
    """`/users/user_1` for `("users", "user_1")`; each segment is percent-encoded.

    Raises ValueError for an empty segment, and for one that is, holds or hides a `.`
    or `..` between slashes, however often it was percent-encoded.
    """
    named = [name_of(segment) for segment in segments]
    shown = "/" + "/".join(named)
    for segment in named:
        refuse_dots(segment, shown)
    return "".join(f"/{quote(segment, safe='')}" for segment in named)


def name_of(segment: object) -> str:
    if not isinstance(segment, str) or not segment.strip():
        raise ValueError("A valid resource ID is required.")
    return segment


def refuse_dots(segment: str, path: str) -> None:
    text = segment
    for _ in range(MOST_LAYERS + 1):
        if not {".", ".."}.isdisjoint(SEPARATORS.split(text)):
            raise ValueError(
                'joinPaths: "." and ".." path segments are not allowed '
                f'(received "{path}")'
            )
        encoded, text = text, unquote(text)
        if text == encoded:
            return
    raise ValueError(f"joinPaths: too many layers of encoding in {segment}")
