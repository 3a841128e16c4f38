"""A Clerk instance as a WSGI application."""

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from clerk_wsgi.core.cookies import bearer_token
from clerk_wsgi.instance import epoch_ms
from clerk_wsgi.local.account_pages import AccountPages
from clerk_wsgi.local.answers import json_error, page_error
from clerk_wsgi.local.backend_api import BackendApi
from clerk_wsgi.local.frontend_api import FrontendApi
from clerk_wsgi.local.handshake_endpoint import HandshakeEndpoint
from clerk_wsgi.local.ids import Ids
from clerk_wsgi.local.issuing import Issuer
from clerk_wsgi.local.key_ring import KeyRing
from clerk_wsgi.local.origins import site_of
from clerk_wsgi.local.records import IN_MEMORY, Records
from clerk_wsgi.local.seeds import PEOPLE, Seeds, sow
from clerk_wsgi.local.settings import settle
from clerk_wsgi.local.state import State

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MOUNTED_AT = "/__clerk"
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
    number) the ids of what is made are the same in each run.
    """

    def __init__(
        self,
        seeds: Seeds = PEOPLE,
        *,
        data: str = IN_MEMORY,
        publishable_key: str | None = None,
        secret_key: str | None = None,
        private_key: RSAPrivateKey | None = None,
        manner: str = "development",
        session_claims: Mapping[str, Any] | None = None,
        clock: Callable[[], float] = epoch_ms,
        ids: int | str | None = None,
    ) -> None:
        records = Records(data)
        self.state = State(records, lambda: clock() / 1000, Ids(ids))
        with self.state.changing():
            self.settings = settle(
                self.state,
                publishable_key=publishable_key,
                secret_key=secret_key,
                manner=manner,
                session_claims=session_claims,
            )
            self.keys = KeyRing(self.state, self.settings.instance_id, private_key)
            if not records.count("role"):
                sow(self.state, seeds)
        self.issuer = Issuer(self.state, self.settings, self.keys)

    def reset(self, seeds: Seeds = PEOPLE) -> None:
        """Forget everything but the keys, and start with these people."""
        with self.state.changing():
            self.state.records.drop_all_but(("instance", "signing_key"))
            sow(self.state, seeds)

    @cached_property
    def urls(self) -> Map:
        """What browsers ask. Made when somebody first does: most tests never do."""
        parts = (FrontendApi, HandshakeEndpoint, AccountPages)
        return url_map(rule for part in parts for rule in part(self.issuer).rules())

    @cached_property
    def backend_urls(self) -> Map:
        """What applications ask with a secret key."""
        return url_map(BackendApi(self.issuer).rules())

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

    def beside(
        self, app: "WSGIApplication", path: str = MOUNTED_AT
    ) -> "WSGIApplication":
        """`app`, with this instance answering below `path`."""
        return DispatcherMiddleware(app, {path: self})

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        return self.respond(LocalRequest(environ))(environ, start_response)

    def endpoint(self, request: Request) -> tuple[Callable[..., Response], Any]:
        """Who answers. Of paths that both APIs have, a key tells which is meant."""
        maps = [self.urls, self.backend_urls]
        if is_from_backend(request):
            maps.reverse()
        refused: HTTPException = NotFound()
        for each in maps:
            urls = each.bind("localhost", request.root_path)
            try:
                return urls.match(request.path, request.method)
            except MethodNotAllowed as error:
                refused = error
            except NotFound:
                pass
        raise refused

    def respond(self, request: Request) -> Response:
        try:
            site_of(request)
            answer, names = self.endpoint(request)
            response: Response = answer(request, **names)
            return response
        except HTTPException as error:
            if is_for_programs(request.path):
                return json_error(error)
            return page_error(error, request.root_path)


def url_map(rules: Iterable[Rule]) -> Map:
    return Map(list(rules), strict_slashes=False, merge_slashes=False)


def is_from_backend(request: Request) -> bool:
    """Does the request bring a secret key: the instance's, or a machine's?"""
    key = bearer_token(request.headers.get("Authorization")) or ""
    return key.startswith(("sk_", "ak_"))


def is_for_programs(path: str) -> bool:
    roots = ("/v1/", "/.well-known/", "/api_keys", "/m2m_tokens", "/oauth_")
    return path.startswith(roots)
