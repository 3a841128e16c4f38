"""Browsers and their sessions: what is known, renewed, switched and ended.

Source: Clerk, backend API, 6.2.
"""

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from clerk_wsgi.core.urls import append_parameter
from clerk_wsgi.local.answers import ApiError, json_answer, sent_to
from clerk_wsgi.local.client_resources import client_resource, session_resource
from clerk_wsgi.local.clients import change_client, open_client
from clerk_wsgi.local.environment import environment
from clerk_wsgi.local.fapi_activity import activity
from clerk_wsgi.local.fapi_origins import base_url, require_known_page
from clerk_wsgi.local.fapi_part import FrontendPart
from clerk_wsgi.local.fapi_requests import DEV_BROWSER, Asked, session_of
from clerk_wsgi.local.memberships import find_membership
from clerk_wsgi.local.organizations import find_organization
from clerk_wsgi.local.origins import way_back
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.sessions import (
    activate,
    end_session,
    sign_out,
)

SESSION = "/client/sessions/<session_id>"
NO_MEMBER = "You are no longer a member of this organization."


class FrontendClients(FrontendPart):
    def rules(self) -> list[Rule]:
        rule = self.rule
        return [
            Rule("/v1/dev_browser", endpoint=self.dev_browser, methods=["POST"]),
            rule("GET", "/environment", self.environment),
            rule("PATCH", "/environment", self.environment),
            rule("GET", "/client", self.client),
            rule("PUT", "/client", self.new_client),
            rule("POST", "/client", self.new_client),
            rule("DELETE", "/client", self.sign_out),
            rule("DELETE", "/client/sessions", self.sign_out),
            rule("GET", "/client/touch", self.touch_client),
            rule("GET", SESSION, self.session),
            rule("POST", f"{SESSION}/touch", self.touch),
            rule("POST", f"{SESSION}/end", self.end),
            rule("POST", f"{SESSION}/remove", self.remove),
            rule("POST", f"{SESSION}/tokens", self.token),
            rule("POST", f"{SESSION}/tokens/<template>", self.template_token),
        ]

    def dev_browser(self, request: Request) -> Response:
        """A name for a browser that has none; only development instances give one."""
        require_known_page(request)
        if self.issuer.settings.is_production:
            said = "Production instances have no dev browsers."
            raise ApiError(400, "dev_browser_invalid", said)
        client = open_client(self.state)
        named = {"object": "dev_browser", "id": client["_token"]}
        return json_answer({**named, "token": client["_token"]})

    def environment(self, asked: Asked) -> Response:
        """Bare, as Clerk's library reads it either way."""
        base = base_url(asked.request)
        home = f"{asked.site.origin}/"
        return json_answer(environment(self.issuer.settings, base, home))

    def client(self, asked: Asked) -> Document | None:
        if self.issuer.settings.is_production and asked.client is None:
            return None
        return client_resource(self.issuer, asked.need_client(), asked.site)

    def new_client(self, asked: Asked) -> Document:
        return client_resource(self.issuer, asked.need_client(), asked.site)

    def sign_out(self, asked: Asked) -> Document:
        """Everybody who is signed in there."""
        client = sign_out(self.state, asked.need_client())
        client = change_client(self.state, client, sign_in_id=None, sign_up_id=None)
        return client_resource(self.issuer, client, asked.site)

    def touch_client(self, asked: Asked) -> Response:
        """A page that the browser visits so that its cookie is written anew."""
        back = way_back(asked.request, asked.request.args.get("redirect_url", "/"))
        client = asked.need_client()
        if self.issuer.settings.is_production:
            return sent_to(back, 307)
        return sent_to(append_parameter(back, DEV_BROWSER, client["_token"]), 307)

    def session(self, asked: Asked, session_id: str) -> Document:
        found = session_of(asked, session_id)
        return session_resource(self.issuer, found, asked.site)

    def touch(self, asked: Asked, session_id: str) -> Document:
        """The session becomes the browser's active one, with the organization named.

        An empty name is the personal account; without one nothing changes.
        """
        session = session_of(asked, session_id)
        if asked.has("active_organization_id"):
            wanted = asked.text("active_organization_id")
            if activate(self.state, session, wanted) is None:
                raise no_member()
        seen = activity(self.state, asked.request)
        now = self.state.now_ms
        session = self.state.update(
            "session", session_id, last_active_at=now, latest_activity=seen
        )
        client = asked.need_client()
        if client["last_active_session_id"] != session_id:
            change_client(self.state, client, last_active_session_id=session_id)
        return session_resource(self.issuer, session, asked.site)

    def end(self, asked: Asked, session_id: str) -> Document:
        return self.closed(asked, session_id, "ended")

    def remove(self, asked: Asked, session_id: str) -> Document:
        return self.closed(asked, session_id, "removed")

    def closed(self, asked: Asked, session_id: str, status: str) -> Document:
        session = session_of(asked, session_id)
        told = session_resource(self.issuer, session, asked.site)
        ended = end_session(self.state, session_id, status)
        return {**told, "status": ended["status"], "last_active_token": None}

    def token(self, asked: Asked, session_id: str) -> Response:
        """For the organization that is named, else for the session's own."""
        session = session_of(asked, session_id)
        wanted = asked.text("organization_id")
        if asked.has("organization_id"):
            session = {**session, "last_active_organization_id": None}
        if wanted:
            found = find_organization(self.state, wanted)
            if not found or not find_membership(
                self.state, found["id"], session["user_id"]
            ):
                raise no_member()
            session["last_active_organization_id"] = found["id"]
        jwt = self.issuer.session_token(session, asked.site.origin)
        return json_answer({"object": "token", "jwt": jwt})

    def template_token(self, asked: Asked, session_id: str, template: str) -> Response:
        session = session_of(asked, session_id)
        found = self.state.records.find("jwt_template", name=template)
        if not found:
            said = "There is no token template with that name."
            raise ApiError(404, "resource_not_found", said)
        jwt = self.issuer.template_token(session, found[0], None)
        return json_answer({"object": "token", "jwt": jwt})


def no_member() -> ApiError:
    return ApiError(403, "organization_not_found_or_unauthorized", NO_MEMBER)
