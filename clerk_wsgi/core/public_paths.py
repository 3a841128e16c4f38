"""Which paths are for everybody, where all others are protected.

What protects a path may match too much; what opens one may not. So public patterns
know case, end where they end, and have to match whatever else a router, or something
between it and us, could read in a path.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from clerk_wsgi.core.errors import ConfigurationError, MalformedURLError
from clerk_wsgi.core.paths import as_sent, checked_path
from clerk_wsgi.core.patterns import Pattern, compile_pattern

# Patterns that start otherwise match no path at all.
STARTS = ("/", "(", "{")

# `/docs(.*)`, `/docs{(.*)}?`, `{/docs}(.*)/edit`, but not `/:rest(.*)`, where the
# expression is the parameter's own.
RUNS_ON = re.compile(
    r"(?P<own>:\w+\(\.\*\))|(?<=[\w)}])(?P<brace>\{)?\(\.\*\)(?(brace)\})[?*+]?"
)

CLERKS_OWN = "/__clerk/"

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
    return RUNS_ON.sub(lambda found: found["own"] or "{/(.*)}?", pattern)


def refused(why: str) -> ConfigurationError:
    return ConfigurationError(f"The option public {why}")


def require_open(public: Sequence[str], **urls: str) -> None:
    """Raises ConfigurationError for a page that strangers are sent to and cannot see.

    `urls` are options by name; those on other sites are none of our business.
    """
    paths = PublicPaths(public)
    for name, path in pages_here(urls):
        if not paths.accepts(path):
            raise closed(name, path, "name it in the option public")


def require_unruled(patterns: Iterable[str], **urls: str) -> None:
    """Raises ConfigurationError for a page that a rule keeps strangers from.

    They would be sent round and round. `urls` as for `require_open`.
    """
    guarded = [compile_pattern(each) for each in patterns]
    for name, path in pages_here(urls):
        sent = as_sent(unquote(path))
        if any(each.accepts(sent) for each in guarded):
            raise closed(name, path, "leave it out of the rules")


def pages_here(urls: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The options that name a path of this site, and the path.

    Not those below Clerk's own, where a proxy or a local Clerk answers outside of us.
    """
    for name, url in urls.items():
        path = re.split("[?#]", url)[0]
        if path.startswith("/") and not path.startswith(("//", CLERKS_OWN)):
            yield name, path


def closed(name: str, path: str, advice: str) -> ConfigurationError:
    return ConfigurationError(
        f"The option {name} is {path!r}, which needs a session: {advice}, or nobody "
        "can sign in."
    )
