"""Both APIs and the pages of an instance, as one WSGI application."""

from collections.abc import Iterable
from functools import cached_property
from sqlite3 import OperationalError
from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest, HTTPException, ServiceUnavailable
from werkzeug.wrappers import Request, Response

from clerk_wsgi.core.cookies import bearer_token
from clerk_wsgi.local.account_pages import AccountPages
from clerk_wsgi.local.answers import json_error, page_error
from clerk_wsgi.local.backend_api import BackendApi
from clerk_wsgi.local.bundles import Bundles
from clerk_wsgi.local.clock import Clock
from clerk_wsgi.local.component_pages import ComponentPages
from clerk_wsgi.local.control_api import CONTROL, ControlApi
from clerk_wsgi.local.fapi_origins import is_preflight, opened, preflight
from clerk_wsgi.local.faults import Faults
from clerk_wsgi.local.frontend_api import FrontendApi
from clerk_wsgi.local.issuing import Issuer
from clerk_wsgi.local.origins import site_of
from clerk_wsgi.local.routing import Endpoint, Routes, first_match
from clerk_wsgi.local.webhook_sender import WebhookSender
from clerk_wsgi.local.webhooks import ASKED_BY

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

LARGEST_BODY = 64 * 1024
FOR_PROGRAMS = ("/v1/", "/.well-known/", "/api_keys", "/m2m_tokens", "/oauth_")


class LocalRequest(Request):
    max_content_length = LARGEST_BODY
    max_form_memory_size = LARGEST_BODY

    @cached_property
    def args(self) -> MultiDict[str, str]:
        try:
            return super().args
        except UnicodeDecodeError:
            raise BadRequest("The query is not UTF-8.") from None


class Application:
    def __init__(
        self,
        issuer: Issuer,
        bundles: Bundles,
        clock: Clock,
        faults: Faults,
        sender: WebhookSender,
    ) -> None:
        self.issuer = issuer
        self.bundles = bundles
        self.clock = clock
        self.faults = faults
        self.sender = sender

    @cached_property
    def urls(self) -> Routes:
        """What browsers ask. Made when somebody first does: most tests never do."""
        shown = (ComponentPages,) if self.bundles.folder else ()
        parts = [part(self.issuer) for part in (*shown, FrontendApi, AccountPages)]
        return Routes(rule for part in [self.bundles, *parts] for rule in part.rules())

    @cached_property
    def backend_urls(self) -> Routes:
        """What applications ask with a secret key."""
        control = ControlApi(self.issuer, self.clock, self.faults, self.sender)
        return Routes([*BackendApi(self.issuer).rules(), *control.rules()])

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        request = LocalRequest(environ)
        agent = request.headers.get("User-Agent", "")
        by = {"client_ip": request.remote_addr or "", "user_agent": agent}
        asked_by = ASKED_BY.set(by)
        try:
            return self.respond(request)(environ, start_response)
        finally:
            ASKED_BY.reset(asked_by)

    def endpoint(self, request: Request) -> tuple[Endpoint, dict[str, Any]]:
        """Who answers. Of paths that both APIs have, a key tells which is meant."""
        routes = [self.urls, self.backend_urls]
        if is_from_backend(request):
            routes.reverse()
        return first_match(routes, request)

    def answer(self, request: Request) -> Response:
        """Raises HTTPException, and ConnectionResetError if a fault wants it so."""
        site_of(request)
        self.sender.start()
        if is_preflight(request):
            return preflight()
        fault = None
        if not request.path.startswith(CONTROL):
            fault = self.faults.answer(request)
        if fault is not None:
            return fault
        answer, names = self.endpoint(request)
        try:
            return answer(request, **names)
        except OperationalError as error:
            said = f"The data file cannot be used: {error}."
            raise ServiceUnavailable(said) from None

    def respond(self, request: Request) -> Response:
        try:
            return opened(request, self.answer(request))
        except HTTPException as error:
            if is_for_programs(request.path):
                return opened(request, json_error(error))
            return page_error(error, request.root_path)


def is_from_backend(request: Request) -> bool:
    """Does the request bring a secret key: the instance's, or a machine's?"""
    key = bearer_token(request.headers.get("Authorization")) or ""
    return key.startswith(("sk_", "ak_"))


def is_for_programs(path: str) -> bool:
    return path.startswith(FOR_PROGRAMS)
