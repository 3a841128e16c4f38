"""Is this request for Clerk's Frontend API?"""

import logging
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from clerk_wsgi.core.errors import (
    BackendError,
    ConfigurationError,
    MalformedURLError,
)
from clerk_wsgi.core.frontend_proxy import (
    Incoming,
    Outgoing,
    ProxyError,
    failed,
    misconfigured,
    outgoing,
)
from clerk_wsgi.core.frontend_proxy_headers import Visitor, answered, public_origin
from clerk_wsgi.core.frontend_proxy_settings import (
    ProxySettings,
    is_proxied,
    read_flag,
    read_path,
    read_settings,
    read_text,
    refused,
)
from clerk_wsgi.core.request import RequestView
from clerk_wsgi.core.request_body import blocks, body_length
from clerk_wsgi.environ import read_request
from clerk_wsgi.instance import load
from clerk_wsgi.responses import answer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Transport = Callable[[Outgoing], Incoming]
Asker = Callable[[RequestView], bool]
OptionsOf = Callable[[RequestView], Mapping[str, Any]]

MOST_INSTANCES = 256
KEYS = {
    "publishable_key": "CLERK_PUBLISHABLE_KEY",
    "secret_key": "CLERK_SECRET_KEY",
    "fapi_url": "CLERK_FAPI_URL",
}
IN_A_PATH = "/!$&'()*+,;=:@"

log = logging.getLogger("clerk_wsgi")


class FrontendApiProxy:
    """A WSGI application that hands requests on to Clerk's Frontend API.

    The keys are options or `CLERK_PUBLISHABLE_KEY` and `CLERK_SECRET_KEY`, the target
    `fapi_url`, `CLERK_FAPI_URL` or what the key says. `options(request)` may give the
    three for each request. Bodies pass in blocks, both ways; `transport` sends, or
    is the name of a backend that does. X-Forwarded-* headers count only with
    `trust_forwarded_headers`. Raises ConfigurationError for what cannot work.
    """

    def __init__(
        self,
        *,
        path: str = "",
        publishable_key: str = "",
        secret_key: str = "",
        fapi_url: str = "",
        options: OptionsOf | None = None,
        trust_forwarded_headers: bool = False,
        transport: Transport | str = "proxy",
        env: Mapping[str, str] = os.environ,
    ) -> None:
        self.path = read_path(path)
        self.trust = read_flag("trust_forwarded_headers", trust_forwarded_headers)
        given = (publishable_key, secret_key, fapi_url)
        told = (env.get(variable) for variable in KEYS.values())
        self.keys = tuple(map(read_text, KEYS, given, told))
        self.options = options
        self.settings_of = lru_cache(MOST_INSTANCES)(read_settings)
        if options is None:
            self.settings_of(*self.keys)
        self.send: Transport = (
            load(transport)().send if isinstance(transport, str) else transport
        )

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        try:
            settings = self.settings_for(environ)
            request = self.outgoing(environ, settings)
            came = self.ask(request)
        except ProxyError as error:
            return told(error)(environ, start_response)
        except MalformedURLError as error:
            return told(failed(400, str(error)))(environ, start_response)
        proxy_url = request.headers["clerk-proxy-url"]
        status = f"{came.status} {phrase(came.status)}"
        start_response(status, answered(came.headers, settings, proxy_url))
        return came.body

    def settings_for(self, environ: "WSGIEnvironment") -> ProxySettings:
        if self.options is None:
            return self.settings_of(*self.keys)
        given = self.options(read_request(environ, trust=self.trust))
        try:
            own = (given.get(name) for name in KEYS)
            return self.settings_of(*map(read_text, KEYS, own, self.keys))
        except ConfigurationError as error:
            raise misconfigured(error) from error

    def outgoing(self, environ: "WSGIEnvironment", settings: ProxySettings) -> Outgoing:
        request = read_request(environ)
        sent = outgoing(
            settings,
            request.method,
            request.url,
            proxy_path(environ, self.path),
            request.headers.items(),
            self.visitor(request, environ.get("REMOTE_ADDR", "")),
        )
        length = body_length(environ.get("CONTENT_LENGTH"))
        if length or (length is None and is_chunked(environ)):
            body = blocks(environ["wsgi.input"].read, length)
            return replace(sent, body=body, length=length)
        return sent

    def visitor(self, request: RequestView, address: str) -> Visitor:
        proto, host = (
            (request.headers.get(name) or "") if self.trust else ""
            for name in ("x-forwarded-proto", "x-forwarded-host")
        )
        return Visitor(
            origin=request.url,
            public_origin=public_origin(request.url, proto, host),
            address=address,
            trust_forwarded_headers=self.trust,
        )

    def ask(self, request: Outgoing) -> Incoming:
        try:
            return self.send(request)
        except BackendError as error:
            log.warning("clerk: the Frontend API proxy got no answer: %s", error)
            message = f"Failed to proxy request to Clerk FAPI: {error}"
            raise failed(502, message) from error


class FrontendApiProxyLayer:
    """Answers what lies below `path` from Clerk's Frontend API; the rest goes on.

    Takes what `FrontendApiProxy` takes. `enabled` is True, False or a function of the
    request. Goes outside the session layer: these requests have no session here.
    """

    def __init__(
        self,
        app: "WSGIApplication",
        *,
        enabled: bool | Asker = True,
        **options: Any,
    ) -> None:
        self.app = app
        self.is_enabled = asker(enabled)
        self.proxy = FrontendApiProxy(**options) if enabled else None

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        app = self.app
        if self.proxy and self.is_for(self.proxy, environ):
            app = self.proxy
        return app(environ, start_response)

    def is_for(self, proxy: FrontendApiProxy, environ: "WSGIEnvironment") -> bool:
        path = environ.get("PATH_INFO", "")
        if proxy.path not in path and "/." not in path:
            return False  # not even with its dot segments resolved
        request = read_request(environ, trust=proxy.trust)
        try:
            found = is_proxied(request.url.path, proxy_path(environ, proxy.path))
        except MalformedURLError:
            return False
        return found and self.is_enabled(request)


def asker(enabled: Any) -> Asker:
    if not (isinstance(enabled, bool) or callable(enabled)):
        why = "must be True, False or callable as enabled(request)"
        raise refused("enabled", why)
    return lambda request: bool(enabled(request) if callable(enabled) else enabled)


def proxy_path(environ: "WSGIEnvironment", path: str) -> str:
    """`path` as the browser sees it, where the application is mounted somewhere."""
    mount = quote(environ.get("SCRIPT_NAME", ""), safe=IN_A_PATH, encoding="latin-1")
    return mount + path


def is_chunked(environ: "WSGIEnvironment") -> bool:
    """Is there a body of unknown length, which the server ends for us?"""
    return bool(
        environ.get("HTTP_TRANSFER_ENCODING") and environ.get("wsgi.input_terminated")
    )


def phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def told(error: ProxyError) -> "WSGIApplication":
    response = answer(error.status, [("Cache-Control", "no-store")], error.body)
    response.content_type = "application/json"
    return response
