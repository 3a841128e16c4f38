"""May the user do this? The answer is no unless everything asked says yes.

Source: "Clerk: middleware and auth object", has().
"""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Final, Protocol, TypeAlias

from clerk_wsgi.core.claims import split_by_scope
from clerk_wsgi.core.reverification import is_reverified


class Unasked(Enum):
    """The type of `UNASKED`."""

    UNASKED = "unasked"

    def __repr__(self) -> str:
        return self.name


UNASKED: Final = Unasked.UNASKED
"""A dimension left out; None, in contrast, is asked and fails."""

Name: TypeAlias = str | Unasked | None
Reverification: TypeAlias = str | Mapping[str, Any] | Unasked | None


class Facts(Protocol):
    """What `has` looks at; a `SessionFacts` has it all. Nothing is trusted to be
    of the right type.
    """

    @property
    def user_id(self) -> object: ...
    @property
    def org_id(self) -> object: ...
    @property
    def org_role(self) -> object: ...
    @property
    def org_permissions(self) -> object: ...
    @property
    def factor_verification_age(self) -> object: ...
    @property
    def features(self) -> object: ...
    @property
    def plans(self) -> object: ...


def has(
    facts: Facts,
    *,
    role: Name = UNASKED,
    permission: Name = UNASKED,
    feature: Name = UNASKED,
    plan: Name = UNASKED,
    reverification: Reverification = UNASKED,
) -> bool:
    """Is there a user, was anything asked, and does all of it hold? Never raises.

    `role` and `permission` may lack their prefix "org:"; `feature` and `plan` may
    carry a scope ("o:", "org:", "organization:", "u:", "user:"); `reverification`
    names a preset ("strict") or maps `level` and `afterMinutes`.
    """
    asked: tuple[tuple[object, Callable[[Facts, object], bool]], ...] = (
        (role, _has_role),
        (permission, _has_permission),
        (feature, _has_feature),
        (plan, _has_plan),
        (reverification, _has_reverified),
    )
    answers = [holds(facts, it) for it, holds in asked if it is not UNASKED]
    return _is_filled(facts.user_id) and bool(answers) and all(answers)


def _has_role(facts: Facts, role: object) -> bool:
    ours = facts.org_role
    return (
        _is_filled(facts.org_id)
        and _is_filled(ours)
        and isinstance(role, str)
        and _prefixed(str(ours)) == _prefixed(role)
    )


def _has_permission(facts: Facts, permission: object) -> bool:
    ours = facts.org_permissions
    return (
        _is_filled(facts.org_id)
        and isinstance(ours, list | tuple)
        and isinstance(permission, str)
        and _prefixed(permission) in ours
    )


def _has_feature(facts: Facts, feature: object) -> bool:
    return _lists(facts.features, feature)


def _has_plan(facts: Facts, plan: object) -> bool:
    return _lists(facts.plans, plan)


def _has_reverified(facts: Facts, config: object) -> bool:
    return is_reverified(facts.factor_verification_age, config)


def _lists(claim: object, asked: object) -> bool:
    """Is the feature or plan in the claim, in the scope that was asked for?"""
    if not isinstance(asked, str):
        return False
    organization, user = split_by_scope(claim)
    scope, colon, rest = asked.partition(":")
    if not colon:
        return asked in organization or asked in user
    # Clerk takes "org:" for the feature called "org" of the organization.
    name = rest.partition(":")[0] or scope
    if scope in ("o", "org", "organization"):
        return name in organization
    return scope in ("u", "user") and name in user


def _prefixed(name: str) -> str:
    """ "admin", "org:admin" and "org:org:admin" are one name."""
    start = 0
    while name.startswith("org:", start):
        start += len("org:")
    return f"org:{name[start:]}"


def _is_filled(value: object) -> bool:
    return isinstance(value, str) and value != ""
