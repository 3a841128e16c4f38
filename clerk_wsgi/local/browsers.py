"""Which browser is it that looks at an account page, and how is it told what changed?

In development a browser is known by a token that sites pass on in URLs, in production
by a cookie that only the Frontend API has (Clerk: backend API, 6.1).
"""

from collections.abc import Iterator

from werkzeug.wrappers import Request, Response

from clerk_wsgi.core.urls import Url, append_parameter, set_parameter
from clerk_wsgi.local.answers import sent_to
from clerk_wsgi.local.clients import find_client, open_client, renamed
from clerk_wsgi.local.cookies import CLIENT
from clerk_wsgi.local.fapi_entrance import enter
from clerk_wsgi.local.issuing import Issuer
from clerk_wsgi.local.origins import site_of, way_back
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.sessions import (
    current_session,
    end_session,
    sessions_of,
)

DEV_BROWSER = "__clerk_db_jwt"
SYNCED = "__clerk_synced"
NO_LOOP = "__clerk_redirect_count=; Path=/; SameSite=Lax; HttpOnly; Max-Age=0"


class Browsers:
    def __init__(self, issuer: Issuer) -> None:
        self.issuer = issuer
        self.state = issuer.state

    @property
    def is_production(self) -> bool:
        return self.issuer.settings.is_production

    def find(self, request: Request) -> Document | None:
        for token in filter(None, self._tokens(request)):
            found = find_client(self.state, token)
            if found:
                return found
        return None

    def open(self, request: Request) -> Document:
        """The browser; a new one if nobody knows it."""
        return self.find(request) or open_client(self.state)

    def session(self, request: Request) -> Document | None:
        return current_session(self.state, self.find(request))

    def entered(
        self, request: Request, back: Url, user_id: str, strategy: str
    ) -> Response:
        """The user is signed in here, in place of whoever was; nobody else's token is
        good for that, so it is a new one. Raises ApiError (403) for who may not.
        """
        client = self.open(request)
        with self.state.changing():
            for old in sessions_of(self.state, client):
                end_session(self.state, old["id"], "replaced")
            enter(self.issuer, client, user_id, strategy)
            client = renamed(self.state, client)
        return self.returned(request, back, client)

    def returned(self, request: Request, back: Url, client: Document) -> Response:
        """Back to the application, which asks by handshake what has changed.

        Whoever sends a form is in no redirect loop, however many redirects came before.
        """
        if not self.is_production:
            back = set_parameter(back, DEV_BROWSER, client["_token"])
        answer = self.remembered(request, sent_to(back), client)
        answer.headers.add("Set-Cookie", NO_LOOP)
        return answer

    def remembered(
        self, request: Request, answer: Response, client: Document
    ) -> Response:
        """The answer, after which the browser is known on the next page."""
        write = self.issuer.cookies_for(site_of(request))
        cookies = write.dev_browser(client["_token"])
        if self.is_production:
            is_signed_in = current_session(self.state, client) is not None
            changed_at = client["_changed_at"] if is_signed_in else 0
            cookies = [
                write.client(client["_token"]),
                *write.changed(changed_at),
                *write.without_session(),
            ]
        for cookie in cookies:
            answer.headers.add("Set-Cookie", cookie)
        return answer

    def introduced(self, request: Request) -> Response | None:
        """Back to the satellite that asks, if one does, and it learns the browser's
        token. In development only (Clerk: authenticating a request, 10.2).
        """
        satellite = request.args.get("__clerk_redirect_url")
        if not satellite or self.is_production:
            return None
        back = way_back(request, satellite)
        client = self.open(request)
        back = append_parameter(back, DEV_BROWSER, client["_token"])
        answer = sent_to(set_parameter(back, SYNCED, "true"), 307)
        return self.remembered(request, answer, client)

    def _tokens(self, request: Request) -> Iterator[str]:
        """Plain cookies may be those of another application on this host."""
        if self.is_production:
            yield request.cookies.get(CLIENT, "")
            return
        yield request.args.get(DEV_BROWSER, "")
        yield request.cookies.get(f"{DEV_BROWSER}_{self.issuer.settings.suffix}", "")
        yield request.cookies.get(DEV_BROWSER, "")
