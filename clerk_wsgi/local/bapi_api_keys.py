"""The Backend API's calls about API keys (Clerk: backend API, 2.5 and 3.5)."""

from collections.abc import Mapping

from clerk_wsgi.local.api_keys import (
    KIND,
    api_keys_of,
    change_api_key,
    create_api_key,
    delete_api_key,
    need_api_key,
    revoke_api_key,
    verify_api_key,
)
from clerk_wsgi.local.bapi_calls import Asked, Call, Part, missing_query, twice
from clerk_wsgi.local.params import one_of, read, seconds, text, texts, thing
from clerk_wsgi.local.records import Document

CHANGED = {
    "subject": text,
    "claims": thing,
    "scopes": texts,
    "description": text,
    "seconds_until_expiration": seconds,
}
NEW = {**CHANGED, "name": text, "type": one_of("api_key"), "created_by": text}
NOT_EMPTY = ("subject", "scopes")
CREATED = 201


class BackendApiKeys(Part):
    def calls(self) -> Mapping[str, Call]:
        return twice(
            {
                "GET /api_keys": self.keys,
                "POST /api_keys": self.create,
                "POST /api_keys/verify": self.verify,
                "GET /api_keys/<key_id>": self.key,
                "PATCH /api_keys/<key_id>": self.update,
                "DELETE /api_keys/<key_id>": self.delete,
                "POST /api_keys/<key_id>/revoke": self.revoke,
                "GET /api_keys/<key_id>/secret": self.secret,
            }
        )

    def keys(self, asked: Asked) -> Document:
        subject = asked.query.get("subject")
        if not subject:
            raise missing_query("subject")
        with_invalid = asked.is_set("include_invalid")
        found = api_keys_of(self.state, subject, include_invalid=with_invalid)
        sought = asked.query.get("query", "").strip().casefold()
        fitting = [each for each in found if sought in each["name"].casefold()]
        return asked.page(asked.ordered(fitting))

    def create(self, asked: Asked) -> tuple[Document, int]:
        given = read(asked.body, NEW, required=["name", "subject"])
        given.pop("type", None)
        key, secret = create_api_key(self.state, **given)
        return {**key, "secret": secret}, CREATED

    def key(self, asked: Asked, key_id: str) -> Document:
        return need_api_key(self.state, key_id)

    def update(self, asked: Asked, key_id: str) -> Document:
        given = read(asked.body, CHANGED, keep_null=True)
        changed = {
            name: value
            for name, value in given.items()
            if value is not None or name not in NOT_EMPTY
        }
        return change_api_key(self.state, key_id, changed)

    def delete(self, asked: Asked, key_id: str) -> Document:
        return delete_api_key(self.state, key_id)

    def revoke(self, asked: Asked, key_id: str) -> Document:
        reason = read(asked.body, {"revocation_reason": text}).get("revocation_reason")
        return revoke_api_key(self.state, key_id, reason)

    def secret(self, asked: Asked, key_id: str) -> Document:
        return {"secret": self.state.need(KIND, key_id)["_secret"]}

    def verify(self, asked: Asked) -> Document:
        given = read(asked.body, {"secret": text}, required=["secret"])
        return verify_api_key(self.state, given["secret"])
