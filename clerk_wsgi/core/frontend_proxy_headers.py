"""Which headers pass the Frontend API proxy, there and back.

Source: Clerk, middleware and auth object, 11. Stricter than Clerk: forwarded headers
count only where the proxies in front are trusted.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from clerk_wsgi.core.frontend_proxy_settings import ProxySettings
from clerk_wsgi.core.urls import Url, parse_url, public_url

Pairs = Iterable[tuple[str, str]]

HOP_BY_HOP = frozenset(
    (
        *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization"),
        *("proxy-connection", "te", "trailer", "trailers", "transfer-encoding"),
        "upgrade",
    )
)
# The transport frames the body anew, and the server has answered `Expect`.
REFRAMED = frozenset(("content-length", "expect"))
# What only a proxy in front of us can know.
TOLD_BY_PROXIES = frozenset(
    (
        *("cf-connecting-ip", "forwarded", "x-real-ip"),
        *("x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"),
    )
)
# The transport hands on what was inside.
DECODED = frozenset(("content-encoding", "content-length"))

_NAME = re.compile(r"[!#-'*+\-.0-9A-Z^-z|~]+")
_VALUE = re.compile(r"[\t -~\x80-\xff]*")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks, and at which origin: the one the server sees and the public one."""

    origin: Url
    public_origin: str
    address: str = ""
    trust_forwarded_headers: bool = False


def public_origin(origin: Url, forwarded_proto: str, forwarded_host: str) -> str:
    """The origin that the browser sees: the forwarded one, if it is there in full."""
    if not (forwarded_proto.strip() and forwarded_host.strip()):
        return origin.origin
    url = public_url(
        origin.scheme,
        host_of(origin),
        "/",
        forwarded_host=forwarded_host,
        forwarded_proto=forwarded_proto,
    )
    return parse_url(url).origin


def forwarded(headers: Pairs, visitor: Visitor) -> dict[str, str]:
    """The browser's headers that go on to Clerk, and who it is that sent them."""
    trusted = visitor.trust_forwarded_headers
    dropped = REFRAMED if trusted else REFRAMED | TOLD_BY_PROXIES
    kept = {name.lower(): value for name, value in end_to_end(headers, dropped)}
    address = client_address(kept) or visitor.address
    if address:
        kept["x-forwarded-for"] = address
    kept.setdefault("x-forwarded-host", host_of(visitor.origin))
    kept.setdefault("x-forwarded-proto", visitor.origin.scheme)
    return kept


def client_address(headers: dict[str, str]) -> str:
    """The browser's address as the proxies before us tell it; empty if they do not."""
    first = headers.get("x-forwarded-for", "").partition(",")[0]
    told = (headers.get("cf-connecting-ip"), headers.get("x-real-ip"), first)
    return next((each.strip() for each in told if each and each.strip()), "")


def answered(
    headers: Pairs, settings: ProxySettings, proxy_url: str
) -> list[tuple[str, str]]:
    """The headers of Clerk's answer as the browser gets them."""
    passed = []
    for name, value in end_to_end(headers, DECODED):
        if not (_NAME.fullmatch(name) and _VALUE.fullmatch(value)):
            continue
        if name.lower() == "location":
            value = rewritten(value, settings.target, proxy_url)
        passed.append((name, value))
    return passed


def rewritten(location: str, target: Url, proxy_url: str) -> str:
    """A redirect within Clerk's Frontend API stays within the proxy."""
    try:
        to = parse_url(location, target)
    except ValueError:
        return location
    if host_of(to) != host_of(target):
        return location
    return proxy_url + str(to).removeprefix(to.origin)


def end_to_end(headers: Pairs, dropped: Collection[str] = ()) -> list[tuple[str, str]]:
    """Without the headers that are for the next hop alone, and without `dropped`."""
    pairs = list(headers)
    named = {
        each.strip().lower()
        for name, value in pairs
        if name.lower() == "connection"
        for each in value.split(",")
    }
    gone = HOP_BY_HOP | named | set(dropped)
    return [pair for pair in pairs if pair[0].lower() not in gone]


def host_of(url: Url) -> str:
    """Host and, where it is not the scheme's own, port."""
    return url.origin.partition("://")[2]
