"""May this request go on?"""

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from clerk_wsgi.core.errors import ConfigurationError, MalformedURLError
from clerk_wsgi.core.paths import as_sent
from clerk_wsgi.core.patterns import compile_pattern
from clerk_wsgi.core.request import RequestView
from clerk_wsgi.environ import get_visit
from clerk_wsgi.identity import Auth
from clerk_wsgi.responses import Refusal, answer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Handler = Callable[[Auth, RequestView], "WSGIApplication | None"]
Rules = Mapping[str, Mapping[str, Any]]

ASKABLE = frozenset(inspect.signature(Auth.protect).parameters) - {"self", "check"}


class RouteGuardLayer:
    """Asks `handler(auth, request)` before the application is asked.

    It may call `auth.protect()`, or return a WSGI application that answers instead;
    None lets the request go on. Whatever it raises besides reaches the server, and
    the application stays unasked. In its place may stand rules: a mapping of path
    patterns to what `protect` is asked, `{"/admin(.*)": {"role": "org:admin"}}`; a
    path has to satisfy each rule that matches. Paths that no browser sends get 400.
    """

    def __init__(self, app: "WSGIApplication", handler: Handler | Rules) -> None:
        self.app = app
        self.handler = handler if callable(handler) else following(handler)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        app = self.decide(environ)
        return app(environ, start_response)

    def decide(self, environ: "WSGIEnvironment") -> "WSGIApplication":
        visit = get_visit(environ)
        try:
            if visit.request.path is not visit.request.path_info:
                hand_on(visit.request.path, environ)
            instead = self.handler(Auth(visit), visit.request)
        except MalformedURLError as error:
            return answer(400, body=f"{error}\n")
        except Refusal as refusal:
            return refusal.get_response(environ)
        if instead is None:
            return self.app
        if not callable(instead):
            raise TypeError(
                "A handler returns None or a WSGI application, not "
                f"{type(instead).__name__}."
            )
        return instead


def hand_on(path: str, environ: "WSGIEnvironment") -> None:
    """The application routes on the path that was guarded, slashes folded."""
    native = path.encode("utf-8").decode("latin-1")
    if environ.get("PATH_INFO") and environ["PATH_INFO"] != native:
        environ["PATH_INFO"] = native


def following(rules: Rules) -> Handler:
    """A handler that applies rules. Raises ConfigurationError for wrong ones."""
    if not isinstance(rules, Mapping):
        raise ConfigurationError(
            "The option handler of RouteGuardLayer must be callable as "
            "handler(auth, request), or map path patterns to what is asked."
        )
    compiled = [(compile_pattern(path), asked(path, rules[path])) for path in rules]

    def handler(auth: Auth, request: RequestView) -> None:
        for pattern, requirements in compiled:
            if pattern.accepts(as_sent(request.path)):
                auth.protect(**requirements)

    return handler


def asked(path: str, requirements: Mapping[str, Any]) -> dict[str, Any]:
    for name in requirements:
        if name not in ASKABLE:
            raise ConfigurationError(
                f"The rule for {path!r} asks for {name!r}; it can ask for: "
                f"{', '.join(sorted(ASKABLE))}."
            )
    return dict(requirements)
