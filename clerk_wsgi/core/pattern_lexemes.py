"""The words of Clerk's pattern dialect (Clerk: middleware, 12.1)."""

import re
from typing import NamedTuple

from clerk_wsgi.core.pattern_contents import PatternSyntaxError

LEXEME = re.compile(
    r"(?P<MODIFIER>[*+?])"
    r"|\\(?P<ESCAPED_CHAR>.)"
    r"|(?P<OPEN>\{)"
    r"|(?P<CLOSE>\})"
    r"|:(?P<NAME>[0-9A-Za-z_]*)"
    r"|(?P<PATTERN>\()"
    r"|(?P<CHAR>[^\\])",
    re.DOTALL,
)
PARENTHESIS = re.compile(r"\\.|[()]", re.DOTALL)


class Lexeme(NamedTuple):
    kind: str
    start: int
    value: str


def read_lexemes(text: str) -> list[Lexeme]:
    found = []
    position = 0
    # Nothing matches a lone backslash at the end: it escapes nothing and is dropped.
    while lexeme := LEXEME.match(text, position):
        kind = lexeme.lastgroup or ""
        value = lexeme[kind]
        if kind == "NAME" and not value:
            raise PatternSyntaxError(f"Missing parameter name at {position}")
        if kind == "PATTERN":
            value = read_expression(text, position)
        found.append(Lexeme(kind, position, value))
        position = lexeme.end() + (len(value) + 1 if kind == "PATTERN" else 0)
    return [*found, Lexeme("END", len(text), "")]


def read_expression(text: str, start: int) -> str:
    """What stands between the parenthesis at `start` and the one that closes it."""
    if text.startswith("?", start + 1):
        raise PatternSyntaxError(f'Pattern cannot start with "?" at {start + 1}')
    depth = 0
    for found in PARENTHESIS.finditer(text, start):
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if found[0] == "(" and depth > 1 and not text.startswith("?", found.end()):
            at = found.start()
            raise PatternSyntaxError(f"Capturing groups are not allowed at {at}")
        if depth == 0:
            break
    else:
        raise PatternSyntaxError(f"Unbalanced pattern at {start}")
    if found.start() == start + 1:
        raise PatternSyntaxError(f"Missing pattern at {start}")
    return text[start + 1 : found.start()]
