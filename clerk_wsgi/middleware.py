"""The usual chain, in one line."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from clerk_wsgi.chain import Chain
from clerk_wsgi.core.errors import ConfigurationError
from clerk_wsgi.core.events import Emit
from clerk_wsgi.core.options import Options
from clerk_wsgi.core.public_paths import require_open, require_unruled
from clerk_wsgi.core.stores import Store
from clerk_wsgi.instance import Api, Backend, epoch_ms
from clerk_wsgi.layers.debug import DebugLayer
from clerk_wsgi.layers.guard import Handler, RouteGuardLayer, Rules
from clerk_wsgi.layers.session import OptionsOf, SessionLayer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from clerk_wsgi.chain import Layer

PROXY_PATH = "/__clerk"
PROXY_OPTIONS = ("publishable_key", "secret_key", "trust_forwarded_headers")


class ClerkMiddleware:
    """Clerk in front of a WSGI application.

    `handler(auth, request)`, or rules, say what is protected; without them every
    route is public and `auth()` still tells who is there. With `public`, a list of
    path patterns, everything else is protected before that. Options are keywords, a
    mapping in `options`, or a function there that gives the options for a request;
    what is not given comes from `CLERK_*` variables. `content_security_policy` and
    `frontend_api_proxy` are the keywords of the layers of those names.
    `revocation_endpoint` is the path at which Clerk's webhooks come in, and `on_event`
    is told what happens. Raises ConfigurationError, naming the option or variable, for
    a setup that cannot work.
    """

    def __init__(
        self,
        app: "WSGIApplication",
        handler: Handler | Rules | None = None,
        *,
        public: Sequence[str] | None = None,
        options: Mapping[str, Any] | OptionsOf | None = None,
        content_security_policy: Mapping[str, Any] | None = None,
        frontend_api_proxy: Mapping[str, Any] | None = None,
        revocation_endpoint: str | None = None,
        backend: Backend | str | None = None,
        api: Api | None = None,
        store: Store | None = None,
        on_event: Emit | None = None,
        clock: Callable[[], float] = epoch_ms,
        **given: Any,
    ) -> None:
        require_keywords("content_security_policy", content_security_policy)
        require_keywords("frontend_api_proxy", frontend_api_proxy)
        if isinstance(options, Mapping):
            given, options = {**options, **given}, None
        proxied = is_enabled(frontend_api_proxy)
        if proxied:
            path = (frontend_api_proxy or {}).get("path") or PROXY_PATH
            given = {"proxy_url": path, **given}
        layers = inner_layers(handler, public, content_security_policy)
        if revocation_endpoint is not None:
            layers.insert(0, endpoint_layer(revocation_endpoint, clock))
        session = SessionLayer(
            Chain(*layers)(app),
            options=options,
            backend=backend,
            api=api,
            store=store,
            on_event=on_event,
            clock=clock,
            **given,
        )
        require_reachable(session.options, handler, public)
        self.app: WSGIApplication = session
        if proxied:
            self.app = behind_proxy(session, frontend_api_proxy or {}, given, options)
        if session.options.debug:
            self.app = DebugLayer(self.app, options=session.options)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        return self.app(environ, start_response)


def require_keywords(option: str, given: object) -> None:
    if not isinstance(given, Mapping | None):
        raise ConfigurationError(
            f"The option {option} is a mapping of its layer's keywords, {{}} where all "
            f"are as usual, not {given!r}."
        )


def is_enabled(proxy: Mapping[str, Any] | None) -> bool:
    return proxy is not None and proxy.get("enabled", True) is not False


def behind_proxy(
    app: "WSGIApplication",
    proxy: Mapping[str, Any],
    given: Mapping[str, Any],
    options: OptionsOf | None,
) -> "WSGIApplication":
    from clerk_wsgi.layers.frontend_api_proxy import FrontendApiProxyLayer

    keys = {name: given[name] for name in PROXY_OPTIONS if given.get(name)}
    return FrontendApiProxyLayer(app, options=options, **{**keys, **proxy})


def endpoint_layer(path: str, clock: Callable[[], float]) -> "Layer":
    from clerk_wsgi.revocation_endpoint import beside_endpoint

    return partial(beside_endpoint, path=path, clock=clock)


def require_reachable(
    options: Options,
    handler: Handler | Rules | None,
    public: Sequence[str] | None,
) -> None:
    """Whoever has to sign in must get to the page where that is done."""
    urls = {name: getattr(options, name) for name in ("sign_in_url", "sign_up_url")}
    if isinstance(handler, Mapping):
        require_unruled(handler, **urls)
    if public is not None:
        require_open(public, **urls)


def inner_layers(
    handler: Handler | Rules | None,
    public: Sequence[str] | None,
    policy: Mapping[str, Any] | None,
) -> "list[Layer]":
    """What stands between the session and the application, outermost first."""
    layers: list[Layer] = []
    if policy is not None:
        from clerk_wsgi.layers.content_security_policy import ContentSecurityPolicyLayer

        layers.append(partial(ContentSecurityPolicyLayer, **policy))
    if handler is not None or public is not None:
        layers.append(partial(RouteGuardLayer, handler=handler, public=public))
    return layers
