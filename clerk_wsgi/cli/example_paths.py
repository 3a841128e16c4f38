"""Paths that a route takes, made from its regular expression."""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle, islice
from re import _parser  # type: ignore[attr-defined]
from typing import Any

# Values for a variable. The empty one asks for as little as the route will take.
WORDS = ("example", "7", "", "some-1.txt", "deep/down", "2024-11-05T12:00:00Z")
UUID = "12345678-1234-4234-8234-123456789abc"
SHORT = 4  # characters of a word of which not all will do
OTHERS = "e7E-_./:@ ,"  # where no character of the word will do

NAMED = re.compile(r"\(\?P<\w+>")
CATEGORIES = {
    "CATEGORY_DIGIT": r"\d",
    "CATEGORY_NOT_DIGIT": r"\D",
    "CATEGORY_SPACE": r"\s",
    "CATEGORY_NOT_SPACE": r"\S",
    "CATEGORY_WORD": r"\w",
    "CATEGORY_NOT_WORD": r"\W",
}
SINGLE = ("LITERAL", "NOT_LITERAL", "ANY", "IN")
Node = tuple[Any, Any]


def example_paths(expression: str) -> list[str]:
    """Different ones, each matched from end to end; [] where none was found."""
    expression = NAMED.sub("(?:", expression)
    try:
        nodes = list(_parser.parse(expression))
        takes = re.compile(expression).fullmatch
    except re.error:
        return []
    written = (write(nodes, word, n) for n, word in enumerate((*WORDS, UUID)))
    return [text for text in dict.fromkeys(written) if takes(text)]


def write(nodes: Sequence[Node], word: str, turn: int) -> str:
    """A text for these nodes with the word where it fits; `turn` picks alternatives."""
    return "".join(write_node(node, word, turn) for node in nodes)


def write_node(node: Node, word: str, turn: int) -> str:
    kind, told = str(node[0]), node[1]
    if kind in SINGLE:
        named = "".join(named_by(node))
        return next(filter(allowed_by(node), f"{word}{OTHERS}{named}"), "")
    if kind.endswith("_REPEAT"):
        least, most, inner = told
        return repeat(least, most, list(inner), word, turn)
    if kind == "BRANCH":
        alternatives = told[1]
        return write(alternatives[turn % len(alternatives)], word, turn)
    if kind == "SUBPATTERN":
        return write(told[-1], word, turn)
    return ""  # an anchor, or what only looks around


def repeat(least: int, most: Any, nodes: list[Node], word: str, turn: int) -> str:
    """The word itself, if it may stand there; else something of a length that may."""
    few = max(least, min(1, int(most))) if word else least
    if len(nodes) != 1 or str(nodes[0][0]) not in SINGLE:
        return write(nodes, word, turn) * few
    fitting = "".join(filter(allowed_by(nodes[0]), word))
    if fitting == word and least <= len(word) <= int(most):
        return word
    length = max(few, min(SHORT, int(most), len(fitting)))
    return "".join(islice(cycle(fitting or write_node(nodes[0], "", turn)), length))


def allowed_by(node: Node) -> Callable[[str], bool]:
    """Says whether a character may stand for a node of a single one."""
    kind, told = str(node[0]), node[1]
    if kind == "ANY":
        return lambda char: char != "\n"
    if kind != "IN":
        return lambda char: (ord(char) == told) is (kind == "LITERAL")
    is_negated = str(told[0][0]) == "NEGATE"
    return lambda char: any(is_member(char, each) for each in told) is not is_negated


def named_by(node: Node) -> Iterator[str]:
    """The characters that the expression itself writes there."""
    kind, told = str(node[0]), node[1]
    if kind == "LITERAL":
        yield chr(told)
    elif kind == "RANGE":
        yield chr(told[0])
    elif kind == "IN":
        for each in told:
            yield from named_by(each)


def is_member(char: str, member: Node) -> bool:
    kind, told = str(member[0]), member[1]
    if kind == "RANGE":
        return bool(told[0] <= ord(char) <= told[1])
    if kind == "CATEGORY":
        return re.match(CATEGORIES[str(told)], char) is not None
    return kind == "LITERAL" and ord(char) == told
