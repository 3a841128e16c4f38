"""What a browser asks of the Frontend API: who it is, and what its form says.

Source: Clerk, backend API, 6. Forms are urlencoded with names in snake_case; values
that are no text come as JSON.
"""

import json
from functools import cached_property
from typing import Any, NamedTuple

from werkzeug.wrappers import Request

from clerk_wsgi.core.strict_json import read_object
from clerk_wsgi.core.urls import Url
from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.clients import find_client, open_client
from clerk_wsgi.local.cookies import CLIENT
from clerk_wsgi.local.fapi_origins import page_of
from clerk_wsgi.local.issuing import Issuer
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.sessions import (
    current_session,
    is_alive,
)

DEV_BROWSER = "__clerk_db_jwt"
MOST, FEWEST, USUAL = 500, 1, 10


class Page(NamedTuple):
    limit: int
    offset: int


class Asked:
    """One request. What is missing or wrong in it raises ApiError."""

    def __init__(self, request: Request, issuer: Issuer) -> None:
        self.request = request
        self.issuer = issuer
        self.state = issuer.state
        self._client_id: str | None = None

    @cached_property
    def site(self) -> Url:
        return page_of(self.request)

    @property
    def token(self) -> str:
        """What the browser is known by: a parameter in development, else a cookie."""
        if self.issuer.settings.is_production:
            return self.request.cookies.get(CLIENT, "")
        return self.request.args.get(DEV_BROWSER, "")

    @property
    def client(self) -> Document | None:
        """The browser as it is now, also after its token was changed."""
        if self._client_id is None:
            found = find_client(self.state, self.token) if self.token else None
            self._client_id = found["id"] if found else None
            return found
        return self.state.records.get("client", self._client_id)

    def need_client(self) -> Document:
        """In production, browsers that are new here get a cookie with the answer."""
        client = self.client
        if client is None and self.issuer.settings.is_production:
            client = open_client(self.state)
            self._client_id = client["id"]
        if client is None:
            raise ApiError(401, "dev_browser_unauthenticated", "Unknown dev browser.")
        return client

    @property
    def session(self) -> Document:
        """The one that is named, else the browser's active one."""
        named = self.request.args.get("_clerk_session_id")
        if named:
            return session_of(self, named)
        found = current_session(self.state, self.need_client())
        if not found:
            raise signed_out()
        return found

    def require_session(self) -> None:
        """For answers that are the same for everybody who is signed in."""
        assert self.session

    @property
    def user(self) -> Document:
        return self.state.need("user", self.session["user_id"])

    def has(self, name: str) -> bool:
        return name in self.request.form

    def text(self, name: str, default: str = "") -> str:
        return self.request.form.get(name, default)

    def need(self, name: str) -> str:
        text = self.text(name).strip()
        if not text:
            said = f"Enter {name.replace('_', ' ')}."
            raise ApiError(422, "form_param_missing", said, name)
        return text

    def flag(self, name: str) -> bool:
        return self.text(name).casefold() == "true"

    def metadata(self, name: str) -> dict[str, Any]:
        """A member that is an object, in JSON."""
        try:
            return dict(read_object(self.text(name).encode()))
        except ValueError:
            said = f"{name} must be a valid object."
            raise ApiError(422, "form_param_format_invalid", said, name) from None

    def texts(self, name: str) -> list[str]:
        """A list: the name repeated, or once with the list in JSON."""
        given = self.request.form.getlist(name)
        if len(given) == 1 and given[0].startswith("["):
            try:
                return [str(each) for each in json.loads(given[0])]
            except (ValueError, RecursionError):
                return given
        return given

    def wanted(self, name: str) -> list[str]:
        """A filter: the parameter repeated, or once with commas."""
        given = self.request.args.getlist(name) + self.request.args.getlist(f"{name}[]")
        return [each for text in given for each in text.split(",") if each]

    @property
    def page(self) -> Page:
        limit = self.request.args.get("limit", USUAL, type=int)
        offset = self.request.args.get("offset", 0, type=int)
        return Page(max(FEWEST, min(limit, MOST)), max(0, offset))


def session_of(asked: Asked, session_id: str) -> Document:
    """Raises ApiError (401) for a session that is over, or another browser's."""
    client = asked.need_client()
    session = asked.state.records.get("session", session_id)
    if session is None or session["client_id"] != client["id"]:
        raise signed_out()
    if not is_alive(asked.state, session):
        raise signed_out()
    return session


def signed_out() -> ApiError:
    return ApiError(401, "signed_out", "You are signed out.")


def paged(asked: Asked, found: list[Document]) -> Document:
    """One page of a list; `total_count` is that of all."""
    limit, offset = asked.page
    return {"data": found[offset : offset + limit], "total_count": len(found)}
