"""A Clerk development instance as a WSGI application."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.routing import Map
from werkzeug.wrappers import Request, Response

from clerk_wsgi.core.keys import cookie_suffix
from clerk_wsgi.instance import epoch_ms
from clerk_wsgi.local.account_pages import AccountPages
from clerk_wsgi.local.answers import json_error, page_error
from clerk_wsgi.local.backend_api import BackendApi
from clerk_wsgi.local.frontend_api import FrontendApi
from clerk_wsgi.local.issuing import Issuer
from clerk_wsgi.local.naming import (
    development_publishable_key,
    development_secret_key,
)
from clerk_wsgi.local.origins import site_of
from clerk_wsgi.local.people import Directory
from clerk_wsgi.local.seeds import SEEDS
from clerk_wsgi.local.signing import SigningKey
from clerk_wsgi.local.store import Store, new_id

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MOUNTED_AT = "/__clerk"
LARGEST_BODY = 64 * 1024


class LocalRequest(Request):
    max_content_length = LARGEST_BODY
    max_form_memory_size = LARGEST_BODY


class LocalClerk:
    """Frontend API, Backend API and account pages, for this machine only.

    Keys that are not handed in are made up; live ones raise ConfigurationError. `clock`
    gives epoch milliseconds. Everything is kept in memory and gone with the process.
    """

    def __init__(
        self,
        people: Directory = SEEDS,
        *,
        publishable_key: str | None = None,
        secret_key: str | None = None,
        private_key: RSAPrivateKey | None = None,
        clock: Callable[[], float] = epoch_ms,
    ) -> None:
        key = development_publishable_key(publishable_key)
        self.people = people
        self.publishable_key = key.text
        self.secret_key = development_secret_key(secret_key)
        self.key = SigningKey(new_id("ins"), private_key)
        self.issuer = f"https://{key.host}"
        self.urls = Map(self._rules(clock), strict_slashes=False, merge_slashes=False)

    def _rules(self, clock: Callable[[], float]) -> list[Any]:
        def seconds() -> float:
            return clock() / 1000

        store = Store(seconds)
        issuer = Issuer(
            self.key,
            self.people,
            url=self.issuer,
            suffix=cookie_suffix(self.publishable_key),
            clock=seconds,
        )
        return [
            *FrontendApi(store, issuer).rules(),
            *BackendApi(store, issuer, self.secret_key).rules(),
            *AccountPages(store, issuer).rules(),
        ]

    @property
    def jwt_key(self) -> str:
        """The public key as PEM, for applications that verify without a network."""
        return self.key.pem

    def options(self, origin: str, path: str = MOUNTED_AT) -> dict[str, Any]:
        """Options of an application at `origin` that has this instance at `path`.

        They name all that a `CLERK_*` variable for another instance could spoil. Who
        has further names for the site adds them to `authorized_parties`.
        """
        sign_in = f"{path}/sign-in"
        return {
            "publishable_key": self.publishable_key,
            "secret_key": self.secret_key,
            "jwt_key": self.jwt_key,
            "api_url": f"{origin}{path}",
            "api_version": "v1",
            "proxy_url": path,
            "sign_in_url": sign_in,
            "sign_up_url": sign_in,
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

    def respond(self, request: Request) -> Response:
        try:
            site_of(request)
            urls = self.urls.bind("localhost", request.root_path)
            answer, names = urls.match(request.path, request.method)
            response: Response = answer(request, **names)
            return response
        except HTTPException as error:
            if request.path.startswith(("/v1/", "/.well-known/")):
                return json_error(error)
            return page_error(error, request.root_path)
