"""Signing up: what somebody tells, and whether the address is theirs.

Source: Clerk, backend API, 6.2. A sign-up belongs to the browser that began it. The
instance's own: `_client_id`, `_password` (a digest), `_ticket`.
"""

from collections.abc import Mapping
from typing import Any

from werkzeug.routing import Rule

from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.fapi_attempts import OPTIONAL, REQUIRED, new_sign_up
from clerk_wsgi.local.fapi_codes import check_code, send_code
from clerk_wsgi.local.fapi_entrance import (
    attempted,
    enter,
    keep_attempt,
    require_nobody,
)
from clerk_wsgi.local.fapi_factors import CODE, TICKET, unusable, verified_by
from clerk_wsgi.local.fapi_part import FrontendPart
from clerk_wsgi.local.fapi_requests import Asked
from clerk_wsgi.local.fapi_tickets import accept_for, find_invitation
from clerk_wsgi.local.identifiers import require_address, taken
from clerk_wsgi.local.metadata import require_metadata
from clerk_wsgi.local.passwords import digest, require_good
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.users import create_user, find_by_identifier

SIGN_UP = "/client/sign_ups/<sign_up_id>"
LONGEST_NAME = 256

Found = Document | ApiError


class FrontendSignUps(FrontendPart):
    def rules(self) -> list[Rule]:
        rule = self.rule
        return [
            rule("POST", "/client/sign_ups", self.begin),
            rule("GET", SIGN_UP, self.show),
            rule("PATCH", SIGN_UP, self.change),
            rule("POST", f"{SIGN_UP}/prepare_verification", self.prepare),
            rule("POST", f"{SIGN_UP}/attempt_verification", self.attempt),
        ]

    def begin(self, asked: Asked) -> Document:
        client = asked.need_client()
        require_nobody(self.state, client)
        sign_up = new_sign_up(self.state, client["id"])
        strategy = asked.text("strategy")
        if strategy == TICKET:
            sign_up = self.invited(sign_up, asked.need("ticket"))
        elif strategy not in ("", CODE):
            raise unusable()
        return self.filled_in(asked, sign_up)

    def show(self, asked: Asked, sign_up_id: str) -> Document:
        return attempted(self.state, "sign_up", asked.need_client(), sign_up_id)

    def change(self, asked: Asked, sign_up_id: str) -> Document:
        require_nobody(self.state, asked.need_client())
        return self.filled_in(asked, self.show(asked, sign_up_id))

    def filled_in(self, asked: Asked, sign_up: Document) -> Document:
        """With what the form says; complete, if nothing lacks any more."""
        sign_up = {**sign_up, **self.told(asked)}
        if asked.has("email_address"):
            sign_up = self.addressed(sign_up, asked.need("email_address"))
        if asked.has("password"):
            sign_up["_password"] = digest(require_good(asked.text("password")))
            sign_up["has_password"] = True
        return self.kept(asked, sign_up)

    def told(self, asked: Asked) -> dict[str, Any]:
        """What needs no proof."""
        told: dict[str, Any] = {}
        for name in (*OPTIONAL, "locale"):
            if asked.has(name):
                told[name] = require_name(name, asked.text(name).strip()) or None
        if asked.has("unsafe_metadata"):
            given = asked.metadata("unsafe_metadata")
            told["unsafe_metadata"] = require_metadata("unsafe_metadata", given)
        if asked.flag("legal_accepted"):
            told["legal_accepted_at"] = self.state.now_ms
        return told

    def addressed(self, sign_up: Document, address: str) -> Document:
        """Another address has to be verified anew. That this has begun shows by its
        strategy.
        """
        require_address(address)
        if find_by_identifier(self.state, address):
            raise taken("email_address")
        if address == sign_up["email_address"]:
            return sign_up
        waiting = {
            "object": "verification_otp",
            "status": "unverified",
            "strategy": None,
            "attempts": None,
            "expire_at": None,
            "next_action": "needs_prepare",
            "supported_strategies": [CODE],
        }
        verifications = {**sign_up["verifications"], "email_address": waiting}
        return {**sign_up, "email_address": address, "verifications": verifications}

    def invited(self, sign_up: Document, ticket: str) -> Document:
        """Who has the ticket got it by e-mail: the address is proven."""
        address = find_invitation(self.state, ticket)["email_address"]
        sign_up = self.addressed(sign_up, address)
        proven = {**verified_by(TICKET), "next_action": ""}
        verifications = {**sign_up["verifications"], "email_address": proven}
        return {**sign_up, "verifications": verifications, "_ticket": ticket}

    def prepare(self, asked: Asked, sign_up_id: str) -> Document:
        sign_up = self.show(asked, sign_up_id)
        if asked.text("strategy") != CODE or not sign_up["email_address"]:
            raise unusable()
        sent = send_code(self.state, sign_up["email_address"], CODE)
        return self.verifying(asked, sign_up, {**sent, "next_action": "needs_attempt"})

    def attempt(self, asked: Asked, sign_up_id: str) -> Found:
        require_nobody(self.state, asked.need_client())
        sign_up = self.show(asked, sign_up_id)
        if asked.text("strategy") != CODE:
            raise unusable()
        sent = sign_up["verifications"]["email_address"]
        checked = check_code(self.state, sent, asked.text("code"))
        if checked.error:
            if sent:
                self.verifying(asked, sign_up, checked.verification)
            return checked.error
        verified = {**checked.verification, "next_action": ""}
        return self.verifying(asked, sign_up, verified)

    def verifying(
        self, asked: Asked, sign_up: Document, verification: Document
    ) -> Document:
        told = {**verification, "supported_strategies": [CODE]}
        verifications = {**sign_up["verifications"], "email_address": told}
        return self.kept(asked, {**sign_up, "verifications": verifications})

    def kept(self, asked: Asked, sign_up: Document) -> Document:
        missing = [name for name in REQUIRED if not has_told(sign_up, name)]
        verification = sign_up["verifications"]["email_address"]
        is_verified = verification and verification["status"] == "verified"
        unverified = [] if is_verified or not verification else ["email_address"]
        told = {"missing_fields": missing, "unverified_fields": unverified}
        client = asked.need_client()
        sign_up = keep_attempt(self.state, client, {**sign_up, **told})
        return sign_up if missing or unverified else self.completed(asked, sign_up)

    def completed(self, asked: Asked, sign_up: Document) -> Document:
        """The user is made, and signed in."""
        client = asked.need_client()
        named = (*OPTIONAL, "locale", "unsafe_metadata", "legal_accepted_at")
        user = create_user(
            self.state,
            email_addresses=[sign_up["email_address"]],
            password_digest=sign_up["_password"],
            strategy=CODE,
            **{name: sign_up[name] for name in named},
        )
        if sign_up["_ticket"]:
            accept_for(self.state, sign_up["_ticket"], user["id"])
        session = enter(self.issuer, client, user["id"], CODE)
        return {
            **sign_up,
            "status": "complete",
            "created_user_id": user["id"],
            "created_session_id": session["id"],
        }


def has_told(sign_up: Mapping[str, Any], name: str) -> bool:
    return bool(sign_up["has_password" if name == "password" else name])


def require_name(name: str, text: str) -> str:
    if len(text) > LONGEST_NAME:
        said = f"{name} should not exceed {LONGEST_NAME} characters."
        raise ApiError(422, "form_param_max_length_exceeded", said, name)
    return text
