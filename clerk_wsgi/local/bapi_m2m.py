"""The Backend API's calls about machines' tokens (Clerk: backend API, 2.5 and 3.5)."""

from collections.abc import Mapping

from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.bapi_calls import (
    WRONG_KEY,
    Asked,
    Call,
    Part,
    missing_query,
    twice,
)
from clerk_wsgi.local.m2m import (
    KIND,
    create_m2m_token,
    m2m_tokens_of,
    revoke_m2m_token,
    verify_m2m_token,
)
from clerk_wsgi.local.machines import find_by_key
from clerk_wsgi.local.params import (
    long_text,
    one_of,
    read,
    seconds,
    text,
    thing,
    whole,
)
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.state import missing

NEW = {
    "claims": thing,
    "seconds_until_expiration": seconds,
    "min_remaining_ttl_seconds": whole(),
    "token_format": one_of("opaque", "jwt"),
}
CREATED = 201


class BackendM2M(Part):
    """Machines come with a secret key of their own, which is good for nothing else."""

    def calls(self) -> Mapping[str, Call]:
        return twice(
            {
                "GET /m2m_tokens": self.tokens,
                "POST /m2m_tokens": self.create,
                "POST /m2m_tokens/verify": self.verify,
                "POST /m2m_tokens/<token_id>/revoke": self.revoke,
            }
        )

    def require_key(self, asked: Asked) -> None:
        if self.machine(asked) is None:
            super().require_key(asked)

    def machine(self, asked: Asked) -> Document | None:
        """Who asks; nobody in particular with the instance's own key."""
        return find_by_key(self.state, asked.key)

    def create(self, asked: Asked) -> tuple[Document, int]:
        machine = self.machine(asked)
        if machine is None:
            said = f"{WRONG_KEY} Only a machine's secret key makes tokens for it."
            raise ApiError(401, "clerk_key_invalid", said)
        given = read(asked.body, NEW)
        document, token = create_m2m_token(self.issuer, machine["id"], **given)
        return {**document, "token": token}, CREATED

    def tokens(self, asked: Asked) -> Document:
        subject, machine = asked.query.get("subject"), self.machine(asked)
        if not subject:
            raise missing_query("subject")
        if machine and machine["id"] != subject:
            said = "You are not authorized to perform this request"
            raise ApiError(403, "authorization_invalid", said)
        wanted = {name: asked.is_set(name) for name in ("revoked", "expired")}
        found = asked.ordered(m2m_tokens_of(self.state, subject, **wanted))
        return {"m2m_tokens": asked.part(found), "total_count": len(found)}

    def revoke(self, asked: Asked, token_id: str) -> Document:
        machine, token = self.machine(asked), self.state.need(KIND, token_id)
        if machine and machine["id"] != token["subject"]:
            missing(KIND)
        reason = read(asked.body, {"revocation_reason": text}).get("revocation_reason")
        return revoke_m2m_token(self.state, token_id, reason)

    def verify(self, asked: Asked) -> Document:
        given = read(asked.body, {"token": long_text}, required=["token"])
        return verify_m2m_token(self.issuer, given["token"], self.machine(asked))
