"""Which paths are for everybody, where all others are protected.

What protects a path may match too much; what opens one may not. So public patterns
know case, end where they end, and have to match whatever else a router, or something
between it and us, could read in a path.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import unquote

from clerk_wsgi.core.errors import ConfigurationError, MalformedURLError
from clerk_wsgi.core.paths import as_sent, checked_path
from clerk_wsgi.core.patterns import Pattern, compile_pattern

# Patterns that start otherwise match no path at all.
STARTS = ("/", "(", "{")

# `/docs(.*)`, but not `/:rest(.*)`, where the expression is the parameter's own.
RUNS_ON = re.compile(r"(?P<base>(?!.*:\w+\(\.\*\)\Z).*[\w)])\(\.\*\)", re.DOTALL)

# What some servers of other languages leave out of a path: `/docs;v=1`.
MATRIX_PARAMETERS = re.compile(";[^/]*")


class PublicPaths:
    """Paths named by patterns. Raises ConfigurationError, naming the option."""

    def __init__(self, patterns: Sequence[str]) -> None:
        if not isinstance(patterns, list | tuple):
            raise refused(f"is a list of path patterns, not {patterns!r}.")
        self.patterns = [compile_public(pattern) for pattern in patterns]

    def accepts(self, path: str) -> bool:
        """Is the decoded path public in every reading?"""
        try:
            return all(map(self.is_named, readings(path)))
        except (MalformedURLError, UnicodeDecodeError):
            return False

    def is_named(self, path: str) -> bool:
        sent = as_sent(path)
        return any(pattern.accepts(sent) for pattern in self.patterns)


def readings(path: str) -> Iterator[str]:
    """What the path could be taken for: as it is, decoded twice, without parameters.

    Raises MalformedURLError or UnicodeDecodeError for a reading that is no path.
    """
    yield checked_path(path)
    if "%" in path:
        path = checked_path(unquote(path, errors="strict"))
        yield path
    if ";" in path:
        yield checked_path(MATRIX_PARAMETERS.sub("", path))


def compile_public(pattern: Any) -> Pattern:
    if not (isinstance(pattern, str) and pattern.startswith(STARTS)):
        raise refused(f"holds {pattern!r}, which matches no path: paths start with /.")
    try:
        return compile_pattern(within_its_segment(pattern), is_exact=True)
    except ConfigurationError as error:
        raise refused(f"holds a wrong pattern. {error}") from None


def within_its_segment(pattern: str) -> str:
    """`/docs(.*)` opens `/docs` and what is below it, and no `/docs-internal`."""
    found = RUNS_ON.fullmatch(pattern)
    return f"{found['base']}{{/(.*)}}?" if found else pattern


def refused(why: str) -> ConfigurationError:
    return ConfigurationError(f"The option public {why}")


def require_open(public: Sequence[str], **urls: str) -> None:
    """Raises ConfigurationError for a page that strangers are sent to and cannot see.

    `urls` are options by name; those on other sites are none of our business.
    """
    paths = PublicPaths(public)
    for name, url in urls.items():
        path = re.split("[?#]", url)[0]
        is_here = path.startswith("/") and not path.startswith("//")
        if is_here and not paths.accepts(path):
            raise ConfigurationError(
                f"The option {name} is {path!r}, which needs a session: name it in the "
                "option public, or nobody can sign in."
            )
