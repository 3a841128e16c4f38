"""Does a path match a pattern of Clerk's dialect, and with which parameters?

The dialect is path-to-regexp 6's (Clerk: middleware, 12.1 and 12.2), written anew and
hardened: the end is the very end, `.` is any character, and letters outside ASCII
never fold to letters inside it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from clerk_wsgi.core.errors import ConfigurationError
from clerk_wsgi.core.paths import normalize_path, routed_path
from clerk_wsgi.core.pattern_contents import (
    EXACT_FLAGS,
    FLAGS,
    PatternSyntaxError,
)
from clerk_wsgi.core.pattern_scan import Capture, Scanner, scanner_for
from clerk_wsgi.core.pattern_syntax import DELIMITERS, Group, parse_pattern

__all__ = [
    "AS_PATHS",
    "Parameters",
    "Pattern",
    "compile_pattern",
    "match_any",
    "may_match",
    "normalize_path",
    "routed_path",
]

Parameters = dict[str, str | list[str]]

MANUAL = "https://github.com/pillarjs/path-to-regexp/tree/6.x"

# A parameter as some routers write it: `<id>`, `<int:id>`.
OTHER_DIALECT = re.compile(r"(?<!\?)<(\w+:)?\w+>")

# A slash, or what may stand for one: an expression, a group, an escape.
STARTS = re.compile(r"[/({\\]|:[0-9A-Za-z_]+\(")

AS_PATHS = "paths start with a /, and parameters are written as /:id"

# Python folds these four to i, k and s, and would let a second spelling of an ASCII
# word match. Lone surrogates, which no decoded path holds, stand for them.
STAND_INS = {0x130: 0xD800, 0x131: 0xD801, 0x17F: 0xD802, 0x212A: 0xD803}


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern. `source` is the regular expression that it stands for.

    Matching takes time linear in the length of the path, unless the pattern holds an
    expression that is more than one kind of character, repeated: that costs what
    Python's `re` makes of it.
    """

    text: str
    source: str
    groups: tuple[Group, ...] = field(repr=False)
    regex: re.Pattern[str] = field(repr=False)
    scanner: Scanner | None = field(repr=False, compare=False)

    def accepts(self, path: str) -> bool:
        """`match`, without the parameters."""
        if not path.isascii():
            path = path.translate(STAND_INS)
        if self.scanner is not None and len(path) >= self.scanner.patience:
            return self.scanner.accepts(path)
        return self.regex.match(path) is not None

    def match(self, path: str) -> Parameters | None:
        """The parameters of a path that matches, by name, or None.

        Unnamed ones are called "0", "1"...; repeated ones are lists; values keep their
        case and encoding; what took no part is absent. Of two parameters with the same
        name the later one counts.
        """
        captures = self.find(path.translate(STAND_INS))
        if captures is None:
            return None
        found = zip(self.groups, captures, strict=True)
        return {
            group.name: group.read(path[slice(*capture)])
            for group, capture in found
            if group.took_part(capture)
        }

    def find(self, path: str) -> list[Capture] | None:
        """Where in the path each parameter stands."""
        if self.scanner is not None and len(path) >= self.scanner.patience:
            return self.scanner.find(path)
        found = self.regex.match(path)
        return found and [found.span(number + 1) for number in range(len(self.groups))]


def may_match(pattern: str) -> bool:
    """Can a path match? Not `dashboard`, without a slash, nor a router's `/<id>`."""
    return bool(STARTS.match(pattern)) and not OTHER_DIALECT.search(pattern)


def compile_pattern(text: str, *, is_exact: bool = False) -> Pattern:
    """Reads a pattern; raises ConfigurationError, with the cause, for a wrong one.

    An exact one knows case and takes no slash more at the end.
    """
    if not isinstance(text, str):
        raise ConfigurationError(f"A path pattern is a string, not {text!r}.")
    try:
        parts = parse_pattern(text.translate(STAND_INS))
        end = "" if is_exact else f"[{DELIMITERS}]?"
        source = f"^{''.join(map(source_of, parts))}{end}\\Z"
        regex = re.compile(source, EXACT_FLAGS if is_exact else FLAGS)
    except (PatternSyntaxError, re.error, OverflowError, RecursionError) as error:
        raise ConfigurationError(
            f"Invalid path: {text}.\n"
            f"Consult the documentation of path-to-regexp here: {MANUAL}\n{error}"
        ) from None
    groups = tuple(part for part in parts if isinstance(part, Group) and part.content)
    scanner = scanner_for(parts, is_exact=is_exact)
    return Pattern(text, source, groups, regex, scanner)


def match_any(patterns: Sequence[Pattern], path: str) -> Parameters | None:
    """The parameters by the first pattern that matches; None where none does.

    For organization patterns, which see the URL's path as it was sent. Of no patterns
    none matches (Clerk's own: all do).
    """
    for pattern in patterns:
        found = pattern.match(path)
        if found is not None:
            return found
    return None


def source_of(part: str | Group) -> str:
    if isinstance(part, str):
        return re.escape(part)
    prefix, suffix, content = (
        re.escape(part.prefix),
        re.escape(part.suffix),
        part.content,
    )
    if not content:
        return f"(?:{prefix}{suffix}){part.modifier}"
    if not part.repeats:
        inner = f"({content})"
        if prefix or suffix:
            inner = f"(?:{prefix}{inner}{suffix})"
        return inner + part.modifier
    if not (prefix or suffix):
        cause = f'Can not repeat "{part.name}" without a prefix and suffix'
        raise PatternSyntaxError(cause)
    again = f"(?:{suffix}{prefix}(?:{content}))*"
    whole = f"(?:{prefix}((?:{content}){again}){suffix})"
    return whole + ("?" if part.modifier == "*" else "")
