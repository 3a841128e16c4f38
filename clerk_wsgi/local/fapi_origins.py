"""Pages of other origins: those on this machine may ask, nobody else's may act."""

from werkzeug.datastructures import Headers
from werkzeug.wrappers import Request, Response

from clerk_wsgi.core.urls import Url, parse_url
from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.origins import is_loopback, site_of

METHODS = "GET, POST, PUT, PATCH, DELETE"
FOREIGN = "The page that sent this request is not on this machine."
SECONDS = "600"


def require_known_page(request: Request) -> None:
    """Raise ApiError (400) where the browser says that a foreign page is asking.

    Programs that are no browser send no `Origin`.
    """
    if "Origin" in request.headers and page_origin(request.headers) is None:
        raise ApiError(400, "origin_invalid", FOREIGN)


def page_origin(headers: Headers) -> Url | None:
    """The page's origin, if it is on this machine; `null` is nobody's."""
    try:
        origin = parse_url(headers.get("Origin", ""))
    except ValueError:
        return None
    return origin if is_loopback(origin.host) else None


def page_of(request: Request) -> Url:
    """The site that a token is for: of the page that asks, else the one asked.

    Browsers name no origin when a page gets something from its own.
    """
    known = page_origin(request.headers)
    if known is not None:
        return known
    try:
        page = parse_url(request.headers.get("Referer", ""))
    except ValueError:
        return site_of(request)
    return page if is_loopback(page.host) else site_of(request)


def base_url(request: Request) -> str:
    """Where browsers find this instance, also behind a proxy that says so."""
    here = f"{site_of(request).origin}{request.root_path}"
    try:
        said = parse_url(request.headers.get("Clerk-Proxy-Url", ""))
    except ValueError:
        return here
    return str(said).rstrip("/") if is_loopback(said.host) else here


def is_preflight(request: Request) -> bool:
    return (
        request.method == "OPTIONS"
        and "Access-Control-Request-Method" in request.headers
    )


def preflight() -> Response:
    """What a page may send; `opened` says whether this one may."""
    answer = Response(status=204)
    del answer.headers["Content-Type"]
    answer.headers["Access-Control-Allow-Methods"] = METHODS
    answer.headers["Access-Control-Allow-Headers"] = "Content-Type"
    answer.headers["Access-Control-Max-Age"] = SECONDS
    return answer


def opened(request: Request, answer: Response) -> Response:
    """The answer, readable for pages on this machine, and with their cookies."""
    answer.headers.add("Vary", "Origin")
    origin = page_origin(request.headers)
    if origin is not None:
        answer.headers["Access-Control-Allow-Origin"] = origin.origin
        answer.headers["Access-Control-Allow-Credentials"] = "true"
    return answer
