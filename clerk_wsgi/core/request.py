"""A request as plain values, read once and never changed."""

from collections.abc import Iterable
from typing import Protocol

from clerk_wsgi.core.cookies import bearer_token, parse_cookies
from clerk_wsgi.core.errors import MalformedURLError
from clerk_wsgi.core.once import once
from clerk_wsgi.core.patterns import routed_path
from clerk_wsgi.core.urls import (
    Url,
    decode_pairs,
    parse_url,
    public_url,
    request_target,
)


class Headers(Protocol):
    """Request headers, whatever the case of their names."""

    def get(self, name: str, /) -> str | None: ...

    def items(self) -> Iterable[tuple[str, str]]: ...


class RequestView:
    """What may be asked about a request; each answer is worked out when asked.

    The texts are WSGI's native strings: `host` the Host header, `server` what stands
    in where there is none, `raw_uri` the request target where the server tells it.
    """

    def __init__(
        self,
        *,
        method: str,
        headers: Headers,
        path_info: str,
        script_name: str = "",
        query_string: str = "",
        raw_uri: str | None = None,
        scheme: str = "http",
        host: str = "",
        server: str = "",
        trust_forwarded_headers: bool = False,
    ) -> None:
        self.method = method.upper()
        self.headers = headers
        self.path_info = path_info
        self.script_name = script_name
        self.query_string = query_string
        self.raw_uri = raw_uri
        self.scheme = scheme
        self.host = host
        self.server = server
        self.trust_forwarded_headers = trust_forwarded_headers

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.method} {self.path_info!r}>"

    @once
    def path(self) -> str:
        """The decoded path, slashes folded, that route matchers see.

        Raises MalformedURLError for a path that no browser sends.
        """
        return routed_path(self.path_info)

    @once
    def url(self) -> Url:
        """The public URL of the request (Clerk: authenticating a request, 2).

        Raises MalformedURLError where host or target are none that a browser sends.
        """
        try:
            text = public_url(
                self.scheme,
                self.host,
                request_target(
                    self.script_name, self.path_info, self.query_string, self.raw_uri
                ),
                server=self.server,
                forwarded_host=self._forwarded("x-forwarded-host"),
                forwarded_proto=self._forwarded("x-forwarded-proto"),
            )
            return parse_url(text)
        except ValueError as error:
            raise MalformedURLError(
                f"The request's URL is malformed: {error}"
            ) from None

    def _forwarded(self, name: str) -> str | None:
        return self.headers.get(name) if self.trust_forwarded_headers else None

    @once
    def credentials(self) -> str:
        """All the headers that an identity is read from, in one text.

        Its line break keeps it apart from any token.
        """
        get = self.headers.get
        return f"{get('authorization') or ''}\n{get('cookie') or ''}"

    @once
    def cookies(self) -> dict[str, str]:
        return parse_cookies(self.headers.get("cookie") or "")

    @once
    def query(self) -> dict[str, str]:
        """The query's parameters; of several with one name, the first."""
        if not self.query_string:
            return {}
        return dict(reversed(decode_pairs(self.query_string)))

    @once
    def bearer(self) -> str | None:
        """The token in the Authorization header, verified by nobody yet."""
        return bearer_token(self.headers.get("authorization"))

    @property
    def is_document(self) -> bool:
        """Does a person look at the answer? (Clerk: middleware, 4.3)"""
        destination = self.headers.get("sec-fetch-dest")
        accepted = self.headers.get("accept") or ""
        return destination in ("document", "iframe") or "text/html" in accepted
