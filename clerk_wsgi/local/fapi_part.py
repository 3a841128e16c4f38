"""What all parts of the Frontend API share: how they are asked, and how they answer.

Source: Clerk, backend API, 6.2; the shape `{"response", "client"}` is what Clerk's
browser library reads.
"""

from collections.abc import Callable, Mapping
from typing import Any

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from clerk_wsgi.local.answers import ApiError, json_answer
from clerk_wsgi.local.client_resources import client_resource
from clerk_wsgi.local.fapi_origins import require_known_page
from clerk_wsgi.local.fapi_requests import Asked
from clerk_wsgi.local.issuing import Issuer
from clerk_wsgi.local.origins import site_of
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.state import shown, shown_value

Found = Mapping[str, Any] | list[Any] | ApiError | Response | None
Answer = Callable[..., Found]

UNKEPT = {"GET"}


class FrontendPart:
    def __init__(self, issuer: Issuer) -> None:
        self.issuer = issuer
        self.state = issuer.state

    def rule(self, method: str, path: str, answer: Answer) -> Rule:
        """`answer(asked, **names)` gives what belongs under `response`.

        It happens whole or not at all. An ApiError that is raised undoes it; one that
        is returned is answered, too, but keeps what was changed.
        """

        def endpoint(request: Request, **names: str) -> Response:
            require_known_page(request)
            asked = Asked(request, self.issuer)
            with self.state.changing():
                before = asked.client
                found = answer(asked, **names)
                response = self._told(asked, found, with_client=method not in UNKEPT)
                self._mark(asked, response, before)
            if isinstance(found, ApiError):
                raise found
            return response

        return Rule(f"/v1{path}", endpoint=endpoint, methods=[method])

    def _told(self, asked: Asked, found: Found, *, with_client: bool) -> Response:
        if isinstance(found, Response):
            return found
        if isinstance(found, ApiError):
            return Response()
        told: dict[str, Any] = {"response": listed(found), "client": None}
        client = asked.client
        if with_client and client is not None:
            told["client"] = client_resource(self.issuer, client, asked.site)
        return json_answer(told)

    def _mark(self, asked: Asked, response: Response, before: Document | None) -> None:
        """In production the browser is told by cookies what has changed about it."""
        client = asked.client
        if not self.issuer.settings.is_production or client is None:
            return
        write = self.issuer.cookies_for(site_of(asked.request))
        cookies = []
        if before is None or before["_token"] != client["_token"]:
            cookies.append(write.client(client["_token"]))
        if before is None or who_is_in(before) != who_is_in(client):
            _, since = who_is_in(client)
            cookies += write.changed(since)
        for cookie in cookies:
            response.headers.add("Set-Cookie", cookie)


def who_is_in(client: Mapping[str, Any]) -> tuple[str | None, int]:
    """The active session, and since when (epoch seconds; 0 if there is none)."""
    session_id = client["last_active_session_id"]
    return session_id, client["_changed_at"] if session_id else 0


def listed(found: Any) -> Any:
    return shown(found) if isinstance(found, Mapping) else shown_value(found)
