"""Paths that a route takes, made from its regular expression."""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle, islice
from re import _parser  # type: ignore[attr-defined]
from typing import Any

# Values for a variable. The empty one asks for as little as the route will take.
WORDS = ("example", "7", "", "some-1.txt", "deep/down", "2024-11-05T12:00:00Z")
UUID = "12345678-1234-4234-8234-123456789abc"
ODD = "Zoë & co~"
SHORT = 4  # characters of a word of which not all will do
OTHERS = "e7E-_./:@ ,"  # where no character of the word will do
MOST = 500  # ways through the alternatives that are tried with a word
FEW = 8  # characters of a set that are tried one by one

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


class Way:
    """A way through alternatives: each number stands for another one.

    `ways` is how many there are, as far as this one saw.
    """

    def __init__(self, number: int) -> None:
        self.left = number
        self.ways = 1

    def pick(self, choices: Sequence[Any]) -> Any:
        self.ways *= len(choices)
        self.left, chosen = divmod(self.left, len(choices))
        return choices[chosen]


def example_paths(expression: str) -> list[str]:
    """Different ones, each matched from end to end; [] where none was found."""
    expression = NAMED.sub("(?:", expression)
    try:
        nodes = list(_parser.parse(expression))
        takes = re.compile(expression).fullmatch
    except re.error:
        return []
    written = (text for word in (*WORDS, UUID, ODD) for text in spelled(nodes, word))
    return [text for text in dict.fromkeys(written) if takes(text)]


def spelled(nodes: Sequence[Node], word: str) -> Iterator[str]:
    """The texts with this word, one for each way through the alternatives."""
    number, ways = 0, 1
    while number < min(ways, MOST):
        way = Way(number)
        yield write(nodes, word, way)
        number, ways = number + 1, max(ways, way.ways)


def write(nodes: Sequence[Node], word: str, way: Way) -> str:
    """A text for these nodes, with the word where it fits."""
    return "".join(write_node(node, word, way) for node in nodes)


def write_node(node: Node, word: str, way: Way) -> str:
    kind, told = str(node[0]), node[1]
    if kind in SINGLE:
        return write_character(node, word, way)
    if kind.endswith("_REPEAT"):
        least, most, inner = told
        return repeat(least, most, list(inner), word, way)
    if kind == "BRANCH":
        return write(way.pick(told[1]), word, way)
    if kind == "SUBPATTERN":
        return write(told[-1], word, way)
    return ""  # an anchor, or what only looks around


def write_character(node: Node, word: str, way: Way) -> str:
    """`a|b` comes here as the set `[ab]`: of a few characters each has its turn."""
    named, is_allowed = "".join(named_by(node)), allowed_by(node)
    if 1 < len(named) <= FEW and all(map(is_allowed, named)):
        return str(way.pick(named))
    return next(filter(is_allowed, f"{word}{OTHERS}{named}"), "")


def repeat(least: int, most: Any, nodes: list[Node], word: str, way: Way) -> str:
    """The word itself, if it may stand there; else something of a length that may."""
    few = max(least, min(1, int(most)))
    if len(nodes) != 1 or str(nodes[0][0]) not in SINGLE:
        times = way.pick(sorted({least, few}))
        return "".join(write(nodes, word, way) for _ in range(times))
    fitting = "".join(filter(allowed_by(nodes[0]), word))
    if fitting == word and least <= len(word) <= int(most):
        return word
    few = few if word else least
    length = max(few, min(SHORT, int(most), len(fitting)))
    return "".join(islice(cycle(fitting or write_node(nodes[0], "", way)), length))


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
    """The characters that the expression itself writes there; of a long range one."""
    kind, told = str(node[0]), node[1]
    if kind == "LITERAL":
        yield chr(told)
    elif kind == "RANGE":
        first, last = told
        yield from map(chr, range(first, last + 1 if last - first < FEW else first + 1))
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
