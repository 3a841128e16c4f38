"""May this request go on?"""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from clerk_wsgi.core.errors import ConfigurationError, MalformedURLError
from clerk_wsgi.core.paths import as_sent
from clerk_wsgi.core.patterns import (
    AS_PATHS,
    Pattern,
    compile_pattern,
    may_match,
)
from clerk_wsgi.core.public_paths import PublicPaths
from clerk_wsgi.core.request import RequestView
from clerk_wsgi.environ import get_visit, read_request
from clerk_wsgi.identity import Auth
from clerk_wsgi.mishaps import answer_to
from clerk_wsgi.responses import Refusal
from clerk_wsgi.visit import Visit

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Handler = Callable[[Auth, RequestView], "WSGIApplication | None"]
Rules = Mapping[str, Mapping[str, Any]]

ASKABLE = frozenset(inspect.signature(Auth.protect).parameters) - {"self", "check"}


class Rule(NamedTuple):
    """Whose path matches, has to satisfy `auth.protect(**requirements)`."""

    pattern: Pattern
    requirements: Mapping[str, Any]


class RouteGuardLayer:
    """Asks `handler(auth, request)` before the application is asked.

    It may call `auth.protect()`, or return a WSGI application that answers instead;
    None lets the request go on. Whatever it raises besides reaches the server, and
    the application stays unasked. In its place may stand rules: a mapping of path
    patterns to what `protect` is asked, `{"/admin(.*)": {"role": "org:admin"}}`; a
    path has to satisfy each rule that matches. Paths that no browser sends get 400.

    With `public`, a list of path patterns, every path needs a session that is named
    neither there nor by a rule; handler and rules come on top.

    Goes inside a session layer, else requests raise MissingMiddleware. Raises
    ConfigurationError for rules and patterns that cannot work.
    """

    def __init__(
        self,
        app: "WSGIApplication",
        handler: Handler | Rules | None = None,
        *,
        public: Sequence[str] | None = None,
    ) -> None:
        self.app = app
        self.handler = handler if callable(handler) else None
        self.public = None if public is None else PublicPaths(public)
        if handler is None and public is not None:
            handler = {}
        self.rules = [] if callable(handler) else read_rules(handler)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        app = self.decide(environ)
        return app(environ, start_response)

    def decide(self, environ: "WSGIEnvironment") -> "WSGIApplication":
        visit = get_visit(environ)
        request = request_here(visit.request, environ)
        auth = Auth(visit)
        try:
            if request.path is not request.path_info:
                hand_on(request.path, environ)
            self.require(auth, request.path)
        except Exception as error:
            return refused(error, visit, environ)
        try:
            instead = self.handler(auth, request) if self.handler else None
        except (MalformedURLError, Refusal) as error:
            return refused(error, visit, environ)
        if not (instead is None or callable(instead)):
            raise TypeError(
                "A handler returns None or a WSGI application, not "
                f"{type(instead).__name__}."
            )
        return self.app if instead is None else instead

    def require(self, auth: Auth, path: str) -> None:
        """Raises the refusal of who may not go there by the rules."""
        rules = self.rules_for(path) if self.rules else []
        for rule in rules:
            auth.protect(**rule.requirements)
        if not (rules or self.public is None or self.public.accepts(path)):
            auth.protect()

    def rules_for(self, path: str) -> list[Rule]:
        sent = as_sent(path)
        return [rule for rule in self.rules if rule.pattern.accepts(sent)]


def refused(
    error: Exception, visit: Visit, environ: "WSGIEnvironment"
) -> "WSGIApplication":
    if isinstance(error, Refusal):
        return error.get_response(environ)
    return answer_to(error, "guard", visit.instance.emit)


def request_here(request: RequestView, environ: "WSGIEnvironment") -> RequestView:
    """The request with the path that counts here: a mount may have taken its part."""
    if environ.get("PATH_INFO", "") == request.path_info:
        return request
    return read_request(environ, trust=request.trust_forwarded_headers)


def hand_on(path: str, environ: "WSGIEnvironment") -> None:
    """The application routes on the path that was guarded, slashes folded."""
    native = path.encode("utf-8").decode("latin-1")
    if environ.get("PATH_INFO"):
        environ["PATH_INFO"] = native


def read_rules(rules: Any) -> list[Rule]:
    """Raises ConfigurationError for wrong ones."""
    if not isinstance(rules, Mapping):
        raise ConfigurationError(
            "The option handler of RouteGuardLayer must be callable as "
            "handler(auth, request), or map path patterns to what is asked; without "
            "one it needs the option public."
        )
    return [Rule(ruled(path), asked(path, rules[path])) for path in rules]


def ruled(path: Any) -> Pattern:
    if not (isinstance(path, str) and may_match(path)):
        raise ConfigurationError(f"The rule for {path!r} matches no path: {AS_PATHS}.")
    return compile_pattern(path)


def asked(path: str, requirements: Any) -> dict[str, Any]:
    if not isinstance(requirements, Mapping):
        raise ConfigurationError(
            f"The rule for {path!r} is a mapping, such as {{'role': 'org:admin'}} or "
            f"{{}}, not {requirements!r}."
        )
    for name in requirements:
        if name not in ASKABLE:
            raise ConfigurationError(
                f"The rule for {path!r} asks for {name!r}; it can ask for: "
                f"{', '.join(sorted(ASKABLE))}."
            )
    return dict(requirements)
