"""May an expired session token be exchanged for a new one?

The checks, their order and their words are those of Clerk, backend API, 2.3.
"""

from collections.abc import Mapping
from typing import Any

from clerk_wsgi.core.errors import TokenVerificationError
from clerk_wsgi.core.tokens import Token, parse_token
from clerk_wsgi.core.urls import Url, parse_url
from clerk_wsgi.core.verification import verify_header, verify_signature
from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.issuing import Issuer
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.sessions import SESSION_SECONDS, is_alive
from clerk_wsgi.local.state import State

REUSE_SECONDS = 10
"""A page's requests are renewed side by side with one expired token."""


class Renewal:
    """One question: `asked` is the body, `session_id` comes from the path."""

    def __init__(
        self, asked: Mapping[str, Any], session_id: str, issuer: Issuer
    ) -> None:
        self.asked = asked
        self.session_id = session_id
        self.issuer = issuer

    @property
    def state(self) -> State:
        return self.issuer.state

    def granted(self) -> tuple[Document, Url]:
        """The session, and the site that gets the new token. Raises ApiError (401)."""
        site = self.site()
        claims = self.token().claims
        self.require_party(claims, site)
        session = self.session(claims)
        self.require_fresh(claims)
        return session, site

    def site(self) -> Url:
        try:
            return parse_url(self.text("request_origin"))
        except ValueError:
            raise refused("refresh_request_origin_invalid") from None

    def token(self) -> Token:
        try:
            token = parse_token(self.text("expired_token"))
            verify_header(token)
            key = self.issuer.keys.find(token.header.get("kid"))
            if key is None:
                raise refused("expired_session_token_invalid")
            verify_signature(token, key.verification_key)
        except TokenVerificationError:
            raise refused("expired_session_token_invalid") from None
        return token

    def require_party(self, claims: Mapping[str, Any], site: Url) -> None:
        if not claims.get("azp"):
            raise refused("expired_session_token_missing_azp")
        if claims["azp"] != site.origin:
            raise refused("refresh_request_origin_azp_mismatch")

    def session(self, claims: Mapping[str, Any]) -> Document:
        if not claims.get("sid"):
            raise refused("expired_session_token_missing_sid")
        if claims["sid"] != self.session_id:
            raise refused("refresh_sid_mismatch")
        session = self.state.records.get("session", self.session_id)
        if session is None:
            raise refused("session_refresh_session_not_found")
        if not is_alive(self.state, session):
            raise refused("session_refresh_inactive_session")
        if self.text("refresh_token") != session["_refresh_token"]:
            raise refused("refresh_token_not_found")
        if self.state.records.get("user", session["user_id"]) is None:
            raise refused("session_refresh_user_not_found")
        return session

    def require_fresh(self, claims: Mapping[str, Any]) -> None:
        issued = claims.get("iat")
        if not issued:
            raise refused("session_refresh_expired_session_token_missing_iat")
        if type(issued) not in (int, float):
            raise refused("session_refresh_cannot_determine_session_token_age")
        if issued < self.state.clock() - SESSION_SECONDS:
            raise refused("session_refresh_expired_session_token_too_old")
        if not self.is_first(str(claims.get("jti"))):
            raise refused("session_refresh_expired_session_token_consumed")

    def is_first(self, token_id: str) -> bool:
        """Is it the first time for that token, or nearly?"""
        state = self.state
        with state.changing():
            known = state.records.get("renewed", token_id)
            if known:
                return bool(state.clock() < known["at"] + REUSE_SECONDS)
            ends_at = state.clock() + SESSION_SECONDS
            state.records.keep(
                "renewed", {"id": token_id, "at": state.clock()}, ends_at
            )
        return True

    def text(self, name: str) -> str:
        value = self.asked.get(name)
        return value if isinstance(value, str) else ""


def refused(code: str) -> ApiError:
    return ApiError(401, code, f"The session cannot be renewed: {code}.")
