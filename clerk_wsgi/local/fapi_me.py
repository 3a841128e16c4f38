"""One's own account: names, password, addresses, and where one is signed in.

Source: Clerk, backend API, 4.1 and 4.2.
"""

from collections.abc import Mapping
from typing import Any

from werkzeug.routing import Rule
from werkzeug.wrappers import Response

from clerk_wsgi.local.answers import ApiError, json_answer
from clerk_wsgi.local.client_resources import user_resource
from clerk_wsgi.local.fapi_factors import WRONG
from clerk_wsgi.local.fapi_part import FrontendPart
from clerk_wsgi.local.fapi_requests import Asked
from clerk_wsgi.local.fapi_sign_ups import require_name
from clerk_wsgi.local.identifiers import require_verified
from clerk_wsgi.local.metadata import merged, require_metadata
from clerk_wsgi.local.passwords import digest, require_good
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.sessions import delete_user, end_session, is_alive
from clerk_wsgi.local.state import missing, shown
from clerk_wsgi.local.users import change_user, has_password

SESSION = "/me/sessions/<session_id>"


class FrontendMe(FrontendPart):
    def rules(self) -> list[Rule]:
        rule = self.rule
        return [
            rule("GET", "/me", self.show),
            rule("PATCH", "/me", self.change),
            rule("DELETE", "/me", self.delete),
            rule("PATCH", "/me/metadata", self.change_metadata),
            rule("POST", "/me/change_password", self.change_password),
            rule("POST", "/me/remove_password", self.remove_password),
            rule("GET", "/me/sessions/active", self.sessions),
            rule("POST", f"{SESSION}/revoke", self.revoke),
            rule("GET", "/me/enterprise_connections", self.nothing),
        ]

    def show(self, asked: Asked) -> Document:
        return user_resource(self.state, asked.user)

    def nothing(self, asked: Asked) -> Response:
        asked.require_session()
        return json_answer([])

    def change(self, asked: Asked) -> Document:
        user = asked.user
        told: dict[str, Any] = {}
        for name in ("first_name", "last_name"):
            if asked.has(name):
                told[name] = require_name(name, asked.text(name).strip()) or None
        if asked.has("primary_email_address_id"):
            wanted = asked.text("primary_email_address_id")
            require_verified(address_of(user, wanted), "primary_email_address_id")
            told["primary_email_address_id"] = wanted
        if asked.has("unsafe_metadata"):
            given = asked.metadata("unsafe_metadata")
            told["unsafe_metadata"] = require_metadata("unsafe_metadata", given)
        return self.changed(user, told)

    def change_metadata(self, asked: Asked) -> Document:
        """Merged; only what browsers may write."""
        user = asked.user
        given = asked.metadata("unsafe_metadata")
        new = require_metadata(
            "unsafe_metadata", merged(user["unsafe_metadata"], given)
        )
        return self.changed(user, {"unsafe_metadata": new})

    def changed(self, user: Document, told: Mapping[str, Any]) -> Document:
        if told:
            user = change_user(self.state, user["id"], **told)
        return user_resource(self.state, user)

    def delete(self, asked: Asked) -> Document:
        user = asked.user
        if not user["delete_self_enabled"]:
            said = "You may not delete your account."
            raise ApiError(403, "user_delete_self_not_enabled", said)
        return delete_user(self.state, user["id"])

    def change_password(self, asked: Asked) -> Document:
        """The old one has to be known, if there is one."""
        session = asked.session
        user = asked.user
        current, new = asked.text("current_password"), asked.text("new_password")
        if user["password_enabled"] and not has_password(user, current):
            raise ApiError(422, "form_password_incorrect", WRONG, "current_password")
        require_good(new)
        if has_password(user, new):
            said = "New password cannot be the same as the current password."
            raise ApiError(422, "form_new_password_matches_current", said)
        if asked.flag("sign_out_of_other_sessions"):
            for each in self.alive(user["id"]):
                if each["id"] != session["id"]:
                    end_session(self.state, each["id"], "revoked")
        told = {"_password": digest(new), "password_enabled": True}
        return self.changed(user, {**told, **self.now_for_password()})

    def remove_password(self, asked: Asked) -> Document:
        user = asked.user
        if not has_password(user, asked.text("current_password")):
            raise ApiError(422, "form_password_incorrect", WRONG, "current_password")
        told = {"_password": None, "password_enabled": False}
        return self.changed(user, {**told, **self.now_for_password()})

    def now_for_password(self) -> dict[str, int]:
        return {"password_last_updated_at": self.state.now_ms}

    def sessions(self, asked: Asked) -> Response:
        """A bare list, which is all that Clerk's library reads here."""
        found = self.alive(asked.user["id"])
        return json_answer([shown(each) for each in found])

    def revoke(self, asked: Asked, session_id: str) -> Document:
        found = self.state.records.get("session", session_id)
        if found is None or found["user_id"] != asked.user["id"]:
            missing("session")
        return end_session(self.state, session_id, "revoked")

    def alive(self, user_id: str) -> list[Document]:
        found = self.state.records.find("session", user_id=user_id)
        return [each for each in found if is_alive(self.state, each)]


def address_of(user: Mapping[str, Any], identity: str) -> Document:
    """The user's address with that id. Raises ApiError (404)."""
    for each in user["email_addresses"]:
        if each["id"] == identity:
            return dict(each)
    return missing("email_address")
