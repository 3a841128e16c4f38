r"""The expressions inside patterns, `(\d+)`: said in JavaScript, matched by Python.

The two dialects look alike and differ where it hurts: `\d`, `\w` and `\b` know ASCII
only in JavaScript, `$` is the very end, `[]` is empty and `[\w-.]` is legal. What
cannot be said faithfully is refused, so that no pattern protects less than it says.
"""

import re
from dataclasses import dataclass
from typing import Self

# How expressions are matched; DOTALL, so that no line end leads around a pattern. Exact
# ones are those that let somebody in: a router that knows case has one more path.
FLAGS = re.IGNORECASE | re.DOTALL
EXACT_FLAGS = re.DOTALL


class PatternSyntaxError(ValueError):
    """A pattern that cannot be read. The message is the cause, in Clerk's words."""


# Not digits, not word characters...: as members of a class, hence as ranges. Gaps in
# the range of NOT_WORD are the letters that Python folds to ASCII and we do not.
DIGIT, NOT_DIGIT = "0-9", r"\x00-/:-\U0010ffff"
WORD = "0-9A-Za-z_"
NOT_WORD = r"\x00-/:-@\[-\^`\{-\u012f\u0132-\u017e\u0180-\u2129\u212b-\U0010ffff"
SPACE = r"\t-\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
NOT_SPACE = (
    r"\x00-\x08\x0e-\x1f!-\x9f\xa1-\u167f\u1681-\u1fff\u200b-\u2027\u202a-\u202e"
    r"\u2030-\u205e\u2060-\u2fff\u3001-\ufefe\uff00-\U0010ffff"
)
SETS = dict(
    zip("dDwWsS", (DIGIT, NOT_DIGIT, WORD, NOT_WORD, SPACE, NOT_SPACE), strict=True)
)

BEFORE, AFTER = f"(?<![{WORD}])", f"(?![{WORD}])"
IN, OUT = f"(?<=[{WORD}])", f"(?=[{WORD}])"
BOUNDARIES = {
    "b": f"(?:{BEFORE}{OUT}|{IN}{AFTER})",
    "B": f"(?:{BEFORE}{AFTER}|{IN}{OUT})",
}

ATOM = r"(?:\\x[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\[^dDwWsS]|[^\\])"
CLASS = r"\[\^?(?:\\.|[^\]\\])*\]"
PIECE = re.compile(
    rf"(?P<set>{CLASS})"
    r"|(?P<open>\[)"
    r"|\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|(?P<escape>.))"
    r"|(?P<group>\(\?(?:[:=!]|<[=!])?)"
    r"|(?P<brace>\{(?:[0-9]+(?:,[0-9]*)?\})?)"
    r"|(?P<end>\$)",
    re.DOTALL,
)
MEMBER = re.compile(
    rf"\\(?P<set>[dDwWsS])|(?P<first>{ATOM})-(?P<last>{ATOM})|(?P<atom>{ATOM})",
    re.DOTALL,
)
SPAN = re.compile(
    rf"(?P<unit>\.|\\[dDwWsS]|{CLASS})(?P<count>[*+])(?P<lazy>\??)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Span:
    """A content that is one kind of character, repeated.

    `unit` is a Python expression for exactly one of them, `count` is `*` or `+`.
    """

    unit: str
    count: str
    is_lazy: bool

    @property
    def least(self) -> int:
        return 1 if self.count == "+" else 0

    @property
    def expression(self) -> str:
        return f"{self.unit}{self.count}{'?' if self.is_lazy else ''}"

    @classmethod
    def read(cls, content: str) -> Self | None:
        found = SPAN.fullmatch(content)
        if found is None:
            return None
        return cls(translate(found["unit"]), found["count"], bool(found["lazy"]))


def translate(expression: str) -> str:
    """A JavaScript expression as a Python one; raises PatternSyntaxError."""
    return PIECE.sub(translate_piece, expression)


def translate_piece(found: re.Match[str]) -> str:
    text = found[0]
    match found.lastgroup:
        case "set":
            return translate_class(text)
        case "escape":
            return translate_escape(found["escape"])
        case "open":
            raise PatternSyntaxError("Unterminated character class")
        case "group" if text == "(?":
            raise PatternSyntaxError("Invalid group")
        case "brace" if text == "{":
            return r"\{"
        case "end":
            return r"\Z"
    return text


def translate_escape(char: str) -> str:
    if char in SETS:
        return f"[{SETS[char]}]"
    return BOUNDARIES.get(char) or translate_character(char)


def translate_character(char: str) -> str:
    """An escaped character that stands for one character, or a back-reference."""
    if char.isascii() and char.isalnum() and char not in "0123456789tnrfv":
        raise PatternSyntaxError(f"Invalid escape \\{char}")
    return f"\\{char}" if char.isascii() else char


def translate_class(text: str) -> str:
    negation = "^" if text.startswith("[^") else ""
    members = text[1:-1].removeprefix(negation)
    if not members:
        return "." if negation else "(?!)"
    return f"[{negation}{MEMBER.sub(translate_member, members)}]"


def translate_member(found: re.Match[str]) -> str:
    match found.lastgroup:
        case "set":
            return SETS[found["set"]]
        case "last":
            return f"{translate_atom(found['first'])}-{translate_atom(found['last'])}"
    return translate_atom(found["atom"])


def translate_atom(atom: str) -> str:
    if len(atom) == 1:
        return re.escape(atom)
    if len(atom) > 2:
        return atom
    return r"\x08" if atom == r"\b" else translate_character(atom[1])
