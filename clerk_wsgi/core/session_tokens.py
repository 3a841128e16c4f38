"""Session tokens: one function verifies them, on every path."""

from dataclasses import replace

from clerk_wsgi.core.claims import SessionFacts, has_unreadable_features
from clerk_wsgi.core.cutoffs import OUTDATED, REVOKED, UNVOUCHED
from clerk_wsgi.core.errors import TokenVerificationError
from clerk_wsgi.core.options import Options
from clerk_wsgi.core.ports import Ports, Verified
from clerk_wsgi.core.state import SignedIn
from clerk_wsgi.core.token_keys import find_key, verified_by
from clerk_wsgi.core.token_types import has_other_category, is_machine_jwt
from clerk_wsgi.core.tokens import Token
from clerk_wsgi.core.verification import VerificationKey, verify_times

UNREADABLE = "The features that the token names cannot be read."
CUT_OFF = {
    REVOKED: "The session, its user or its membership was revoked.",
    UNVOUCHED: "The token is older than all that is known of revocations.",
}
OTHER_KIND = "The token is no session token."


def verify_session(
    token: Token, options: Options, ports: Ports, clock_skew_ms: float | None = None
) -> Verified:
    """The session that the token proves.

    Raises TokenVerificationError, or KeysUnavailable where nobody can tell. What was
    verified before is asked again only what may have changed: its key, the time and
    what was revoked. Source: Clerk, keys and tokens, 7.5.
    """
    checks = options.checks
    if clock_skew_ms is not None:
        checks = replace(checks, clock_skew_ms=clock_skew_ms)
    if not is_session_token(token):
        raise TokenVerificationError("token-type-mismatch", OTHER_KIND)
    key = find_key(token, ports)
    ports.revocations.require()
    known = ports.remembered.get(token.text)
    if known is not None and known.key == key:
        verify_times(token.claims, checks.clock_skew_ms, ports.now())
        require_not_cut_off(known, ports)
        return known
    key = verified_by(token, key, checks, ports)
    require_session(token)
    if has_unreadable_features(token.claims):
        raise TokenVerificationError("unexpected-error", UNREADABLE)
    verified = note(token, key, checks.clock_skew_ms)
    ports.remembered[token.text] = verified
    require_not_cut_off(verified, ports)
    return verified


def require_not_cut_off(verified: Verified, ports: Ports) -> None:
    """A session that was revoked is none. (One with old claims still is.)"""
    verdict = ports.revocations.judge(verified)
    if verdict and verdict != OUTDATED:
        raise TokenVerificationError(verdict, CUT_OFF[verdict])


def require_session(token: Token) -> None:
    """A session is somebody's and has a name; a token without either is none."""
    for claim in ("sub", "sid"):
        value = token.claims.get(claim)
        if not value or not isinstance(value, str):
            said = f"The claim {claim} is required and must not be empty."
            raise TokenVerificationError("token-verification-failed", said)


def note(token: Token, key: VerificationKey, clock_skew_ms: float) -> Verified:
    claims = token.claims
    since = max(claims.get("nbf", 0), claims.get("iat", 0)) * 1000 - clock_skew_ms
    state = SignedIn(token, SessionFacts(claims))
    return Verified(state, key, since, claims["exp"] * 1000)


def is_session_token(token: Token) -> bool:
    """Is it neither a machine's token nor made from a template?

    All kinds are signed with the same key; only this tells them apart.
    """
    return not (is_machine_jwt(token) or has_other_category(token))
