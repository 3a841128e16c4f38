"""The application's answer on its way out, with what we have to add to it."""

import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from clerk_wsgi.core.keys import is_development_secret_key
from clerk_wsgi.core.redirects import decorate_with_dev_browser
from clerk_wsgi.responses import (
    NO_STORE,
    REDIRECTED,
    Headers,
    Refusal,
    close,
    find,
    without,
)
from clerk_wsgi.visit import Visit

if TYPE_CHECKING:
    from _typeshed import OptExcInfo
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PRIVATE = ("Cache-Control", "private")
VARY = ("Vary", "Cookie, Authorization")


class Reply:
    """Runs the application in the request's own context and lets its answer pass.

    Headers are added as the answer starts, however late that is. An answer of 500 or
    above, or an exception, after `auth.protect()` refused is a framework's way of
    passing the refusal on: then the refusal is sent in its place.
    """

    def __init__(
        self, visit: Visit, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> None:
        self.visit = visit
        self.environ = environ
        self.start_response = start_response
        self.context = visit.context()
        self.has_started = False
        self.refused: list[bytes] | None = None

    def of(self, app: "WSGIApplication") -> Iterable[bytes]:
        try:
            body = self.context.run(app, self.environ, self.start)
        except Exception:
            self.visit.is_over = True
            return self.refuse_instead()
        if self.refused is None and not self.is_complete(body):
            return self.stream(body)
        self.visit.is_over = True
        if self.refused is None:
            return body
        self.context.run(close, body)
        return self.refused

    def stream(self, body: Iterable[bytes]) -> Iterable[bytes]:
        try:
            return Body(self, body)
        except Exception:
            refused = self.refuse_instead()
        self.context.run(close, body)
        self.visit.is_over = True
        return refused

    def is_complete(self, body: object) -> bool:
        """Will no code of the application run for this body any more?

        Then it passes as it is: servers send lists and files in better ways.
        """
        if not self.has_started:
            return False
        file_wrapper = self.environ.get("wsgi.file_wrapper")
        if type(body) in (list, tuple):
            return True
        return isinstance(file_wrapper, type) and isinstance(body, file_wrapper)

    def start(
        self, status: str, headers: Headers, exc_info: "OptExcInfo | None" = None, /
    ) -> Callable[[bytes], object]:
        """The `start_response` that the application is given."""
        if self.refused is not None:
            return discard
        refusal = self.visit.refusal
        if refusal is not None and status >= "500":
            self.refuse(refusal, exc_info)
            return discard
        return self.pass_on(status, headers, exc_info)

    def pass_on(
        self, status: str, headers: Headers, exc_info: "OptExcInfo | None"
    ) -> Callable[[bytes], object]:
        self.has_started = True
        headers = self.completed(status, headers)
        if exc_info:
            return self.start_response(status, headers, exc_info)
        return self.start_response(status, headers)

    def refuse_instead(self) -> list[bytes]:
        """The refusal, while an exception flies; without one that flies on."""
        refusal, exc_info = self.visit.refusal, sys.exc_info()
        if self.refused is not None:
            return self.refused
        if refusal is None:
            raise
        return self.refuse(refusal, exc_info if self.has_started else None)

    def refuse(
        self, refusal: Refusal, exc_info: "OptExcInfo | None" = None
    ) -> list[bytes]:
        response = refusal.get_response(self.environ)
        body, status, headers = response.get_wsgi_response(self.environ)
        self.pass_on(status, headers, exc_info)
        self.refused = list(body)
        return self.refused

    def completed(self, status: str, headers: Headers) -> Headers:
        visit = self.visit
        if not (visit.was_read or visit.state.headers or status.startswith("3")):
            return headers
        ours = list(visit.state.headers)
        if find(ours, "Set-Cookie"):
            headers = without(headers, "Cache-Control")
            if not find(ours, "Cache-Control"):
                ours.append(NO_STORE)
        elif visit.was_read:
            for header in (PRIVATE, VARY):
                if find(headers, header[0]) is None:
                    ours.append(header)
        if status.startswith("3") and find(headers, REDIRECTED[0]) == REDIRECTED[1]:
            headers = self.decorated(headers)
        return [*headers, *ours]

    def decorated(self, headers: Headers) -> Headers:
        """A redirect of ours that leaves the site takes the browser's token along.

        In development only (Clerk: middleware and auth object, 7.4).
        """
        to = find(headers, "Location")
        secret_key = self.visit.instance.options.secret_key
        if not to or not is_development_secret_key(secret_key):
            return headers
        token = self.visit.request.cookies.get("__clerk_db_jwt", "")
        to = decorate_with_dev_browser(to, str(self.visit.request.url), token)
        return [*without(headers, "Location"), ("Location", to)]


class Body:
    """A body that the application is still producing, in the request's context."""

    def __init__(self, reply: Reply, body: Iterable[bytes]) -> None:
        self.reply = reply
        self.body = body
        self.parts = reply.context.run(iter, body)

    def __iter__(self) -> "Body":
        return self

    def __next__(self) -> bytes:
        reply = self.reply
        if reply.refused is None:
            part = self.produce()
            if reply.refused is None:
                return part
        if not reply.refused:
            raise StopIteration
        return reply.refused.pop(0)

    def produce(self) -> bytes:
        try:
            return self.reply.context.run(next, self.parts)
        except StopIteration:
            raise
        except Exception:
            self.reply.refuse_instead()
            return b""

    def close(self) -> None:
        try:
            self.reply.context.run(close, self.body)
        finally:
            self.reply.visit.is_over = True


def discard(_: bytes) -> Any:
    """A `write` for the body of an answer that is not sent."""
