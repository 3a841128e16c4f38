"""Which requests a rule is about: matchers for paths."""

import inspect
import re
import warnings
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeAlias

from clerk_wsgi.core.errors import ConfigurationError
from clerk_wsgi.core.paths import as_sent, checked_path, normalize_path, routed_path
from clerk_wsgi.core.patterns import AS_PATHS, compile_pattern, may_match

Predicate: TypeAlias = Callable[[Any], bool]
Expression: TypeAlias = "str | re.Pattern[str] | None"
Patterns: TypeAlias = "Expression | Predicate | Sequence[Expression]"


class HasPath(Protocol):
    @property
    def path(self) -> str: ...


class Matcher(Protocol):
    """Tells whether a request is meant.

    It takes a request (anything with a decoded `path`), a WSGI environ, or the path of
    a URL as it is sent. Raises MalformedURLError for a path that no browser sends, and
    TypeError for anything else.
    """

    def __call__(self, target: HasPath | dict[str, Any] | str, /) -> bool: ...


def create_route_matcher(patterns: Patterns) -> Matcher:
    """A matcher for one pattern, several, or your own `callable(request) -> bool`.

    Strings are patterns in Clerk's dialect, anchored and regardless of case; compiled
    regular expressions are searched as they are. What is empty is left out, and nothing
    matches nothing. Raises ConfigurationError for patterns that cannot be read.
    """
    if callable(patterns):
        return ask(patterns)
    tests = []
    for pattern in patterns if isinstance(patterns, list | tuple) else [patterns]:
        if pattern:
            tests.append(test_for(pattern))
    return PathMatcher(tests)


class PathMatcher:
    def __init__(self, tests: Sequence[Callable[[str], object]]) -> None:
        self.tests = tests

    def __call__(self, target: HasPath | dict[str, Any] | str, /) -> bool:
        path = path_of(target)
        return any(test(path) for test in self.tests)


def ask(predicate: Predicate) -> Matcher:
    if inspect.iscoroutinefunction(predicate):
        # A coroutine is always true, whatever it would say when awaited.
        raise ConfigurationError(f"{predicate!r} is asynchronous; WSGI cannot wait.")
    return lambda target: bool(predicate(target))


def test_for(pattern: object) -> Callable[[str], object]:
    if isinstance(pattern, str):
        compiled = compile_pattern(pattern)
        if not may_match(pattern):
            message = f"The pattern {pattern!r} matches no path: {AS_PATHS}."
            warnings.warn(message, stacklevel=3)
        return compiled.accepts
    if isinstance(pattern, re.Pattern) and isinstance(pattern.pattern, str):
        return pattern.search
    raise ConfigurationError(
        "A route pattern is a string or a compiled regular expression for strings, "
        f"not {pattern!r}."
    )


def path_of(target: object) -> str:
    """The path as patterns see it.

    A framework's own request is asked for its environ first: its `path` may hold what
    the framework made of the real one.
    """
    if isinstance(target, str):
        return normalize_path(target)
    environ = target if isinstance(target, dict) else getattr(target, "environ", None)
    if isinstance(environ, dict):
        return as_sent(routed_path(environ.get("PATH_INFO", "")))
    path = getattr(target, "path", None)
    if isinstance(path, str):
        return as_sent(checked_path(path))
    raise TypeError(f"A request, an environ or a path is needed, not {target!r}.")
