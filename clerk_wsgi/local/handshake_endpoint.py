"""Where an application sends a browser to learn who is there (Clerk: backend API, 6.1)."""

from werkzeug.exceptions import BadRequest, MethodNotAllowed
from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from clerk_wsgi.core.urls import Url, set_parameter
from clerk_wsgi.local.answers import ApiError, sent_to
from clerk_wsgi.local.handshakes import keep_handshake
from clerk_wsgi.local.issuing import Issuer
from clerk_wsgi.local.origins import site_of, way_back
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.sessions import activate, current_session, open_client

CLIENT = "__client"
WAITING = "; Path=/; SameSite=Lax; HttpOnly; Max-Age=60"


class HandshakeEndpoint:
    def __init__(self, issuer: Issuer) -> None:
        self.issuer = issuer
        self.state = issuer.state

    def rules(self) -> list[Rule]:
        return [Rule("/v1/client/handshake", endpoint=self.handshake)]

    def handshake(self, request: Request) -> Response:
        """Back to the application, with what it has to know about this browser.

        In development a browser is known by the token in the URL and not by its
        cookies, so that no other site can have one speak for itself; in production by
        its cookie here (Clerk: backend API, 6.1).
        """
        if request.method != "GET":
            raise MethodNotAllowed(["GET"])
        back = handshake_target(request)
        client = open_client(self.state, self.browser_token(request))
        session = current_session(self.state, client)
        wanted = request.args.get("organization_id")
        if session and wanted is not None:
            session = activate(self.state, session, wanted) or session
        directives = self.issuer.directives(client, session, back)
        name, value = "__clerk_handshake", ""
        if request.args.get("format") == "nonce":
            name, value = f"{name}_nonce", keep_handshake(self.state, directives)
        else:
            value = self.issuer.handshake_token(directives)
        if not self.issuer.settings.is_production:
            return sent_to(set_parameter(back, name, value), 307)
        answer = sent_to(back, 307)
        answer.headers.add("Set-Cookie", f"{name}={value}{WAITING}")
        answer.headers.add("Set-Cookie", self.client_cookie(request, client))
        return answer

    def browser_token(self, request: Request) -> str:
        if self.issuer.settings.is_production:
            return request.cookies.get(CLIENT, "")
        return request.args.get("__clerk_db_jwt", "")

    def client_cookie(self, request: Request, client: Document) -> str:
        write = self.issuer.cookies_for(site_of(request))
        return f"{write.cookie(CLIENT, client['_token'])}; HttpOnly"


def handshake_target(request: Request) -> Url:
    try:
        text = request.args.get("redirect_url")
        if not text:
            raise BadRequest("The parameter redirect_url is missing.")
        return way_back(request, text)
    except BadRequest as error:
        raise ApiError(400, "invalid_handshake", error.description or "") from None
