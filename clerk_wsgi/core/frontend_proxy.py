"""A request to Clerk's Frontend API that comes through the site's own origin.

What is forwarded takes the secret key along, so all of it goes to one host: the
target is the configured base with a path behind it, and is never resolved.

Source: Clerk, middleware and auth object, 11. Stricter than Clerk: no TRACE, whose
answer would hold the secret key.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from clerk_wsgi.core.errors import ClerkError, ConfigurationError
from clerk_wsgi.core.frontend_proxy_headers import Pairs, Visitor, forwarded, host_of
from clerk_wsgi.core.frontend_proxy_settings import ProxySettings, is_proxied
from clerk_wsgi.core.urls import Url, parse_url

NEVER_PROXIED = frozenset(("CONNECT", "TRACE", "TRACK"))


class Body(Protocol):
    """The blocks of an answer; whoever got it closes it."""

    def __iter__(self) -> Iterator[bytes]: ...

    def close(self) -> object: ...


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What is sent to Clerk: to `origin`, for `target` as it is spelled.

    `headers` have lower-case names. `length` is the body's in bytes, None where nobody
    knows it or where there is no body.
    """

    method: str
    origin: str
    target: str
    headers: dict[str, str] = field(repr=False)
    body: Iterable[bytes] | None = None
    length: int | None = None


@dataclass(frozen=True, slots=True)
class Incoming:
    """What Clerk answered; the body may still be on its way."""

    status: int
    headers: list[tuple[str, str]]
    body: Body


class ProxyError(ClerkError):
    """A request that is answered here instead of at Clerk, in Clerk's form."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code

    @property
    def body(self) -> str:
        errors = [{"code": self.code, "message": str(self)}]
        return json.dumps({"errors": errors}, ensure_ascii=False, separators=(",", ":"))


def outgoing(
    settings: ProxySettings,
    method: str,
    url: Url,
    proxy_path: str,
    headers: Pairs,
    visitor: Visitor,
) -> Outgoing:
    """The request to Clerk for the browser's, whose body the caller adds.

    Raises ProxyError for what is not proxied.
    """
    if not is_proxied(url.path, proxy_path):
        raise ProxyError(
            400,
            "proxy_path_mismatch",
            f'Request path "{url.path}" does not match proxy path "{proxy_path}"',
        )
    if method in NEVER_PROXIED:
        raise failed(400, f"The method {method} is not proxied")
    target = target_url(settings, url.path.removeprefix(proxy_path), url.query)
    return Outgoing(
        method=method,
        origin=settings.target.origin,
        target=target.removeprefix(settings.target.origin),
        headers={
            **forwarded(headers, visitor),
            "clerk-proxy-url": visitor.public_origin + proxy_path,
            "clerk-secret-key": settings.secret_key,
            "host": host_of(settings.target),
            "accept-encoding": "identity",
        },
    )


def target_url(settings: ProxySettings, path: str, query: str | None) -> str:
    """`path` and `query` behind the base. Raises ProxyError if the host changes."""
    target = settings.base + (path or "/") + ("" if query is None else f"?{query}")
    try:
        is_there = parse_url(target).origin == settings.target.origin
    except ValueError:
        is_there = False
    if not is_there:
        raise failed(400, "Resolved target does not match the expected host")
    return target


def failed(status: int, message: str) -> ProxyError:
    return ProxyError(status, "proxy_request_failed", message)


def misconfigured(error: ConfigurationError) -> ProxyError:
    """For keys that depend on the request: what is wrong, told as Clerk does."""
    return ProxyError(500, "proxy_configuration_error", str(error).partition("\n")[0])
