"""Where an application sends a browser, to learn who is there.

Source: Clerk, backend API, 6.1.
"""

from collections.abc import Sequence

from werkzeug.exceptions import BadRequest, MethodNotAllowed
from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from clerk_wsgi.core.urls import Url, set_parameter
from clerk_wsgi.local.answers import sent_to
from clerk_wsgi.local.clients import open_client
from clerk_wsgi.local.cookies import CLIENT
from clerk_wsgi.local.handshakes import keep_handshake
from clerk_wsgi.local.issuing import Issuer
from clerk_wsgi.local.origins import shares_cookies, site_of, way_back
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.satellites import (
    HANDSHAKE,
    PROOF,
    Synchronization,
    invalid,
    satellite_at,
)
from clerk_wsgi.local.sessions import activate, current_session

FOREIGN = "The application is on another domain, and could get no cookie from here."
LARGEST_COOKIE = 4000
"""Bytes; browsers drop larger ones without a word (RFC 6265, 6.1)."""


class HandshakeEndpoint:
    """In development a browser is known by the token in the URL and not by its cookies,
    so that no other site can have one speak for itself; in production by its cookie
    here, and what it brings back is a cookie, too.
    """

    def __init__(self, issuer: Issuer) -> None:
        self.issuer = issuer
        self.state = issuer.state
        self.sync = Synchronization(issuer)

    def rules(self) -> list[Rule]:
        return [Rule(HANDSHAKE, endpoint=self.handshake), *self.sync.rules()]

    def handshake(self, request: Request) -> Response:
        """Back to the application, with what it has to know about this browser."""
        if request.method != "GET":
            raise MethodNotAllowed(["GET"])
        if self.issuer.settings.is_production:
            return self.handshake_by_cookies(request)
        back = handshake_target(request)
        client = open_client(self.state, request.args.get("__clerk_db_jwt", ""))
        name, value = self.payload(request, self.directives(request, client, back))
        return sent_to(set_parameter(back, name, value), 307)

    def handshake_by_cookies(self, request: Request) -> Response:
        here = site_of(request)
        back = handshake_target(request)
        if not shares_cookies(here, back):
            raise invalid(FOREIGN)
        satellite = satellite_at(self.state, here.host)
        if satellite is None:
            client = open_client(self.state, request.cookies.get(CLIENT, ""))
        elif PROOF in request.args:
            client = self.sync.told(request)
        else:
            return self.sync.ask(request, satellite)
        write = self.issuer.cookies_for(back)
        payload = self.payload(request, self.directives(request, client, back))
        answer = sent_to(back, 307)
        answer.headers.add("Set-Cookie", write.handshake(*payload))
        if satellite is None:
            answer.headers.add("Set-Cookie", write.client(client["_token"]))
        return answer

    def directives(self, request: Request, client: Document, back: Url) -> list[str]:
        session = current_session(self.state, client)
        wanted = request.args.get("organization_id")
        if session and wanted is not None:
            session = activate(self.state, session, wanted) or session
        return self.issuer.directives(client, session, back)

    def payload(self, request: Request, directives: Sequence[str]) -> tuple[str, str]:
        """What the browser brings back: a nonce, or all of it, signed."""
        if request.args.get("format") == "nonce":
            return "__clerk_handshake_nonce", keep_handshake(self.state, directives)
        token = self.issuer.handshake_token(directives)
        if self.issuer.settings.is_production and len(token) > LARGEST_COOKIE:
            flavour = request.args.get("suffixed_cookies") == "true"
            token = self.issuer.handshake_token(self.of_flavour(directives, flavour))
        return "__clerk_handshake", token

    def of_flavour(self, directives: Sequence[str], suffixed: bool) -> list[str]:
        """Without the session cookies that the application does not read."""
        unread = (
            "__session=" if suffixed else f"__session_{self.issuer.settings.suffix}="
        )
        return [each for each in directives if not each.startswith(unread)]


def handshake_target(request: Request) -> Url:
    try:
        text = request.args.get("redirect_url")
        if not text:
            raise BadRequest("The parameter redirect_url is missing.")
        return way_back(request, text)
    except BadRequest as error:
        raise invalid(error.description or "") from None
