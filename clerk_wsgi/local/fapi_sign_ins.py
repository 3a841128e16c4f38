"""Signing in: who somebody claims to be, and how that is shown.

Source: Clerk, backend API, 6.2. A sign-in belongs to the browser that began it. The
instance's own: `_client_id`, `_user_id`.
"""

from collections.abc import Mapping
from typing import Any

from werkzeug.routing import Rule

from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.fapi_attempts import claimed_by, new_sign_in
from clerk_wsgi.local.fapi_codes import check_code, send_code
from clerk_wsgi.local.fapi_entrance import (
    attempted,
    enter,
    keep_attempt,
    require_nobody,
)
from clerk_wsgi.local.fapi_factors import (
    CODE,
    PASSWORD,
    RESET,
    TICKET,
    WRONG,
    email_of,
    unusable,
    verified_by,
    with_verified,
)
from clerk_wsgi.local.fapi_part import FrontendPart
from clerk_wsgi.local.fapi_requests import Asked
from clerk_wsgi.local.fapi_tickets import take_ticket
from clerk_wsgi.local.passwords import digest, require_good
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.sessions import end_sessions_of
from clerk_wsgi.local.users import change_user, find_by_identifier, has_password

SIGN_IN = "/client/sign_ins/<sign_in_id>"
UNKNOWN = "Couldn't find your account."

Found = Document | ApiError


class FrontendSignIns(FrontendPart):
    def rules(self) -> list[Rule]:
        rule = self.rule
        return [
            rule("POST", "/client/sign_ins", self.begin),
            rule("GET", SIGN_IN, self.show),
            rule("POST", f"{SIGN_IN}/prepare_first_factor", self.prepare),
            rule("POST", f"{SIGN_IN}/attempt_first_factor", self.attempt),
            rule("POST", f"{SIGN_IN}/reset_password", self.reset_password),
        ]

    def begin(self, asked: Asked) -> Found:
        client = asked.need_client()
        require_nobody(self.state, client)
        strategy = asked.text("strategy")
        sign_in = new_sign_in(self.state, client["id"])
        if strategy == TICKET:
            return self.admitted(asked, sign_in)
        if strategy not in ("", PASSWORD, CODE, RESET):
            said = f"{strategy} does not match one of the allowed values for strategy"
            raise ApiError(422, "form_param_value_invalid", said, "strategy")
        if asked.has("identifier"):
            identifier = asked.need("identifier")
            user = find_by_identifier(self.state, identifier)
            if not user:
                raise ApiError(422, "form_identifier_not_found", UNKNOWN, "identifier")
            sign_in = claimed_by(sign_in, user, identifier)
        sign_in = keep_attempt(self.state, client, sign_in)
        if not asked.has("identifier") or (not strategy and not asked.text("password")):
            return sign_in
        if strategy in (CODE, RESET):
            return self.prepare(asked, sign_in["id"])
        return self.attempt(asked, sign_in["id"])

    def admitted(self, asked: Asked, sign_in: Document) -> Document:
        """By a ticket; an actor's session ends when its token said it would."""
        user, actor, seconds = take_ticket(self.state, asked.need("ticket"))
        sign_in = claimed_by(sign_in, user, None)
        done = self.entered(asked, sign_in, TICKET, actor)
        if seconds is not None:
            expire_at = self.state.now_ms + seconds * 1000
            session_id = done["created_session_id"]
            self.state.update("session", session_id, expire_at=expire_at)
        return done

    def show(self, asked: Asked, sign_in_id: str) -> Document:
        return attempted(self.state, "sign_in", asked.need_client(), sign_in_id)

    def prepare(self, asked: Asked, sign_in_id: str) -> Document:
        client = asked.need_client()
        sign_in = attempted(self.state, "sign_in", client, sign_in_id)
        user = self.user_of(sign_in)
        strategy = asked.text("strategy")
        if strategy not in (CODE, RESET):
            raise unusable()
        email = email_of(user, asked.text("email_address_id"))
        address = email["email_address"]
        verification = send_code(self.state, address, strategy, user["id"])
        sign_in["first_factor_verification"] = {**verification, "_address": address}
        return keep_attempt(self.state, client, sign_in)

    def attempt(self, asked: Asked, sign_in_id: str) -> Found:
        client = asked.need_client()
        require_nobody(self.state, client)
        sign_in = attempted(self.state, "sign_in", client, sign_in_id)
        user = self.user_of(sign_in)
        strategy = asked.text("strategy") or PASSWORD
        if strategy == PASSWORD:
            if not user["password_enabled"]:
                raise unusable()
            if not has_password(user, asked.text("password")):
                raise ApiError(422, "form_password_incorrect", WRONG, "password")
            return self.entered(asked, sign_in, PASSWORD)
        if strategy not in (CODE, RESET):
            raise unusable()
        return self.attempt_code(asked, client, sign_in, strategy)

    def attempt_code(
        self, asked: Asked, client: Document, sign_in: Document, strategy: str
    ) -> Found:
        sent = sign_in["first_factor_verification"]
        if sent is None or sent["strategy"] != strategy:
            sent = None
        checked = check_code(self.state, sent, asked.text("code"))
        if checked.error:
            if sent:
                sign_in["first_factor_verification"] = checked.verification
                keep_attempt(self.state, client, sign_in)
            return checked.error
        sign_in["first_factor_verification"] = checked.verification
        user = self.user_of(sign_in)
        address = checked.verification["_address"]
        verified = with_verified(self.state, user, address, verified_by(strategy))
        if verified != user:
            addresses = verified["email_addresses"]
            change_user(self.state, user["id"], email_addresses=addresses)
        if strategy == RESET:
            sign_in["status"] = "needs_new_password"
            return keep_attempt(self.state, client, sign_in)
        return self.entered(asked, sign_in, CODE)

    def reset_password(self, asked: Asked, sign_in_id: str) -> Document:
        """A new password, for whom a code was right before."""
        client = asked.need_client()
        require_nobody(self.state, client)
        sign_in = attempted(self.state, "sign_in", client, sign_in_id)
        if sign_in["status"] != "needs_new_password":
            raise unusable()
        changed: dict[str, Any] = {
            "_password": digest(require_good(asked.text("password"))),
            "password_enabled": True,
            "password_last_updated_at": self.state.now_ms,
        }
        user = change_user(self.state, sign_in["_user_id"], **changed)
        if asked.flag("sign_out_of_other_sessions"):
            end_sessions_of(self.state, user["id"])
        return self.entered(asked, sign_in, RESET)

    def entered(
        self,
        asked: Asked,
        sign_in: Document,
        strategy: str,
        actor: Mapping[str, Any] | None = None,
    ) -> Document:
        """The sign-in that is complete: a session was made."""
        client = asked.need_client()
        session = enter(self.issuer, client, sign_in["_user_id"], strategy, actor)
        verification = sign_in["first_factor_verification"] or verified_by(strategy)
        return {
            **sign_in,
            "status": "complete",
            "first_factor_verification": verification,
            "created_session_id": session["id"],
        }

    def user_of(self, sign_in: Document) -> Document:
        if sign_in["_user_id"] is None:
            said = "The sign-in has no identifier yet."
            raise ApiError(400, "strategy_for_user_invalid", said)
        return self.state.need("user", sign_in["_user_id"])
