"""A request to Clerk's Frontend API that comes through the site's own origin.

What is forwarded takes the secret key along, so everything here keeps to one host: the
target is the configured base with a path behind it and is never resolved against
anything, and a redirect to somewhere else is the browser's business.

Source: Clerk, middleware and auth object, 11. Stricter than Clerk: plain http only on
the machine itself, forwarded headers only of trusted proxies, no TRACE, which would
send the secret key back.
"""

import json
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Protocol

from clerk_wsgi.core.errors import ClerkError, ConfigurationError
from clerk_wsgi.core.keys import is_production_publishable_key, proxy_target_for
from clerk_wsgi.core.urls import Url, parse_url

DEFAULT_PATH = "/__clerk"

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
DECODED = frozenset(("content-encoding", "content-length"))
NEVER_PROXIED = frozenset(("CONNECT", "TRACE", "TRACK"))

Pairs = Iterable[tuple[str, str]]

_PATH = re.compile(r"(?:/[A-Za-z0-9._~!$&'()*+,;=:@-]+)*/*")
_DOTS = re.compile(r"/\.{1,2}(?:/|\Z)")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_HEADER_NAME = re.compile(r"[!#-'*+\-.0-9A-Z^-z|~]+")
_HEADER_VALUE = re.compile(r"[\t -~\x80-\xff]*")


class Body(Protocol):
    """The blocks of an answer; whoever got it closes it."""

    def __iter__(self) -> Iterable[bytes]: ...

    def close(self) -> object: ...


class ProxyError(ClerkError):
    """A request that is answered here and not at Clerk, in Clerk's form."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code

    @property
    def body(self) -> str:
        errors = [{"code": self.code, "message": str(self)}]
        return json.dumps({"errors": errors}, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class ProxySettings:
    """Where requests go and as whom. `base` ends without a slash."""

    base: str
    secret_key: str = field(repr=False)

    @property
    def target(self) -> Url:
        return parse_url(self.base)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What is sent to Clerk: to `origin`, for `target` as it is spelled.

    `headers` have lower-case names. `length` is the body's in bytes; it may be None
    while there is a body.
    """

    method: str
    origin: str
    target: str
    headers: dict[str, str] = field(repr=False)
    body: Iterable[bytes] | None = None
    length: int | None = None


@dataclass(frozen=True, slots=True)
class Incoming:
    """What Clerk answered, as far as it has come."""

    status: int
    headers: list[tuple[str, str]]
    body: Body


@dataclass(frozen=True, slots=True)
class Visitor:
    """The browser's side: the site's public origin, its own, and who asks."""

    public_origin: str
    origin: Url
    address: str = ""
    trust_forwarded_headers: bool = False


def read_path(given: object) -> str:
    """The path that is proxied, without slashes at its end; empty means all."""
    if given is None or given == "":
        return DEFAULT_PATH
    if not isinstance(given, str) or not _PATH.fullmatch(given) or _DOTS.search(given):
        raise ConfigurationError(
            "The option path of FrontendApiProxyLayer must be a path such as /__clerk."
        )
    return given.rstrip("/")


def read_settings(
    publishable_key: str, secret_key: str, fapi_url: str = ""
) -> ProxySettings:
    """Raises ConfigurationError, whose first line is Clerk's."""
    if not publishable_key:
        raise _missing("publishableKey", "CLERK_PUBLISHABLE_KEY")
    if not secret_key:
        raise _missing("secretKey", "CLERK_SECRET_KEY")
    base = fapi_url or proxy_target_for(publishable_key)
    try:
        return ProxySettings(_base(base), secret_key)
    except ValueError as error:
        raise ConfigurationError(
            f"{error}\nMend the option fapi_url or the variable CLERK_FAPI_URL."
        ) from None


def is_proxied(path: str, proxy_path: str) -> bool:
    """Is `path`, dot segments resolved and not decoded, within `proxy_path`?"""
    return path == proxy_path or path.startswith(f"{proxy_path}/")


def is_proxied_by_default(
    host: str, publishable_key: str, *, proxy_url: str, domain: str, is_disabled: bool
) -> bool:
    """Does a site that says nothing about a proxy get one? On Vercel, in production."""
    on_its_own = not (proxy_url or domain or is_disabled)
    is_live = is_production_publishable_key(publishable_key)
    return on_its_own and is_live and host.endswith(".vercel.app")


def public_origin(origin: Url, forwarded_proto: str, forwarded_host: str) -> str:
    """The origin that the browser sees: the forwarded one, if it is there in full."""
    proto = forwarded_proto.partition(",")[0].strip()
    host = forwarded_host.partition(",")[0].strip()
    if proto and host:
        try:
            return parse_url(f"{proto}://{host}").origin
        except ValueError:
            pass
    return origin.origin


def outgoing(
    settings: ProxySettings,
    method: str,
    url: Url,
    proxy_path: str,
    headers: Pairs,
    visitor: Visitor,
) -> Outgoing:
    """The request to Clerk for the browser's; its body is still to come.

    Raises ProxyError for what is not proxied.
    """
    if not is_proxied(url.path, proxy_path):
        raise ProxyError(
            400,
            "proxy_path_mismatch",
            f'Request path "{url.path}" does not match proxy path "{proxy_path}"',
        )
    if method in NEVER_PROXIED:
        raise refused(400, f"The method {method} is not proxied")
    target = target_url(settings, url.path[len(proxy_path) :], url.query)
    origin = settings.target.origin
    return Outgoing(
        method=method,
        origin=origin,
        target=target[len(origin) :],
        headers={
            **forwarded(headers, visitor),
            "clerk-proxy-url": visitor.public_origin + proxy_path,
            "clerk-secret-key": settings.secret_key,
            "host": host_of(settings.target),
            "accept-encoding": "identity",
        },
    )


def target_url(settings: ProxySettings, path: str, query: str | None) -> str:
    """`path` and `query` behind the base, by concatenation; the host must survive it."""
    target = settings.base + (path or "/") + ("" if query is None else f"?{query}")
    try:
        is_there = parse_url(target).origin == settings.target.origin
    except ValueError:
        is_there = False
    if not is_there:
        raise refused(400, "Resolved target does not match the expected host")
    return target


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
    chain = headers.get("x-forwarded-for", "").partition(",")[0]
    told = (headers.get("cf-connecting-ip"), headers.get("x-real-ip"), chain)
    return next((each.strip() for each in told if each and each.strip()), "")


def answered(
    headers: Pairs, settings: ProxySettings, proxy_url: str
) -> list[tuple[str, str]]:
    """The headers of Clerk's answer as the browser gets them."""
    return [
        (name, rewritten(value, settings, proxy_url))
        if name.lower() == "location"
        else (name, value)
        for name, value in end_to_end(headers, DECODED)
        if _HEADER_NAME.fullmatch(name) and _HEADER_VALUE.fullmatch(value)
    ]


def rewritten(location: str, settings: ProxySettings, proxy_url: str) -> str:
    """A redirect within Clerk's Frontend API stays within the proxy."""
    target = settings.target
    try:
        to = parse_url(location, target)
    except ValueError:
        return location
    if host_of(to) != host_of(target):
        return location
    return proxy_url + str(to)[len(to.origin) :]


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


def refused(status: int, message: str) -> ProxyError:
    return ProxyError(status, "proxy_request_failed", message)


def misconfigured(error: ConfigurationError) -> ProxyError:
    """For keys that come with the request: what is wrong, told as Clerk does."""
    return ProxyError(500, "proxy_configuration_error", str(error).partition("\n")[0])


def _missing(name: str, variable: str) -> ConfigurationError:
    return ConfigurationError(
        f"Missing {name}. Provide it in options or set {variable} environment variable."
    )


def _base(text: str) -> str:
    scheme = _SCHEME.match(text)
    if not scheme:
        raise ValueError("Invalid URL")
    if scheme[1].lower() not in ("http", "https"):
        raise ValueError("FAPI URL must use http or https")
    authority = re.split(r"[/\\]", text[scheme.end() :].lstrip("/\\"), maxsplit=1)[0]
    if "@" in authority or "?" in text or "#" in text:
        raise ValueError(
            "FAPI URL must not include credentials, a query string, or a hash"
        )
    try:
        url = parse_url(text)
    except ValueError:
        raise ValueError("Invalid URL") from None
    if url.scheme == "http" and not _is_this_machine(url.host):
        raise ValueError("FAPI URL must use https, but for this machine itself")
    return str(url).rstrip("/")


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
