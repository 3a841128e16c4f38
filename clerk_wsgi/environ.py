"""The environ contract: what we read there and what we leave there.

Keys without `HTTP_` cannot come from a client, whose headers all arrive under it
(PEP 3333). Nothing else in this package knows these names.
"""

import os
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Protocol

from werkzeug.datastructures import EnvironHeaders

from clerk_wsgi.core.errors import MissingMiddleware
from clerk_wsgi.core.options import Options
from clerk_wsgi.core.request import RequestView
from clerk_wsgi.core.sealed import unseal
from clerk_wsgi.core.state import SESSION_TOKEN, RequestState
from clerk_wsgi.identity import Auth
from clerk_wsgi.visit import AcceptedTokens, Visit

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

REQUEST = "clerk_wsgi.request"
STATE = "clerk_wsgi.state"
VISIT = "clerk_wsgi.visit"
REQUEST_DATA = "clerk_wsgi.request_data"

# What Clerk's middleware tells code behind it by header. Nobody may say it for us.
FORGEABLE = (
    "HTTP_X_CLERK_AUTH_STATUS",
    "HTTP_X_CLERK_AUTH_REASON",
    "HTTP_X_CLERK_AUTH_MESSAGE",
    "HTTP_X_CLERK_AUTH_TOKEN",
    "HTTP_X_CLERK_AUTH_SIGNATURE",
    "HTTP_X_CLERK_CLERK_URL",
    "HTTP_X_CLERK_REQUEST_DATA",
    "HTTP_X_CLERK_REDIRECT_TO",
    "HTTP_X_CLERK_DEBUG",
    "HTTP_X_NONCE",
)


class HasEnviron(Protocol):
    @property
    def environ(self) -> "WSGIEnvironment": ...


@cache
def header_key(name: str) -> str:
    """Where WSGI keeps the header of that name; the names are ours, so few."""
    return f"HTTP_{name.upper().replace('-', '_')}"


class RequestHeaders:
    """The request's headers, read where they are. (werkzeug's view is slower.)"""

    __slots__ = ("_environ",)

    def __init__(self, environ: "WSGIEnvironment") -> None:
        self._environ = environ

    def get(self, name: str, /) -> str | None:
        return self._environ.get(header_key(name))

    def items(self) -> Iterable[tuple[str, str]]:
        return EnvironHeaders(self._environ).items()


def read_request(environ: "WSGIEnvironment", *, trust: bool = False) -> RequestView:
    """The request as values; `trust` lets X-Forwarded-* headers count."""
    get = environ.get
    return RequestView(
        method=environ["REQUEST_METHOD"],
        headers=RequestHeaders(environ),
        path_info=get("PATH_INFO", ""),
        script_name=get("SCRIPT_NAME", ""),
        query_string=get("QUERY_STRING", ""),
        raw_uri=get("RAW_URI") or get("REQUEST_URI"),
        scheme=environ["wsgi.url_scheme"],
        host=get("HTTP_HOST", ""),
        server=f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}",
        trust_forwarded_headers=trust,
    )


def environ_of(source: "WSGIEnvironment | HasEnviron") -> "WSGIEnvironment":
    """The environ, or that of a framework's request. Raises TypeError for others."""
    environ = getattr(source, "environ", source)
    if isinstance(environ, dict):
        return environ
    raise TypeError(
        "An environ, or a request with one in its attribute `environ`, is needed, not "
        f"{type(source).__name__} (Falcon's environ is `req.env`)."
    )


def find_visit(environ: "WSGIEnvironment") -> Visit | None:
    visit = environ.get(VISIT)
    return visit if isinstance(visit, Visit) else None


def get_visit(environ: "WSGIEnvironment") -> Visit:
    visit = find_visit(environ)
    if visit is None:
        raise MissingMiddleware(
            "This request did not pass ClerkMiddleware or SessionLayer: wrap the "
            "application in one of them before asking for auth."
        )
    return visit


def is_carried(environ: "WSGIEnvironment", options: Options) -> bool:
    """Has a layer judged this very request already, by the same options?"""
    visit = find_visit(environ)
    if visit is None or visit.is_over:
        return False
    return visit.instance.options == options


def get_state(environ: "WSGIEnvironment") -> RequestState:
    """The request's state. Raises MissingMiddleware where no layer set one."""
    return get_visit(environ).state


def get_auth(
    source: "WSGIEnvironment | HasEnviron",
    *,
    accepts_token: AcceptedTokens = SESSION_TOKEN,
    treat_pending_as_signed_out: bool = True,
) -> Auth:
    """Who sent that request: an environ, or a framework's request that holds one.

    Raises MissingMiddleware if no layer looked: that is not the same as nobody.
    """
    visit = get_visit(environ_of(source))
    return Auth(visit, accepts_token, treat_pending_as_signed_out)


def carry(environ: "WSGIEnvironment", visit: Visit) -> None:
    """Write down what was decided, over whatever stood there."""
    environ[REQUEST] = visit.request
    environ[STATE] = visit.state
    environ[VISIT] = visit
    environ.pop(REQUEST_DATA, None)
    if visit.instance.request_data:
        environ[REQUEST_DATA] = visit.instance.request_data


def get_dynamic_keys(environ: "WSGIEnvironment") -> dict[str, str]:
    """The keys that options gave this request, opened again; {} where they gave none.

    Needs the CLERK_ENCRYPTION_KEY, or else CLERK_SECRET_KEY, that sealed them. Raises
    ConfigurationError for another.
    """
    key = os.environ.get("CLERK_ENCRYPTION_KEY") or os.environ.get("CLERK_SECRET_KEY")
    return unseal(environ.get(REQUEST_DATA, ""), key or "")


def disown(environ: "WSGIEnvironment") -> None:
    """Take away what a client may have said in our name."""
    if not environ.keys().isdisjoint(FORGEABLE):
        for name in FORGEABLE:
            environ.pop(name, None)
