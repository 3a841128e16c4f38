"""The usual chain, in one line."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from clerk_wsgi.instance import Api, Backend, epoch_ms
from clerk_wsgi.layers.debug import DebugLayer
from clerk_wsgi.layers.guard import Handler, RouteGuardLayer, Rules
from clerk_wsgi.layers.session import OptionsOf, SessionLayer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class ClerkMiddleware:
    """Clerk in front of a WSGI application.

    `handler(auth, request)`, or rules, say what is protected; without them every
    route is public and `auth()` still tells who is there. Options are keywords, a
    mapping in `options`, or a function there that gives the options for a request;
    what is not given comes from `CLERK_*` variables. Raises ConfigurationError, naming
    the option or variable, for a setup that cannot work.
    """

    def __init__(
        self,
        app: "WSGIApplication",
        handler: Handler | Rules | None = None,
        *,
        options: Mapping[str, Any] | OptionsOf | None = None,
        backend: Backend | str | None = None,
        api: Api | None = None,
        clock: Callable[[], float] = epoch_ms,
        **given: Any,
    ) -> None:
        if handler is not None:
            app = RouteGuardLayer(app, handler)
        session = SessionLayer(
            app, options=options, backend=backend, api=api, clock=clock, **given
        )
        self.app: WSGIApplication = session
        if session.options.debug:
            self.app = DebugLayer(session, options=session.options)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        return self.app(environ, start_response)
