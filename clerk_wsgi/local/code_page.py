"""The page that asks for the code that came by e-mail: when signing in, and up."""

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.browsers import Browsers
from clerk_wsgi.local.fapi_codes import check_code, send_code
from clerk_wsgi.local.fapi_factors import CODE
from clerk_wsgi.local.forms import (
    form,
    link,
    notice,
    problem,
    sent_on,
    show_page,
    status_of,
    text_in,
)
from clerk_wsgi.local.issuing import Issuer
from clerk_wsgi.local.records import Document

WAITING_SECONDS = 60 * 60
Finish = Callable[[Request, Document], Response]


class CodePage:
    """`finish(request, waiting)` goes on once the code was right.

    `waiting` is what `begin` was given. One browser waits for one code at a time.
    """

    def __init__(self, issuer: Issuer, start: str, finish: Finish) -> None:
        self.state = issuer.state
        self.browsers = Browsers(issuer)
        self.start = start
        self.path = f"{start}/code"
        self.finish = finish

    def rules(self) -> list[Rule]:
        return form(self.path, self.show, self.take)

    def begin(self, request: Request, address: str, **known: Any) -> Response:
        """Send a code there, and ask for it. `known` is kept until it is right."""
        client = self.browsers.open(request)
        waiting = {"id": f"{self.path} {client['id']}", "address": address, **known}
        self._send(waiting)
        return self.browsers.remembered(request, sent_on(request, self.path), client)

    def show(self, request: Request) -> Response:
        waiting = self._waiting(request)
        if waiting is None:
            return sent_on(request, self.start)
        return self._page(request, waiting)

    def take(self, request: Request) -> Response:
        waiting = self._waiting(request)
        if waiting is None:
            return sent_on(request, self.start)
        if "again" in request.form:
            self._send(waiting)
            return self._page(request, waiting, said="A new code is on its way.")
        try:
            self._check(waiting, text_in(request, "code"))
            with self.state.changing():
                self.state.records.drop("waiting", waiting["id"])
                return self.finish(request, waiting)
        except ApiError as error:
            return self._page(request, waiting, error)

    def _check(self, waiting: Document, code: str) -> None:
        """Raises ApiError for a wrong code, after it was counted."""
        checked = check_code(self.state, waiting["verification"], code)
        if checked.error:
            self._keep({**waiting, "verification": checked.verification})
            raise checked.error

    def _waiting(self, request: Request) -> Document | None:
        client = self.browsers.find(request)
        if client is None:
            return None
        return self.state.records.get("waiting", f"{self.path} {client['id']}")

    def _send(self, waiting: Document) -> None:
        with self.state.changing():
            address, user_id = waiting["address"], waiting.get("user_id")
            sent = send_code(self.state, address, CODE, user_id)
            self._keep({**waiting, "verification": sent})

    def _keep(self, waiting: Document) -> None:
        with self.state.changing():
            ends_at = self.state.clock() + WAITING_SECONDS
            self.state.records.keep("waiting", waiting, ends_at)

    def _page(
        self,
        request: Request,
        waiting: Document,
        error: ApiError | None = None,
        said: str = "",
    ) -> Response:
        return show_page(
            request,
            "code.html",
            "Check your e-mail",
            status_of(error),
            said=problem(error) or notice(said),
            address=waiting["address"],
            start=link(request, self.start),
        )
