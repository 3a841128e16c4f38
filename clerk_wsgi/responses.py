"""Answers of our own, and headers added to other people's."""

import json
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from clerk_wsgi.core.reverification import reverification_error

Reverification = str | Mapping[str, Any] | None
Headers = list[tuple[str, str]]

NO_STORE = ("Cache-Control", "no-store")
REDIRECTED = ("X-Clerk-Redirect-To", "true")


def answer(
    status: int, headers: Iterable[tuple[str, str]] = (), body: str = ""
) -> Response:
    """A small answer; itself a WSGI application."""
    response = Response(body, status, content_type="text/plain; charset=utf-8")
    for name, value in headers:
        response.headers.add(name, value)
    return response


def redirect(to: str) -> Response:
    """A temporary redirect that keeps the method, marked as ours."""
    return answer(307, [("Location", to), REDIRECTED])


def reverification_response(config: Reverification = None) -> Response:
    """403 for a user who has to prove once more who they are; Clerk's client knows it.

    `config` is what `has(reverification=...)` was asked. Source: Clerk, middleware and
    auth object, 3.4.
    """
    body = json.dumps(reverification_error(config), separators=(",", ":"))
    return Response(body, 403, content_type="application/json")


class Refusal(HTTPException):
    """The answer of `auth.protect()`: a redirect, 401, 404 or 503.

    Frameworks that know werkzeug render it; for others the session layer does.
    """

    def __init__(self, status: int, headers: Sequence[tuple[str, str]] = ()) -> None:
        body = "" if status in (307, 401) else f"{HTTPStatus(status).phrase}\n"
        super().__init__(response=answer(status, [*headers, NO_STORE], body))
        self.code = status

    def __str__(self) -> str:
        status = HTTPStatus(self.code or 500)
        return f"{status.value} {status.phrase}"


def find(headers: Iterable[tuple[str, str]], name: str) -> str | None:
    """The first value under that name, whatever its case."""
    name = name.lower()
    for key, value in headers:
        if key.lower() == name:
            return value
    return None


def without(headers: Headers, name: str) -> Headers:
    name = name.lower()
    return [(key, value) for key, value in headers if key.lower() != name]


def close(body: Any) -> None:
    """End an application's body, if it can be ended (PEP 3333)."""
    end = getattr(body, "close", None)
    if end is not None:
        end()
