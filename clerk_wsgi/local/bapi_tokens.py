"""The Backend API's calls about tokens that let people in, and about token templates.

Source: Clerk, backend API, 2.4 and 3.5.
"""

from clerk_wsgi.local.bapi_calls import Asked, Call, Part
from clerk_wsgi.local.fapi_origins import base_url
from clerk_wsgi.local.jwt_templates import (
    FIELDS,
    KIND,
    change_template,
    create_template,
    delete_template,
    find_template,
)
from clerk_wsgi.local.params import CENTURY, read, seconds, text, thing, whole
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.sign_in_tokens import (
    HOUR,
    MONTH,
    create_actor_token,
    create_sign_in_token,
    revoke_token,
)

SIGN_IN = {"user_id": text, "expires_in_seconds": seconds}
ACTOR = {
    **SIGN_IN,
    "actor": thing,
    "session_max_duration_in_seconds": whole(1, CENTURY),
}


class BackendSignInTokens(Part):
    def calls(self) -> dict[str, Call]:
        return {
            "POST /v1/sign_in_tokens": self.create,
            "POST /v1/sign_in_tokens/<token_id>/revoke": self.revoke,
            "POST /v1/actor_tokens": self.create_actor,
            "POST /v1/actor_tokens/<token_id>/revoke": self.revoke_actor,
            "POST /v1/testing_tokens": self.testing_token,
        }

    def create(self, asked: Asked) -> Document:
        given = read(asked.body, SIGN_IN, required=["user_id"])
        given.setdefault("expires_in_seconds", MONTH)
        page = sign_in_page(asked)
        return create_sign_in_token(self.state, **given, page=page)[0]

    def revoke(self, asked: Asked, token_id: str) -> Document:
        return revoke_token(self.state, "sign_in_token", token_id)

    def create_actor(self, asked: Asked) -> Document:
        given = read(asked.body, ACTOR, required=["user_id", "actor"])
        read(given["actor"], {"sub": text}, required=["sub"])
        length = given.pop("session_max_duration_in_seconds", HOUR // 2)
        page = sign_in_page(asked)
        return create_actor_token(
            self.state, **given, session_seconds=length, page=page
        )[0]

    def revoke_actor(self, asked: Asked, token_id: str) -> Document:
        return revoke_token(self.state, "actor_token", token_id)

    def testing_token(self, asked: Asked) -> Document:
        """What lets test suites pass bot detection, which there is none of here."""
        expires_at = self.state.now_ms + HOUR * 1000
        token = f"{int(self.state.clock())}-{self.state.ids.secret()}"
        return {"object": "testing_token", "token": token, "expires_at": expires_at}


class BackendTemplates(Part):
    def calls(self) -> dict[str, Call]:
        root = "/v1/jwt_templates"
        return {
            f"GET {root}": self.templates,
            f"POST {root}": self.create,
            f"GET {root}/<template_id>": self.template,
            f"PATCH {root}/<template_id>": self.update,
            f"DELETE {root}/<template_id>": self.delete,
        }

    def templates(self, asked: Asked) -> object:
        found = asked.ordered(self.state.records.find(KIND))
        return asked.page(found) if asked.is_set("paginated") else asked.part(found)

    def create(self, asked: Asked) -> Document:
        given = read(asked.body, FIELDS, required=["name"])
        given.setdefault("claims", {})
        return create_template(self.state, **given)

    def template(self, asked: Asked, template_id: str) -> Document:
        return find_template(self.state, template_id)

    def update(self, asked: Asked, template_id: str) -> Document:
        return change_template(self.state, template_id, asked.body)

    def delete(self, asked: Asked, template_id: str) -> Document:
        return delete_template(self.state, template_id)


def sign_in_page(asked: Asked) -> str:
    return f"{base_url(asked.request)}/sign-in"
