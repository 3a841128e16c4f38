"""The Backend API's calls about OAuth applications and their tokens.

Source: Clerk, backend API, 2.5 and 4.7.
"""

from collections.abc import Mapping
from typing import Any

from werkzeug.wrappers import Response

from clerk_wsgi.local.bapi_calls import Asked, Call, Part, twice
from clerk_wsgi.local.oauth_applications import (
    KIND,
    change_application,
    create_oauth_application,
    delete_application,
    rotate_client_secret,
    told,
)
from clerk_wsgi.local.oauth_tokens import revoke_oauth_token, verify_oauth_token
from clerk_wsgi.local.params import (
    flag,
    long_text,
    missing_parameter,
    read,
    text,
    texts,
)
from clerk_wsgi.local.records import Document

NEW = {
    "name": text,
    "redirect_uris": texts,
    "callback_url": text,
    "scopes": text,
    "public": flag,
    "pkce_required": flag,
    "consent_screen_enabled": flag,
}


class BackendOAuthTokens(Part):
    def calls(self) -> Mapping[str, Call]:
        return twice({"POST /oauth_applications/access_tokens/verify": self.verify})

    def verify(self, asked: Asked) -> Document:
        given = read(asked.body, {"access_token": long_text, "secret": long_text})
        token = given.get("access_token") or given.get("secret")
        if not token:
            raise missing_parameter("access_token")
        return verify_oauth_token(self.issuer, token)


class BackendOAuthApplications(Part):
    def calls(self) -> Mapping[str, Call]:
        root = "/v1/oauth_applications"
        return {
            f"GET {root}": self.applications,
            f"POST {root}": self.create,
            f"GET {root}/<identity>": self.application,
            f"PATCH {root}/<identity>": self.update,
            f"DELETE {root}/<identity>": self.delete,
            f"POST {root}/<identity>/rotate_secret": self.rotate,
            f"POST {root}/<identity>/revoke_token": self.revoke,
        }

    def applications(self, asked: Asked) -> Document:
        found = [self.told(each) for each in self.state.records.find(KIND)]
        return asked.page(asked.ordered(found, ("name", "created_at")))

    def create(self, asked: Asked) -> Document:
        given = with_redirects(read(asked.body, NEW, required=["name"]))
        made, secret = create_oauth_application(self.state, given.pop("name"), **given)
        shown = {} if made["public"] else {"client_secret": secret}
        return {**self.told(made), **shown}

    def application(self, asked: Asked, identity: str) -> Document:
        return self.told(self.state.need(KIND, identity))

    def update(self, asked: Asked, identity: str) -> Document:
        given = with_redirects(read(asked.body, NEW))
        return self.told(change_application(self.state, identity, **given))

    def delete(self, asked: Asked, identity: str) -> Document:
        return delete_application(self.state, identity)

    def rotate(self, asked: Asked, identity: str) -> Document:
        made, secret = rotate_client_secret(self.state, identity)
        return {**self.told(made), "client_secret": secret}

    def revoke(self, asked: Asked, identity: str) -> Response:
        application = self.state.need(KIND, identity)
        given = read(asked.body, {"token": long_text}, required=["token"])
        revoke_oauth_token(self.state, given["token"], application["client_id"])
        return Response(status=204)

    def told(self, application: Document) -> Document:
        return told(application, self.issuer.settings)


def with_redirects(given: dict[str, Any]) -> dict[str, Any]:
    """`callback_url` is what there was before there could be several."""
    callback = given.pop("callback_url", None)
    return given if not callback else {"redirect_uris": [callback], **given}
