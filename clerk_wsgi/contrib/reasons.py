"""The reasons that metrics tell apart: a list, so that nobody can lengthen it."""

OTHER = "other"
REFRESH = "session-token-expired-refresh"

REASONS = frozenset(
    {
        *("active-organization-mismatch", "client-uat-but-no-session-token"),
        *("dev-browser-missing", "dev-browser-sync", "jwk-kid-mismatch"),
        *("jwk-remote-failed-to-load", "machine-token-not-verified"),
        *("primary-domain-cross-origin-sync", "primary-responds-to-syncing"),
        *("revocations-unavailable", "satellite-needs-syncing", "secret-key-invalid"),
        *("session-token-and-uat-missing", "session-token-but-no-client-uat"),
        *("session-token-expired", REFRESH, "session-token-iat-before-client-uat"),
        *("session-token-iat-in-the-future", "session-token-missing"),
        *("session-token-nbf", "session-token-outdated", "session-token-revoked"),
        *("session-token-unvouched", "token-expired", "token-iat-in-the-future"),
        *("token-invalid", "token-invalid-algorithm", "token-invalid-issuer"),
        *("token-invalid-authorized-parties", "token-invalid-signature"),
        *("token-not-active-yet", "token-type-mismatch", "token-verification-failed"),
        *("No token in header", "unexpected-error"),
    }
)
REFUSALS = frozenset(
    {
        *("handshake", "malformed-url", "webhook-body-too-large"),
        *("webhook-malformed-body", "webhook-unreadable-body"),
        *("webhook-malformed-headers", "webhook-missing-headers"),
        *("webhook-no-matching-signature", "webhook-replayed"),
        *("webhook-timestamp-too-new", "webhook-timestamp-too-old"),
    }
)


def known(reason: str | None, reasons: frozenset[str] = REASONS) -> str:
    """The reason, "" for none, `other` for one that is not on the list.

    Why a session was not refreshed may be Clerk's own word, so all of that is one.
    """
    if reason is None:
        return ""
    if reason.startswith(f"{REFRESH}-"):
        return REFRESH
    return reason if reason in reasons else OTHER
