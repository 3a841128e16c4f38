"""What the claims of a session token say about its user and organization.

Source: "Clerk: keys and tokens", session token claims. The claims are signed, yet
nothing here trusts their shape: what is malformed gives no rights and no exception.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

# What JavaScript's trim() removes, which is what the issuer of the claims means by
# a blank; str.strip() would also remove U+0085 and the separators U+001C to U+001F.
_BLANKS = (
    "\t\n\v\f\r \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008"
    "\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
)
_ORGANIZATION_SCOPES = ("o", "ou", "uo")
_USER_SCOPES = ("u", "ou", "uo")

# int() reads this many digits however Python's own limit is configured.
# Permissions with a later place in `per` are never granted.
_READABLE_PERMISSIONS = 640


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFacts:
    """The properties of a session, whichever version its token has.

    `actor` and `factor_verification_age` are handed on unchecked. `features` and
    `plans` are the text of their claims ("o:teams,u:profile"), empty when absent.
    `org_permissions` is None when the token does not speak of permissions.
    """

    user_id: str | None
    session_id: str | None
    session_status: str | None
    actor: Any
    org_id: str | None
    org_role: str | None
    org_slug: str | None
    org_permissions: tuple[str, ...] | None
    factor_verification_age: Any
    features: str
    plans: str


_Organization: TypeAlias = tuple[
    str | None, str | None, str | None, tuple[str, ...] | None
]


def read_session(claims: Mapping[str, Any]) -> SessionFacts:
    """Read the claims of a verified session token, of either version. Never raises.

    Text that is no text counts as absent. A pending session is read like any other.
    """
    second_version = claims.get("v") == 2
    read_organization = _read_second_version if second_version else _read_first_version
    org_id, org_role, org_slug, org_permissions = read_organization(claims)
    return SessionFacts(
        user_id=_text(claims.get("sub")),
        session_id=_text(claims.get("sid")),
        session_status=_text(claims.get("sts")),
        actor=claims.get("act"),
        org_id=org_id,
        org_role=org_role,
        org_slug=org_slug,
        org_permissions=org_permissions,
        factor_verification_age=claims.get("fva"),
        features=_text(claims.get("fea")) or "",
        plans=_text(claims.get("pla")) or "",
    )


def has_unreadable_features(claims: Mapping[str, Any]) -> bool:
    """Would Clerk's own reader stumble over the features of the organization?"""
    features = claims.get("fea")
    if claims.get("v") != 2 or not claims.get("o") or not features:
        return False
    return not isinstance(features, str) or any(
        ":" not in element for element in features.split(",")
    )


def split_by_scope(claim: object) -> tuple[list[str], list[str]]:
    """The organization's and the user's names in a claim such as "o:teams,ou:chat".

    One malformed element, or a claim that is no text, leaves both empty.
    """
    if not isinstance(claim, str):
        return [], []
    organization: list[str] = []
    user: list[str] = []
    for element in _split(claim):
        scope, colon, name = element.partition(":")
        if not colon:
            return [], []
        if scope in _ORGANIZATION_SCOPES:
            organization.append(name)
        if scope in _USER_SCOPES:
            user.append(name)
    return organization, user


def _read_first_version(claims: Mapping[str, Any]) -> _Organization:
    permissions = claims.get("org_permissions")
    return (
        _text(claims.get("org_id")),
        _text(claims.get("org_role")),
        _text(claims.get("org_slug")),
        tuple(name for name in permissions if isinstance(name, str))
        if isinstance(permissions, list)
        else None,
    )


def _read_second_version(claims: Mapping[str, Any]) -> _Organization:
    organization = claims.get("o")
    if not isinstance(organization, Mapping):
        # Absent is no organization; anything else is one that nothing is known of.
        return None, None, None, () if organization else None
    role = _text(organization.get("rol"))
    return (
        _text(organization.get("id")),
        f"org:{role}" if role else None,
        _text(organization.get("slg")),
        tuple(_permissions(claims.get("fea"), organization)),
    )


def _permissions(features: object, organization: Mapping[str, Any]) -> list[str]:
    """Each feature of the organization has a mask of bits over the names in `per`."""
    names, masks = organization.get("per"), organization.get("fpm")
    if not (isinstance(names, str) and names and isinstance(masks, str)):
        return []
    listed = _split(names)[:_READABLE_PERMISSIONS]
    bits = [_low_bits(mask, len(listed)) for mask in _split(masks)]
    return [
        f"org:{feature}:{name}"
        for feature, mask in zip(split_by_scope(features)[0], bits, strict=False)
        for place, name in enumerate(listed)
        if mask >> place & 1
    ]


def _low_bits(mask: str, count: int) -> int:
    """The `count` lowest bits, at least, of a decimal; none if it is no decimal.

    10**n is divisible by 2**n, so the last n digits decide the last n bits.
    """
    return int(mask[-count:]) if mask.isascii() and mask.isdigit() else 0


def _split(claim: str) -> list[str]:
    return [element.strip(_BLANKS) for element in claim.split(",")]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
