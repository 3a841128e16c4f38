"""The Backend API's calls about sessions and browsers.

Source: Clerk, backend API, 2 and 3.4.
"""

from collections.abc import Mapping
from typing import Any

from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.bapi_calls import Asked, Call, Part
from clerk_wsgi.local.clients import find_client
from clerk_wsgi.local.handshakes import take_handshake
from clerk_wsgi.local.jwt_templates import LONGEST, SHORTEST, find_template
from clerk_wsgi.local.params import long_text, read, text, whole
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.renewal import Renewal
from clerk_wsgi.local.session_claims import LIFETIME
from clerk_wsgi.local.sessions import (
    activate,
    create_session,
    end_session,
    is_alive,
    sessions_of,
)
from clerk_wsgi.local.state import State, missing

SECONDS = {"expires_in_seconds": whole(SHORTEST, LONGEST)}


class BackendSessions(Part):
    def calls(self) -> dict[str, Call]:
        one = "/v1/sessions/<session_id>"
        return {
            "GET /v1/sessions": self.sessions,
            "POST /v1/sessions": self.create,
            f"GET {one}": self.session,
            f"POST {one}/revoke": self.revoke,
            f"POST {one}/refresh": self.renew,
            f"POST {one}/tokens": self.token,
            f"POST {one}/tokens/<template>": self.template_token,
        }

    def sessions(self, asked: Asked) -> object:
        names = ("client_id", "user_id")
        wanted = {name: asked.query[name] for name in names if asked.query.get(name)}
        status = asked.query.get("status")
        kept = self.state.records.find("session", **wanted)
        told = [session_resource(self.state, each) for each in kept]
        found = [each for each in told if status in (None, "", each["status"])]
        found = asked.ordered(found)
        return asked.page(found) if asked.is_set("paginated") else asked.part(found)

    def create(self, asked: Asked) -> Document:
        kinds = {"user_id": text, "active_organization_id": text}
        given = read(asked.body, kinds, required=["user_id"])
        session = create_session(self.state, given["user_id"])
        wanted = given.get("active_organization_id")
        if wanted:
            session = activate(self.state, session, wanted) or missing("organization")
        return session_resource(self.state, session)

    def session(self, asked: Asked, session_id: str) -> Document:
        return session_resource(self.state, self.state.need("session", session_id))

    def revoke(self, asked: Asked, session_id: str) -> Document:
        return end_session(self.state, session_id, "revoked")

    def renew(self, asked: Asked, session_id: str) -> Document:
        """Cookies or a token in exchange for an expired one (2.3)."""
        session, site = Renewal(asked.body, session_id, self.issuer).granted()
        if asked.body.get("format") == "cookie":
            suffixed = asked.is_set("suffixed_cookies")
            cookies = self.issuer.renewed_cookies(session, site, suffixed=suffixed)
            return {"object": "cookies", "cookies": cookies}
        return {
            "object": "token",
            "jwt": self.issuer.session_token(session, site.origin),
        }

    def token(self, asked: Asked, session_id: str) -> Document:
        """A token of no site in particular: it was no browser that asked for it."""
        session = self.alive(session_id)
        seconds = read(asked.body, SECONDS).get("expires_in_seconds", LIFETIME)
        claims = self.issuer.session_claims(session, "", seconds)
        del claims["azp"]
        return {"object": "token", "jwt": self.issuer.keys.current.sign(claims)}

    def template_token(self, asked: Asked, session_id: str, template: str) -> Document:
        session = self.alive(session_id)
        found = find_template(self.state, template)
        seconds = read(asked.body, SECONDS).get("expires_in_seconds")
        token = self.issuer.template_token(session, found, seconds)
        return {"object": "token", "jwt": token}

    def alive(self, session_id: str) -> Document:
        session = self.state.need("session", session_id)
        if not is_alive(self.state, session):
            said = "The session is not active."
            raise ApiError(404, "resource_not_found", said)
        return session


class BackendClients(Part):
    def calls(self) -> dict[str, Call]:
        return {
            "GET /v1/clients": self.clients,
            "GET /v1/clients/<client_id>": self.client,
            "POST /v1/clients/verify": self.verify,
            "GET /v1/clients/handshake_payload": self.handshake_payload,
        }

    def clients(self, asked: Asked) -> object:
        found = asked.ordered(self.state.records.find("client"))
        told = [client_resource(self.state, each) for each in asked.part(found)]
        if not asked.is_set("paginated"):
            return told
        return {"data": told, "total_count": len(found)}

    def client(self, asked: Asked, client_id: str) -> Document:
        return client_resource(self.state, self.state.need("client", client_id))

    def verify(self, asked: Asked) -> Document:
        """The browser whose token that is."""
        given = read(asked.body, {"token": long_text}, required=["token"])
        found = find_client(self.state, given["token"])
        return client_resource(self.state, found or missing("client"))

    def handshake_payload(self, asked: Asked) -> Document:
        """Once for each nonce (2.2)."""
        directives = take_handshake(self.state, asked.query.get("nonce", ""))
        if directives is None:
            raise ApiError(404, "resource_not_found", "No handshake has this nonce.")
        return {"directives": directives}


def session_resource(state: State, session: Mapping[str, Any]) -> Document:
    """With what has become of it."""
    is_over = session["status"] == "active" and not is_alive(state, session)
    return {**session, "status": "expired" if is_over else session["status"]}


def client_resource(state: State, client: Mapping[str, Any]) -> Document:
    """With the sessions that are alive there."""
    sessions = sessions_of(state, client)
    return {
        **client,
        "session_ids": [each["id"] for each in sessions],
        "sessions": sessions,
    }
