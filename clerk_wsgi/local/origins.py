"""Where requests may come from, and where browsers may be sent: this machine only."""

from ipaddress import ip_address

from werkzeug.exceptions import BadRequest, Forbidden
from werkzeug.wrappers import Request

from clerk_wsgi.core.urls import Url, parse_url

ELSEWHERE = "The way back must lead to this site or to another one on this machine."


def is_loopback(host: str) -> bool:
    """Is it this very machine, whatever a name server may say?"""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def shared_domain(host: str) -> str:
    """The domain whose cookies each host below it gets: `shop.localhost`.

    Empty for addresses and for `localhost` itself, whose cookies are their own.
    """
    *_, name, top = ["", *host.split(".")]
    return f"{name}.localhost" if name and top == "localhost" else ""


def shares_cookies(one: Url, other: Url) -> bool:
    """Can either hand the other a cookie? Ports keep nobody apart (RFC 6265, 8.5)."""
    shared = shared_domain(one.host)
    return one.host == other.host or bool(
        shared and shared == shared_domain(other.host)
    )


def site_of(request: Request) -> Url:
    """The site that the browser asked for.

    Raises BadRequest for none, Forbidden for a name that is not this machine's: a
    stranger's name can be pointed here, and its pages could then read ours.
    """
    try:
        site = parse_url(f"{request.scheme}://{request.environ.get('HTTP_HOST', '')}/")
    except ValueError:
        raise BadRequest("The Host header names no host.") from None
    if not is_loopback(site.host):
        raise Forbidden("A local Clerk answers on localhost and 127.0.0.1 only.")
    return site


def way_back(request: Request, text: str) -> Url:
    """The URL in `text`, if browsers may be sent there. Raises BadRequest."""
    here = site_of(request)
    try:
        url = parse_url(text, here)
    except ValueError:
        raise BadRequest("The way back is no URL.") from None
    if url.origin != here.origin and not is_loopback(url.host):
        raise BadRequest(ELSEWHERE)
    return url


def require_own_page(request: Request) -> None:
    """Raise Forbidden for a form that another site had the browser send.

    Every browser names the site in at least one of two headers. Who sends neither is
    none, and has nobody's cookies but his own.
    """
    said = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = request.headers.get("Origin")
    if said not in ("same-origin", "none") or (
        origin is not None and origin != site_of(request).origin
    ):
        raise Forbidden("This form was sent from another site.")
