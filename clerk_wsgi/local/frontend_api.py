"""The Frontend API: what browsers are sent to (Clerk: backend API, 6)."""

from werkzeug.exceptions import BadRequest, MethodNotAllowed
from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from clerk_wsgi.core.urls import Url, set_parameter
from clerk_wsgi.local.answers import ApiError, json_answer, sent_to
from clerk_wsgi.local.issuing import Issuer
from clerk_wsgi.local.origins import way_back
from clerk_wsgi.local.store import Session, Store


class FrontendApi:
    def __init__(self, store: Store, issuer: Issuer) -> None:
        self.store = store
        self.issuer = issuer

    def rules(self) -> list[Rule]:
        return [
            Rule("/v1/client/handshake", endpoint=self.handshake),
            Rule("/.well-known/jwks.json", endpoint=self.key_set, methods=["GET"]),
        ]

    def key_set(self, request: Request) -> Response:
        return json_answer(self.issuer.key.key_set)

    def handshake(self, request: Request) -> Response:
        """Back to the application, with what it has to know about this browser.

        A browser is known by the token in the URL and not by its cookies, so that no
        other site can have one speak for itself (development manner, 6.1).
        """
        if request.method != "GET":
            raise MethodNotAllowed(["GET"])
        back = handshake_target(request)
        client = self.store.open_client(request.args.get("__clerk_db_jwt", ""))
        session = self.store.session_of(client)
        wanted = request.args.get("organization_id")
        if session and wanted is not None:
            session = self.activate(session, wanted)
        directives = self.issuer.directives(client, session, back)
        if request.args.get("format") == "nonce":
            nonce = self.store.keep_handshake(directives)
            return sent_to(set_parameter(back, "__clerk_handshake_nonce", nonce), 307)
        token = self.issuer.handshake_token(directives)
        return sent_to(set_parameter(back, "__clerk_handshake", token), 307)

    def activate(self, session: Session, wanted: str) -> Session:
        """An organization that the user may not enter changes nothing."""
        if not wanted:
            return self.store.activate(session, None)
        organization = self.issuer.people.find_organization(wanted)
        if organization is None or session.user_id not in organization.members:
            return session
        return self.store.activate(session, organization.id)


def handshake_target(request: Request) -> Url:
    try:
        text = request.args.get("redirect_url")
        if not text:
            raise BadRequest("The parameter redirect_url is missing.")
        return way_back(request, text)
    except BadRequest as error:
        raise ApiError(400, "invalid_handshake", error.description or "") from None
