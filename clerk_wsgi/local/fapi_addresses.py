"""One's own e-mail addresses: another one, proven by a code, or one less."""

from collections.abc import Mapping
from typing import Any

from werkzeug.routing import Rule

from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.fapi_codes import already_verified, check_code, send_code
from clerk_wsgi.local.fapi_factors import CODE, is_verified, unusable
from clerk_wsgi.local.fapi_me import address_of
from clerk_wsgi.local.fapi_part import FrontendPart
from clerk_wsgi.local.fapi_requests import Asked
from clerk_wsgi.local.identifiers import add_email, remove_entry
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.users import change_user

PRIMARY = "primary_email_address_id"
ADDRESSES = "/me/email_addresses"
ADDRESS = f"{ADDRESSES}/<address_id>"


class FrontendAddresses(FrontendPart):
    def rules(self) -> list[Rule]:
        rule = self.rule
        return [
            rule("GET", ADDRESSES, self.listed),
            rule("POST", ADDRESSES, self.add),
            rule("GET", ADDRESS, self.show),
            rule("DELETE", ADDRESS, self.remove),
            rule("POST", f"{ADDRESS}/prepare_verification", self.prepare),
            rule("POST", f"{ADDRESS}/attempt_verification", self.attempt),
        ]

    def listed(self, asked: Asked) -> list[Document]:
        found: list[Document] = asked.user["email_addresses"]
        return found

    def add(self, asked: Asked) -> Document:
        """Whose it is nobody knows yet: it is primary only when it is proven."""
        user = asked.user
        address, primary = asked.need("email_address"), user[PRIMARY]
        entry = add_email(self.state, user, address, is_verified=False)
        user[PRIMARY] = primary
        self.keep(user)
        return entry

    def show(self, asked: Asked, address_id: str) -> Document:
        return address_of(asked.user, address_id)

    def remove(self, asked: Asked, address_id: str) -> Document:
        """The last one stays, and the last that is proven: else nobody could sign in
        any more, or under an address that is another's.
        """
        user = asked.user
        entry = address_of(user, address_id)
        others = [e for e in user["email_addresses"] if e["id"] != address_id]
        if not others or (is_verified(entry) and not any(map(is_verified, others))):
            said = "You cannot delete your last identification."
            raise ApiError(403, "last_identification_deletion_failed", said)
        remove_entry(self.state, user, "email_address", address_id)
        self.keep(user)
        return {"id": address_id, "object": "email_address", "deleted": True}

    def prepare(self, asked: Asked, address_id: str) -> Document:
        user = asked.user
        entry = address_of(user, address_id)
        if asked.text("strategy", CODE) != CODE:
            raise unusable()
        if is_verified(entry):
            raise already_verified()
        sent = send_code(self.state, entry["email_address"], CODE, user["id"])
        return self.verifying(user, entry, sent)

    def attempt(self, asked: Asked, address_id: str) -> Document | ApiError:
        user = asked.user
        entry = address_of(user, address_id)
        checked = check_code(self.state, entry["verification"], asked.text("code"))
        changed = self.verifying(user, entry, checked.verification)
        return checked.error or changed

    def verifying(
        self, user: Document, entry: Document, verification: Mapping[str, Any]
    ) -> Document:
        now = self.state.now_ms
        changed = {**entry, "verification": dict(verification), "updated_at": now}
        user["email_addresses"] = [
            changed if each["id"] == entry["id"] else each
            for each in user["email_addresses"]
        ]
        if is_verified(changed):
            user[PRIMARY] = user[PRIMARY] or changed["id"]
        self.keep(user)
        return changed

    def keep(self, user: Document) -> None:
        named = ("email_addresses", PRIMARY)
        change_user(self.state, user["id"], **{name: user[name] for name in named})
