"""The Backend API's calls about the instance itself, and its lists of identifiers."""

from collections.abc import Mapping

from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.bapi_calls import Asked, Call, Part
from clerk_wsgi.local.organizations import UNLIMITED
from clerk_wsgi.local.params import flag, read, text
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.roles import ADMIN, MEMBER

ALLOWED, BLOCKED = "allowlist_identifier", "blocklist_identifier"
MOST_ROLES = 10


class BackendInstance(Part):
    def calls(self) -> Mapping[str, Call]:
        return {
            "GET /v1/jwks": self.key_set,
            "GET /v1/instance": self.instance,
            "GET /v1/instance/organization_settings": self.organization_settings,
        }

    def key_set(self, asked: Asked) -> Mapping[str, object]:
        return self.issuer.keys.key_set

    def instance(self, asked: Asked) -> Document:
        is_live = self.issuer.settings.is_production
        return {
            "object": "instance",
            "id": self.issuer.settings.instance_id,
            "environment_type": "production" if is_live else "development",
            "allowed_origins": None,
        }

    def organization_settings(self, asked: Asked) -> Document:
        return {
            "object": "organization_settings",
            "enabled": True,
            "max_allowed_memberships": UNLIMITED,
            "max_allowed_roles": MOST_ROLES,
            "max_allowed_domains": 0,
            "creator_role": ADMIN,
            "admin_delete_enabled": True,
            "domains_enabled": False,
            "domains_enrollment_modes": [],
            "domains_default_role": MEMBER,
        }


class BackendLists(Part):
    """Identifiers that are let in, or kept out. Signing up looks at neither."""

    def calls(self) -> Mapping[str, Call]:
        return {
            "GET /v1/allowlist_identifiers": self.allowed,
            "POST /v1/allowlist_identifiers": self.allow,
            "DELETE /v1/allowlist_identifiers/<identity>": self.forget_allowed,
            "GET /v1/blocklist_identifiers": self.blocked,
            "POST /v1/blocklist_identifiers": self.block,
            "DELETE /v1/blocklist_identifiers/<identity>": self.forget_blocked,
        }

    def allowed(self, asked: Asked) -> object:
        found = asked.ordered(self.state.records.find(ALLOWED))
        return asked.page(found) if asked.is_set("paginated") else asked.part(found)

    def allow(self, asked: Asked) -> Document:
        return self.listed(asked, ALLOWED, "alid")

    def forget_allowed(self, asked: Asked, identity: str) -> Document:
        return self.forgotten(ALLOWED, identity)

    def blocked(self, asked: Asked) -> Document:
        return asked.page(asked.ordered(self.state.records.find(BLOCKED)))

    def block(self, asked: Asked) -> Document:
        return self.listed(asked, BLOCKED, "blid")

    def forget_blocked(self, asked: Asked, identity: str) -> Document:
        return self.forgotten(BLOCKED, identity)

    def listed(self, asked: Asked, kind: str, prefix: str) -> Document:
        kinds = {"identifier": text, "notify": flag}
        given = read(asked.body, kinds, required=["identifier"])
        identifier = given["identifier"]
        if self.state.records.find(kind, identifier=identifier):
            said = f"the identifier {identifier} already exists"
            raise ApiError(400, "duplicate_record", said)
        entry = {
            "id": self.state.ids.new(prefix),
            "object": kind,
            "identifier": identifier,
            "identifier_type": kind_of(identifier),
            "instance_id": self.issuer.settings.instance_id,
            "created_at": self.state.now_ms,
            "updated_at": self.state.now_ms,
        }
        self.state.records.keep(kind, entry)
        return entry

    def forgotten(self, kind: str, identity: str) -> Document:
        self.state.need(kind, identity)
        self.state.records.drop(kind, identity)
        return {"id": identity, "object": kind, "deleted": True}


def kind_of(identifier: str) -> str:
    if identifier.startswith("0x"):
        return "web3_wallet"
    return "phone_number" if identifier.startswith("+") else "email_address"
