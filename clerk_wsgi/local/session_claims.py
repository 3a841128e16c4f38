"""What a session token says, in Clerk's second layout.

Source: Clerk, keys and tokens, 8. Values in, values out.
"""

from collections.abc import Mapping, Sequence
from typing import Any

LIFETIME = 60
NOT_BEFORE = 10
"""Seconds; Clerk dates its tokens back a little for clocks that are late."""

Document = Mapping[str, Any]


def session_claims(
    session: Document,
    user: Document,
    organization: Document | None,
    *,
    issuer: str,
    party: str,
    token_id: str,
    now: int,
    lifetime: int = LIFETIME,
) -> dict[str, Any]:
    """`party` is the origin that asked for the token, `now` epoch seconds."""
    first, second = session["factor_verification_age"]
    verified_at = session.get("_verified_at") or session["created_at"]
    minutes = max(0, now - verified_at // 1000) // 60
    claims: dict[str, Any] = {
        "azp": party,
        "exp": now + lifetime,
        "fva": [age(first, minutes), age(second, minutes)],
        "iat": now,
        "iss": issuer,
        "jti": token_id,
        "nbf": now - NOT_BEFORE,
        "sid": session["id"],
        "sts": session["status"],
        "sub": user["id"],
        "v": 2,
    }
    if session["actor"]:
        claims["act"] = session["actor"]
    of_organization = organization or {}
    listed = {
        "fea": scoped(of_organization.get("_features"), user.get("_features")),
        "pla": scoped([of_organization.get("_plan")], [user.get("_plan")]),
    }
    return claims | {name: text for name, text in listed.items() if text}


def age(verified: int, minutes: int) -> int:
    """Minutes since a factor was verified; -1 for never."""
    return -1 if verified < 0 else verified + minutes


def scoped(
    of_organization: Sequence[str | None] | None, of_user: Sequence[str | None] | None
) -> str:
    names = [f"o:{name}" for name in of_organization or () if name]
    return ",".join(names + [f"u:{name}" for name in of_user or () if name])


def organization_claim(
    organization: Document, role: str, permissions: Sequence[str]
) -> dict[str, str]:
    """Permissions are named once; each feature has a mask of bits over the names.

    Those of Clerk's own (`org:sys_...`) are in no token.
    """
    features = organization["_features"]
    parted = [each.removeprefix("org:").partition(":")[::2] for each in permissions]
    known = [(owner, name) for owner, name in parted if owner in features]
    names = list(dict.fromkeys(name for _, name in known))
    claim = {
        "id": organization["id"],
        "slg": organization["slug"],
        "rol": role.removeprefix("org:"),
    }
    if not names:
        return claim
    masks = (
        sum(1 << names.index(name) for owner, name in known if owner == feature)
        for feature in features
    )
    return {**claim, "per": ",".join(names), "fpm": ",".join(map(str, masks))}
