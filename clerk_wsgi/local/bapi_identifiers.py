"""The Backend API's calls about e-mail addresses and phone numbers."""

from collections.abc import Callable, Mapping
from typing import Any

from clerk_wsgi.local.bapi_calls import Asked, Call, Part
from clerk_wsgi.local.identifiers import (
    LISTS,
    Kind,
    add_email,
    add_phone,
    change_entry,
    find_entry,
    remove_entry,
)
from clerk_wsgi.local.params import flag, one_of, read, text
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.users import change_user

CHANGED = {"verified": flag, "primary": flag, "reserved_for_second_factor": flag}
Add = Callable[..., Document]
ADD: dict[Kind, Add] = {"email_address": add_email, "phone_number": add_phone}


class Identifiers(Part):
    """The calls for one kind; both kinds have the same."""

    kind: Kind

    def calls(self) -> dict[str, Call]:
        root = f"/v1/{LISTS[self.kind]}"
        return {
            f"POST {root}": self.create,
            f"GET {root}/<entry_id>": self.entry,
            f"PATCH {root}/<entry_id>": self.update,
            f"DELETE {root}/<entry_id>": self.delete,
            f"PUT /v1/users/<user_id>/{self.kind}": self.replace,
        }

    def create(self, asked: Asked) -> Document:
        kinds = {**CHANGED, "user_id": text, self.kind: text}
        given = read(asked.body, kinds, required=["user_id", self.kind])
        user = self.state.need("user", given["user_id"])
        return self.added(user, given[self.kind], given)

    def entry(self, asked: Asked, entry_id: str) -> Document:
        return find_entry(self.state, self.kind, entry_id)[1]

    def update(self, asked: Asked, entry_id: str) -> Document:
        user, _ = find_entry(self.state, self.kind, entry_id)
        given = read(asked.body, CHANGED)
        changed = change_entry(self.state, user, self.kind, entry_id, given)
        self.keep(user)
        return changed

    def delete(self, asked: Asked, entry_id: str) -> Document:
        user, _ = find_entry(self.state, self.kind, entry_id)
        remove_entry(self.state, user, self.kind, entry_id)
        self.keep(user)
        return {"id": entry_id, "object": self.kind, "deleted": True}

    def replace(self, asked: Asked, user_id: str) -> Document:
        """The only one that the user has from now on."""
        kinds = {
            self.kind: text,
            "identification_status": one_of("verified", "unverified", "reserved"),
        }
        given = read(asked.body, kinds, required=[self.kind])
        user = self.state.need("user", user_id)
        for old in user[LISTS[self.kind]]:
            remove_entry(self.state, user, self.kind, old["id"])
        is_verified = given.get("identification_status", "verified") == "verified"
        wanted = {"verified": is_verified, "primary": is_verified}
        return self.added(user, given[self.kind], wanted)

    def added(self, user: Document, value: str, given: Mapping[str, Any]) -> Document:
        is_verified = bool(given.get("verified"))
        add = ADD[self.kind]
        entry = add(self.state, user, value, is_verified=is_verified)
        changed = change_entry(self.state, user, self.kind, entry["id"], given)
        self.keep(user)
        return changed

    def keep(self, user: Document) -> None:
        change_user(self.state, user["id"], **user)


class BackendEmailAddresses(Identifiers):
    kind = "email_address"


class BackendPhoneNumbers(Identifiers):
    kind = "phone_number"
