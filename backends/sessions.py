"""Sessions, browsers and tokens: `clerk_client().sessions` and its neighbours.

Source: Clerk, backend API, 2.2 to 2.4, 3.4 and 3.5.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from clerk_wsgi.backends.group import Group
from clerk_wsgi.backends.resource import Page
from clerk_wsgi.backends.session_resources import (
    Client,
    Cookies,
    Session,
    SignInToken,
    TestingToken,
    Token,
)


class Sessions(Group):
    def get(self, session_id: str) -> Session:
        return self._ask(Session, "GET", "sessions", session_id)

    def list(self, **filters: Any) -> Page[Session]:
        """`user_id`, `client_id`, `status`, `limit`, `offset`."""
        return self._list(Session, "sessions", query={**filters, "paginated": True})

    def create(self, user_id: str) -> Session:
        """A session for tests."""
        return self._ask(Session, "POST", "sessions", body={"user_id": user_id})

    def revoke(self, session_id: str) -> Session:
        return self._ask(Session, "POST", "sessions", session_id, "revoke")

    def get_token(
        self,
        session_id: str,
        template: str = "",
        expires_in_seconds: int | None = None,
    ) -> Token:
        """A new token for the session, shaped by the template of that name, if any.

        It lives for 30 to 315,360,000 seconds; Clerk or the template knows how long.
        """
        path = ("sessions", session_id, "tokens", *filter(None, (template,)))
        given = expires_in_seconds is not None
        body = {"expires_in_seconds": expires_in_seconds} if given else None
        return self._ask(Token, "POST", *path, body=body)

    def refresh(
        self,
        session_id: str,
        *,
        expired_token: str,
        refresh_token: str,
        request_origin: str,
        request_headers: Mapping[str, Sequence[str]] | None = None,
        request_originating_ip: str | None = None,
        format: str = "cookie",  # noqa: A002 - Clerk's name
        suffixed_cookies: bool = False,
    ) -> Cookies | Token:
        """A renewed session: Cookies, or a Token with `format="token"`.

        `request_headers` are those of the browser's request, by name.
        """
        asked = {
            "format": format,
            "expired_token": expired_token,
            "refresh_token": refresh_token,
            "request_origin": request_origin,
            "request_headers": request_headers,
            "request_originating_ip": request_originating_ip,
        }
        body = {name: value for name, value in asked.items() if value is not None}
        query = {"suffixed_cookies": suffixed_cookies}
        path = ("sessions", session_id, "refresh")
        kind: type[Cookies] | type[Token] = Token if format == "token" else Cookies
        return self._ask(kind, "POST", *path, query=query, body=body)


class Clients(Group):
    def get(self, client_id: str) -> Client:
        return self._ask(Client, "GET", "clients", client_id)

    def list(self, **paging: Any) -> Page[Client]:
        return self._list(Client, "clients", query={**paging, "paginated": True})

    def verify(self, token: str) -> Client:
        """The browser that this `__client` token belongs to."""
        return self._ask(Client, "POST", "clients", "verify", body={"token": token})

    def get_handshake_payload(self, nonce: str) -> dict[str, Any]:
        """`{"directives": [...]}`: the Set-Cookie values of a handshake, once."""
        path = ("clients", "handshake_payload")
        return self._ask(dict, "GET", *path, query={"nonce": nonce})


class SignInTokens(Group):
    def create(
        self, user_id: str, *, expires_in_seconds: int | None = None
    ) -> SignInToken:
        """Signs the user in, once, within the time given (30 days if not)."""
        body: dict[str, Any] = {"user_id": user_id}
        if expires_in_seconds is not None:
            body["expires_in_seconds"] = expires_in_seconds
        return self._ask(SignInToken, "POST", "sign_in_tokens", body=body)

    def revoke(self, sign_in_token_id: str) -> SignInToken:
        path = ("sign_in_tokens", sign_in_token_id, "revoke")
        return self._ask(SignInToken, "POST", *path)


class TestingTokens(Group):
    __test__ = False  # pytest takes its name for a test's

    def create(self) -> TestingToken:
        return self._ask(TestingToken, "POST", "testing_tokens")


class KeySets(Group):
    def get(self) -> dict[str, Any]:
        """`{"keys": [...]}`: the public keys of the instance, as a JWK set."""
        return self._ask(dict, "GET", "jwks")
