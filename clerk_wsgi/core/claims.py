"""What the claims of a session token say about its user and organization.

Source: "Clerk: keys and tokens", session token claims. The claims are signed, yet
nothing here trusts their shape: what is malformed gives no rights and no exception.
"""

from collections.abc import Mapping
from typing import Any

from clerk_wsgi.core.once import once

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


class SessionFacts:
    """The properties of a session, whichever version its token has.

    Each is worked out when it is first asked for, and never raises; text that is no
    text counts as absent. `actor` and `factor_verification_age` are handed on
    unchecked. A pending session is read like any other.
    """

    _claims: Mapping[str, Any]

    def __init__(self, claims: Mapping[str, Any]) -> None:
        self.__dict__["_claims"] = claims

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{name} is a fact and cannot be changed")

    @once
    def _is_second_version(self) -> bool:
        return self._claims.get("v") == 2

    @once
    def user_id(self) -> str | None:
        return _text(self._claims.get("sub"))

    @once
    def session_id(self) -> str | None:
        return _text(self._claims.get("sid"))

    @once
    def session_status(self) -> str | None:
        return _text(self._claims.get("sts"))

    @property
    def actor(self) -> Any:
        return self._claims.get("act")

    @property
    def factor_verification_age(self) -> Any:
        return self._claims.get("fva")

    @once
    def org_id(self) -> str | None:
        return self._of_organization("id", "org_id")

    @once
    def org_slug(self) -> str | None:
        return self._of_organization("slg", "org_slug")

    @once
    def org_role(self) -> str | None:
        role = self._of_organization("rol", "org_role")
        if not self._is_second_version:
            return role
        return f"org:{role}" if role else None

    @once
    def org_permissions(self) -> tuple[str, ...] | None:
        """None when the token does not speak of permissions."""
        if not self._is_second_version:
            return _texts(self._claims.get("org_permissions"))
        organization = self._claims.get("o")
        if organization in (None, False, 0, ""):
            return None
        if not isinstance(organization, Mapping):
            return ()  # An organization that nothing is known of.
        return tuple(_permissions(self._claims.get("fea"), organization))

    @property
    def features(self) -> str:
        """The text of the claim ("o:teams,u:profile"), empty when absent."""
        return _text(self._claims.get("fea")) or ""

    @property
    def plans(self) -> str:
        return _text(self._claims.get("pla")) or ""

    def _of_organization(self, name: str, first_version_name: str) -> str | None:
        if not self._is_second_version:
            return _text(self._claims.get(first_version_name))
        organization = self._claims.get("o")
        if not isinstance(organization, Mapping):
            return None
        return _text(organization.get(name))


def has_unreadable_features(claims: Mapping[str, Any]) -> bool:
    """Would Clerk's own reader stumble over the organization's features or rights?"""
    organization, features = claims.get("o"), claims.get("fea")
    if claims.get("v") != 2 or organization in (None, False, 0, ""):
        return False
    if isinstance(organization, Mapping) and _has_unreadable_rights(organization):
        return True
    if not isinstance(features, str):
        return bool(features)
    return features != "" and any(":" not in each for each in features.split(","))


def _has_unreadable_rights(organization: Mapping[str, Any]) -> bool:
    rights = organization.get("per"), organization.get("fpm")
    return all(rights) and not all(isinstance(each, str) for each in rights)


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


def _texts(value: object) -> tuple[str, ...] | None:
    if not isinstance(value, list):
        return None
    return tuple(each for each in value if isinstance(each, str))


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
