"""A Clerk instance as a WSGI application."""

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from sqlite3 import OperationalError
from typing import TYPE_CHECKING, Any, Self

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from werkzeug.exceptions import (
    HTTPException,
    ServiceUnavailable,
)
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.wrappers import Request, Response

from clerk_wsgi.core.cookies import bearer_token
from clerk_wsgi.instance import epoch_ms
from clerk_wsgi.local.account_pages import AccountPages
from clerk_wsgi.local.answers import json_error, page_error
from clerk_wsgi.local.backend_api import BackendApi
from clerk_wsgi.local.bundles import Bundles
from clerk_wsgi.local.clock import Clock
from clerk_wsgi.local.component_pages import ComponentPages
from clerk_wsgi.local.control_api import CONTROL, ControlApi
from clerk_wsgi.local.data_file import IN_MEMORY
from clerk_wsgi.local.fapi_addresses import FrontendAddresses
from clerk_wsgi.local.fapi_clients import FrontendClients
from clerk_wsgi.local.fapi_images import FrontendImages
from clerk_wsgi.local.fapi_me import FrontendMe
from clerk_wsgi.local.fapi_members import FrontendMembers
from clerk_wsgi.local.fapi_memberships import FrontendMemberships
from clerk_wsgi.local.fapi_organizations import FrontendOrganizations
from clerk_wsgi.local.fapi_origins import is_preflight, opened, preflight
from clerk_wsgi.local.fapi_reverification import FrontendReverification
from clerk_wsgi.local.fapi_sign_ins import FrontendSignIns
from clerk_wsgi.local.fapi_sign_ups import FrontendSignUps
from clerk_wsgi.local.faults import Faults
from clerk_wsgi.local.frontend_api import FrontendApi
from clerk_wsgi.local.handshake_endpoint import HandshakeEndpoint
from clerk_wsgi.local.ids import Ids
from clerk_wsgi.local.issuing import Issuer
from clerk_wsgi.local.key_ring import KeyRing
from clerk_wsgi.local.mail import postman, to_console
from clerk_wsgi.local.origins import site_of
from clerk_wsgi.local.records import Records
from clerk_wsgi.local.routing import Endpoint, Routes, first_match
from clerk_wsgi.local.satellites import add_satellite
from clerk_wsgi.local.seeds import PEOPLE, Seeds, sow
from clerk_wsgi.local.settings import settle
from clerk_wsgi.local.state import State
from clerk_wsgi.local.webhook_sender import WebhookSender
from clerk_wsgi.local.webhooks import ASKED_BY, Webhooks

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MOUNTED_AT = "/__clerk"
PARTS: tuple[Any, ...] = (
    *(FrontendApi, HandshakeEndpoint, FrontendClients, FrontendSignIns),
    *(FrontendSignUps, FrontendMe, FrontendAddresses, FrontendMemberships),
    *(FrontendOrganizations, FrontendMembers, FrontendImages),
    *(FrontendReverification, AccountPages),
)
LARGEST_BODY = 64 * 1024


class LocalRequest(Request):
    max_content_length = LARGEST_BODY
    max_form_memory_size = LARGEST_BODY


class LocalClerk:
    """Frontend API, Backend API and account pages, for this machine only.

    `seeds` are the people it starts with; `data` is a file that keeps everything, else
    it is gone with the process. Keys that are not handed in are made up; live ones
    raise ConfigurationError. `manner` is "development", or "production" for browsers
    that are known by cookies. `session_claims` are claims of your own in each session
    token, with shortcodes. `clock` gives epoch milliseconds. With `ids` (any text or
    number) the ids of what is made are the same in each run. `clerk_js` is a
    `node_modules` with Clerk's browser library, and `deliver` is called with the text
    of each e-mail, which goes nowhere else. `webhook_url` is told of every change; it
    must be on this machine.

    `clock`, `faults`, `keys` and `webhooks` can be used while it runs; `is_new` says
    that the seeds were sown, and not in an earlier run with that file. `close()` it, or
    use it in a `with`, if it has a file or sends webhooks.
    """

    def __init__(
        self,
        seeds: Seeds = PEOPLE,
        *,
        data: str | Path = IN_MEMORY,
        publishable_key: str | None = None,
        secret_key: str | None = None,
        private_key: RSAPrivateKey | None = None,
        manner: str = "development",
        session_claims: Mapping[str, Any] | None = None,
        clock: Callable[[], float] = epoch_ms,
        ids: int | str | None = None,
        clerk_js: str | Path | None = None,
        deliver: Callable[[str], None] = to_console,
        webhook_url: str | None = None,
    ) -> None:
        self.bundles = Bundles(clerk_js)
        self.clock = clock if isinstance(clock, Clock) else Clock(clock)
        self.faults = Faults()
        records = Records(str(data))
        numbered = Ids(ids, records.next_number)
        self.state = State(records, lambda: self.clock() / 1000, numbered)
        try:
            with self.state.changing():
                self.settings = settle(
                    self.state,
                    publishable_key=publishable_key,
                    secret_key=secret_key,
                    manner=manner,
                    session_claims=session_claims,
                )
                self.webhooks = Webhooks(self.state, self.settings, webhook_url)
                name = self.settings.instance_id
                self.keys = KeyRing(self.state, name, private_key)
                self.is_new = not records.count("role")
                if self.is_new:
                    sow(self.state, seeds)
        except BaseException:
            records.close()
            raise
        self.issuer = Issuer(self.state, self.settings, self.keys)
        self.state.after.append(postman(deliver))
        self.sender = WebhookSender(self.webhooks)

    def close(self) -> None:
        """Twice does no harm; what is asked afterwards fails."""
        self.sender.close()
        self.state.records.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def reset(self, seeds: Seeds = PEOPLE) -> None:
        """Forget everything but the keys, and start with these people."""
        self.faults.clear()
        with self.state.changing():
            self.state.records.drop_all_but(("instance", "signing_key"))
            sow(self.state, seeds)

    @cached_property
    def urls(self) -> Routes:
        """What browsers ask. Made when somebody first does: most tests never do."""
        shown = (ComponentPages,) if self.bundles.folder else ()
        parts = [self.bundles, *(part(self.issuer) for part in (*shown, *PARTS))]
        return Routes(rule for part in parts for rule in part.rules())

    @cached_property
    def backend_urls(self) -> Routes:
        """What applications ask with a secret key."""
        control = ControlApi(self.issuer, self.clock, self.faults, self.sender)
        return Routes([*BackendApi(self.issuer).rules(), *control.rules()])

    @property
    def publishable_key(self) -> str:
        return self.settings.publishable_key

    @property
    def secret_key(self) -> str:
        return self.settings.secret_key

    @property
    def jwt_key(self) -> str:
        """The public key as PEM, for applications that verify without a network."""
        return self.keys.current.pem

    def options(self, origin: str, path: str = MOUNTED_AT) -> dict[str, Any]:
        """Options of an application at `origin` that has this instance at `path`.

        They name all that a `CLERK_*` variable for another instance could spoil. Who
        has further names for the site adds them to `authorized_parties`.
        """
        return {
            "publishable_key": self.publishable_key,
            "secret_key": self.secret_key,
            "jwt_key": self.jwt_key,
            "api_url": f"{origin}{path}",
            "api_version": "v1",
            "proxy_url": path,
            "sign_in_url": f"{path}/sign-in",
            "sign_up_url": f"{path}/sign-up",
            "is_satellite": False,
            "authorized_parties": [origin, origin.replace("127.0.0.1", "localhost")],
        }

    def add_satellite(self, domain: str, primary: str) -> None:
        """Sites below `domain` follow those whose Frontend API is at `primary`, a URL.

        Only in the production manner; in development a satellite names the primary's
        sign-in page in its options. Raises ConfigurationError.
        """
        add_satellite(self.state, domain, primary)

    def beside(
        self, app: "WSGIApplication", path: str = MOUNTED_AT
    ) -> "WSGIApplication":
        """`app`, with this instance answering below `path`."""
        return DispatcherMiddleware(app, {path: self})

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
        return first_match(routes, request, method_of(request))

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


def method_of(request: Request) -> str:
    """Clerk's browser library sends a POST and names the method it means."""
    meant = request.args.get("_method", "").upper()
    if request.method == "POST" and meant in ("PUT", "PATCH", "DELETE"):
        return meant
    return request.method


def is_for_programs(path: str) -> bool:
    roots = ("/v1/", "/.well-known/", "/api_keys", "/m2m_tokens", "/oauth_")
    return path.startswith(roots)
