"""A route, told the same way whichever framework it is of."""

import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from clerk_wsgi.cli.example_paths import example_paths

ANY: tuple[str, ...] = ()


def always(path: str) -> bool:
    return True


class Route(NamedTuple):
    """A route as the framework writes it; `expression` is what its paths match.

    No `methods` are any. `view` names the code that answers. `takes` says whether the
    router itself would choose this route for a path, where an expression is not all.
    """

    path: str
    methods: tuple[str, ...]
    view: str
    expression: str
    takes: Callable[[str], bool] = always

    def examples(self) -> list[str]:
        """Paths of all kinds that the route takes.

        None has doubled slashes: guards fold them, which makes it another route's.
        """
        found = example_paths(self.expression)
        return [path for path in found if "//" not in path and self.takes(path)]


class Site(NamedTuple):
    """What a framework tells of its application; `unlisted` says what it does not."""

    framework: str
    routes: list[Route]
    unlisted: str = ""


def expressed(
    text: str, variable: re.Pattern[str], regex_of: Callable[[re.Match[str]], str]
) -> str:
    """The text of a route as an expression, where variables have theirs."""
    expression, end = "", 0
    for found in variable.finditer(text):
        expression += f"{re.escape(text[end : found.start()])}(?:{regex_of(found)})"
        end = found.end()
    return expression + re.escape(text[end:])


def listed(names: Any) -> Iterable[str]:
    return [names] if isinstance(names, str) else names or ()


def named(methods: Iterable[str]) -> tuple[str, ...]:
    """In their order; GET stands for HEAD, too."""
    methods = set(methods)
    return tuple(sorted(methods - {"HEAD"} if "GET" in methods else methods))


def name_of(view: Any) -> str:
    named = view if hasattr(view, "__qualname__") else type(view)
    return f"{named.__module__}.{named.__qualname__}"
