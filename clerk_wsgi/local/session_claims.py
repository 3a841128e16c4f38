"""What a session token says, in Clerk's second layout.

Source: Clerk, keys and tokens, 8. Values in, values out.
"""

from typing import Any

from clerk_wsgi.local.people import Organization, User
from clerk_wsgi.local.store import Session

LIFETIME = 60
NOT_BEFORE = 10
"""Seconds; Clerk dates its tokens back a little for clocks that are late."""


def session_claims(
    session: Session,
    user: User,
    organization: Organization | None,
    *,
    issuer: str,
    party: str,
    token_id: str,
    now: int,
) -> dict[str, Any]:
    """`party` is the origin that asked for the token, `now` epoch seconds."""
    claims: dict[str, Any] = {
        "azp": party,
        "exp": now + LIFETIME,
        "fva": [(now - session.created_at) // 60, -1],
        "iat": now,
        "iss": issuer,
        "jti": token_id,
        "metadata": dict(user.public_metadata),
        "nbf": now - NOT_BEFORE,
        "sid": session.id,
        "sts": "active",
        "sub": user.id,
        "v": 2,
    }
    listed = {
        "fea": scoped(organization.features if organization else (), user.features),
        "pla": scoped((organization.plan,) if organization else (), (user.plan,)),
    }
    claims |= {name: text for name, text in listed.items() if text}
    if organization:
        claims["o"] = organization_claim(organization, user.id)
    return claims


def scoped(of_organization: tuple[str, ...], of_user: tuple[str, ...]) -> str:
    names = [f"o:{name}" for name in of_organization if name]
    return ",".join(names + [f"u:{name}" for name in of_user if name])


def organization_claim(organization: Organization, user_id: str) -> dict[str, str]:
    """Permissions are named once; each feature has a mask of bits over the names."""
    permissions = [each.split(":") for each in organization.permissions_of(user_id)]
    names = list(dict.fromkeys(name for _, name in permissions))
    masks = (
        sum(1 << names.index(name) for owner, name in permissions if owner == feature)
        for feature in organization.features
    )
    return {
        "id": organization.id,
        "slg": organization.slug,
        "rol": organization.members[user_id],
        "per": ",".join(names),
        "fpm": ",".join(map(str, masks)),
    }
