"""Showing once more who one is, before something that matters.

Source: Clerk, keys and tokens, 8 (`fva`). The instance's own, in a session:
`_verification`, and `_verified_at` when it was done in epoch milliseconds.
"""

from typing import Any

from werkzeug.routing import Rule

from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.client_resources import session_resource
from clerk_wsgi.local.fapi_codes import check_code, send_code
from clerk_wsgi.local.fapi_factors import (
    CODE,
    PASSWORD,
    RESET,
    WRONG,
    email_of,
    first_factors,
    unusable,
    verified_by,
)
from clerk_wsgi.local.fapi_part import FrontendPart
from clerk_wsgi.local.fapi_requests import Asked, session_of
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.users import has_password

VERIFY = "/client/sessions/<session_id>/verify"
LEVELS = ("first_factor", "second_factor", "multi_factor")


class FrontendReverification(FrontendPart):
    def rules(self) -> list[Rule]:
        return [
            self.rule("POST", VERIFY, self.begin),
            self.rule("POST", f"{VERIFY}/prepare_first_factor", self.prepare),
            self.rule("POST", f"{VERIFY}/attempt_first_factor", self.attempt),
        ]

    def begin(self, asked: Asked, session_id: str) -> Document:
        """Nobody has a second factor here: the first is all that is asked for."""
        session = session_of(asked, session_id)
        level = asked.text("level") or LEVELS[0]
        if level not in LEVELS:
            said = f"level must be one of {', '.join(LEVELS)}."
            raise ApiError(422, "form_param_value_invalid", said, "level")
        return self.told(asked, session, level=level, verification=None)

    def prepare(self, asked: Asked, session_id: str) -> Document:
        session = session_of(asked, session_id)
        if asked.text("strategy") != CODE:
            raise unusable()
        email = email_of(asked.user, asked.text("email_address_id"))
        sent = send_code(self.state, email["email_address"], CODE, session["user_id"])
        return self.told(asked, session, verification=sent)

    def attempt(self, asked: Asked, session_id: str) -> Document | ApiError:
        session = session_of(asked, session_id)
        verification, error = self.judged(asked, session)
        told = self.told(asked, session, verification=verification, error=error)
        return error or told

    def judged(self, asked: Asked, session: Document) -> tuple[Any, ApiError | None]:
        strategy = asked.text("strategy") or PASSWORD
        if strategy == CODE:
            sent = (session.get("_verification") or {}).get("verification")
            return check_code(self.state, sent, asked.text("code"))
        user = self.state.need("user", session["user_id"])
        if strategy != PASSWORD or not user["password_enabled"]:
            raise unusable()
        if not has_password(user, asked.text("password")):
            raise ApiError(422, "form_password_incorrect", WRONG, "password")
        return verified_by(PASSWORD), None

    def told(
        self,
        asked: Asked,
        session: Document,
        *,
        verification: Document | None,
        level: str = "",
        error: ApiError | None = None,
    ) -> Document:
        """The session as it is kept now, and what is still to be shown."""
        known = session.get("_verification") or {}
        level = level or known.get("level", LEVELS[0])
        verification = verification or None
        changed: dict[str, Any] = {
            "_verification": {"level": level, "verification": verification}
        }
        is_done = verification is not None and verification["status"] == "verified"
        if is_done and error is None:
            changed["_verified_at"] = self.state.now_ms
        session = self.state.update("session", session["id"], **changed)
        user = self.state.need("user", session["user_id"])
        ways = [each for each in first_factors(user) if each["strategy"] != RESET]
        return {
            "id": session["id"],
            "object": "session_verification",
            "status": "complete" if is_done else "needs_first_factor",
            "level": level,
            "session": session_resource(self.issuer, session, asked.site),
            "first_factor_verification": verification,
            "second_factor_verification": None,
            "supported_first_factors": ways,
            "supported_second_factors": None,
        }
