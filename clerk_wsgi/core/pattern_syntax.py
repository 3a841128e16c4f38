"""Clerk's pattern dialect, read: the text of a pattern becomes its parts.

The dialect is path-to-regexp 6's (Clerk: middleware, 12.1). What the parts match is
said in `patterns`; this module only knows how they are written.
"""

import re
from typing import NamedTuple, Self

from clerk_wsgi.core.pattern_contents import (
    PatternSyntaxError,
    Span,
    translate,
)
from clerk_wsgi.core.pattern_lexemes import Lexeme, read_lexemes

# What ends a segment; a parameter with no expression of its own stops there.
DELIMITERS = "/#?"

# A single one of these, just before a parameter, is repeated and left out with it.
PREFIXES = ("/", ".")


class Group(NamedTuple):
    """`{prefix:name(content)suffix}` and its modifier, also in its short forms.

    `content` is a Python expression, empty for a group that captures nothing. `span`
    says the same where the content is one kind of character, repeated; `is_default`
    where the pattern did not say what may be in it.
    """

    name: str
    prefix: str
    suffix: str
    content: str
    span: Span | None
    is_default: bool
    modifier: str

    @classmethod
    def literal(cls, text: str) -> Self:
        return cls("", text, "", "", None, False, "")

    @property
    def repeats(self) -> bool:
        return self.modifier in ("*", "+")

    @property
    def is_optional(self) -> bool:
        return self.modifier in ("?", "*")

    def took_part(self, capture: tuple[int, int]) -> bool:
        """(-1, -1) is no capture, nor is an empty one that could have been left out."""
        start, end = capture
        left_out = self.modifier == "?" and not (self.prefix or self.suffix)
        return start >= 0 and not (left_out and start == end)

    def read(self, text: str) -> str | list[str]:
        """The value of the parameter that matched this text."""
        return text.split(self.prefix + self.suffix) if self.repeats else text


def parse_pattern(text: str) -> tuple[str | Group, ...]:
    """The literal texts and groups of a pattern; raises PatternSyntaxError."""
    return Parser(read_lexemes(text)).parse()


class Parser:
    """Reads lexemes from left to right; used once."""

    def __init__(self, lexemes: list[Lexeme]) -> None:
        self.lexemes = lexemes
        self.position = 0
        self.parts: list[str | Group] = []
        self.literal = ""
        self.unnamed = 0

    def parse(self) -> tuple[str | Group, ...]:
        while self.position < len(self.lexemes):
            self.read_part()
        return tuple(self.parts)

    def read_part(self) -> None:
        char = self.accept("CHAR")
        name, content = self.accept("NAME"), self.accept("PATTERN")
        if name or content:
            prefix = char if char in PREFIXES else ""
            self.literal += char.removeprefix(prefix)
            self.end_literal()
            self.add_group(prefix, name, content, suffix="")
        elif value := char or self.accept("ESCAPED_CHAR"):
            self.literal += value
        else:
            self.end_literal()
            if self.accept("OPEN"):
                self.read_braces()
            else:
                self.expect("END")

    def read_braces(self) -> None:
        prefix = self.accept_text()
        name, content = self.accept("NAME"), self.accept("PATTERN")
        suffix = self.accept_text()
        self.expect("CLOSE")
        self.add_group(prefix, name, content, suffix)

    def add_group(self, prefix: str, name: str, content: str, suffix: str) -> None:
        span = Span.read(content)
        is_default = bool(name) and not content
        if is_default:
            span = self.default_span(prefix)
        if content and not name:
            name = str(self.unnamed)
            self.unnamed += 1
        expression = span.expression if span else translate(content)
        modifier = self.accept("MODIFIER")
        self.parts.append(
            Group(name, prefix, suffix, expression, span, is_default, modifier)
        )

    def default_span(self, prefix: str) -> Span:
        """At least one character of the segment, as few as will do.

        Where the text before the parameter is no end of a segment it may not start
        again inside, or it would be anybody's guess where the parameter starts.
        """
        before = self.parts[-1] if self.parts else ""
        boundary = prefix or (before if isinstance(before, str) else "")
        if isinstance(before, Group) and not boundary:
            raise PatternSyntaxError(
                "Must have text between two parameters, "
                f'missing text after "{before.name}"'
            )
        unit = f"[^{DELIMITERS}]"
        if boundary and not set(boundary) & set(DELIMITERS):
            unit = f"(?:(?!{re.escape(boundary)}){unit})"
        return Span(unit, "+", is_lazy=True)

    def end_literal(self) -> None:
        if self.literal:
            self.parts.append(self.literal)
            self.literal = ""

    def accept(self, kind: str) -> str:
        """The value of the next lexeme if it is of this kind, else an empty text."""
        at = self.position
        if at < len(self.lexemes) and self.lexemes[at].kind == kind:
            self.position += 1
            return self.lexemes[at].value
        return ""

    def accept_text(self) -> str:
        found = ""
        while value := self.accept("CHAR") or self.accept("ESCAPED_CHAR"):
            found += value
        return found

    def expect(self, kind: str) -> None:
        found = self.lexemes[self.position]
        if found.kind != kind:
            raise PatternSyntaxError(
                f"Unexpected {found.kind} at {found.start}, expected {kind}"
            )
        self.position += 1
