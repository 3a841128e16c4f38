"""Answers of a local instance: JSON in Clerk's shapes, and pages."""

import json
from http import HTTPStatus
from typing import Any

from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.wrappers import Response

from clerk_wsgi.local.html import Html, Pages
from clerk_wsgi.local.ids import Ids

PAGES = Pages("clerk_wsgi.local")

PAGE_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; base-uri 'none'; "
        "frame-ancestors 'none'; "
        "form-action 'self' http://localhost:* http://*.localhost:* "
        "http://127.0.0.1:* https://localhost:* https://*.localhost:*"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}

CODES = {
    404: "resource_not_found",
    405: "method_not_allowed",
    413: "request_body_too_large",
}


class ApiError(HTTPException):
    """An error in Clerk's words (Clerk: backend API, 1.5).

    `parameter` names the field of the form that it is about; `meta` says more.
    """

    def __init__(
        self,
        status: int,
        error_code: str,
        message: str,
        parameter: str = "",
        **meta: Any,
    ) -> None:
        super().__init__(message)
        self.code = status
        self.error_code = error_code
        named = {"param_name": parameter} if parameter else {}
        self.meta = {**named, **meta}


def json_answer(document: object, status: int = 200) -> Response:
    """The content type has no parameters: Clerk's own SDKs compare it as a whole."""
    response = Response(json.dumps(document), status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


def json_error(error: HTTPException) -> Response:
    status = error.code or 500
    code = getattr(error, "error_code", CODES.get(status, "request_invalid"))
    message = error.description or HTTPStatus(status).phrase
    entry: dict[str, Any] = {
        "code": code,
        "message": message,
        "long_message": message,
        "meta": getattr(error, "meta", {}),
    }
    answer = json_answer(
        {"errors": [entry], "clerk_trace_id": Ids().new("trace")}, status
    )
    return with_methods(answer, error)


def page(content: Html, *, title: str, root: str, status: int = 200) -> Response:
    """A whole page; `root` is the path that the instance is mounted at."""
    html = PAGES.render("layout.html", title=title, root=root, content=content)
    response = Response(html, status, content_type="text/html; charset=utf-8")
    response.headers.update(PAGE_HEADERS)
    return response


def page_error(error: HTTPException, root: str) -> Response:
    status = HTTPStatus(error.code or 500)
    said = error.description or ""
    content = PAGES.render("error.html", title=status.phrase, message=said)
    answer = page(content, title=status.phrase, root=root, status=status)
    return with_methods(answer, error)


def with_methods(response: Response, error: HTTPException) -> Response:
    if isinstance(error, MethodNotAllowed):
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
    return response


def sent_to(url: object, status: int = 303) -> Response:
    """A redirect that nobody keeps."""
    response = Response(status=status)
    response.headers["Location"] = str(url)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    return response
