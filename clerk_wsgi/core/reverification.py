"""Was the user verified lately, and by which factors?

Source: "Clerk: middleware and auth object", reverification. Ages are minutes since a
factor was last verified; -1 says that the user has no such factor.
"""

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal, TypeAlias, cast

Level: TypeAlias = Literal["first_factor", "second_factor", "multi_factor"]

PRESETS: Mapping[str, tuple[Level, int]] = MappingProxyType(
    {
        "strict_mfa": ("multi_factor", 10),
        "strict": ("second_factor", 10),
        "moderate": ("second_factor", 60),
        "lax": ("second_factor", 1440),
    }
)
"""Clerk's named configurations: the level, and after how many minutes it is stale."""

_LEVELS = ("first_factor", "second_factor", "multi_factor")
_MINUTES = ("afterMinutes", "after_minutes")
_NOT_ENROLLED = -1


def is_reverified(ages: object, config: object) -> bool:
    """Are the two `ages` of the claim `fva` fresh enough? Malformed is a no.

    `config` names a preset or maps `level` and `afterMinutes` (or `after_minutes`).
    """
    wanted = _read_config(config)
    if wanted is None or not _are_ages(ages):
        return False
    level, minutes = wanted
    first, second = cast(tuple[float, float], ages)
    first_is_fresh = _is_fresh(first, minutes)
    if level == "first_factor" or second == _NOT_ENROLLED:
        return first_is_fresh
    second_is_fresh = _is_fresh(second, minutes)
    if level == "second_factor":
        return second_is_fresh
    return first_is_fresh and second_is_fresh


def reverification_error(
    config: str | Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The JSON that makes Clerk's browser code ask for a reverification.

    Send it with status 403. `config` is what was asked of `has(reverification=...)`.
    """
    metadata = {} if config is None else {"reverification": _on_the_wire(config)}
    return {
        "clerk_error": {
            "type": "forbidden",
            "reason": "reverification-error",
            "metadata": metadata,
        }
    }


def is_reverification_hint(value: object) -> bool:
    """Is this what `reverification_error` makes? Any value may be asked about."""
    error = value.get("clerk_error") if isinstance(value, Mapping) else None
    return (
        isinstance(error, Mapping)
        and error.get("type") == "forbidden"
        and error.get("reason") == "reverification-error"
    )


def _read_config(config: object) -> tuple[str, float] | None:
    if isinstance(config, str):
        return PRESETS.get(config)
    if not isinstance(config, Mapping):
        return None
    level = config.get("level")
    given = [config[name] for name in _MINUTES if name in config]
    agreed = all(_is_number(it) and it == given[0] for it in given)
    return (level, given[0]) if level in _LEVELS and given and agreed else None


def _on_the_wire(config: str | Mapping[str, Any]) -> str | dict[str, Any]:
    if isinstance(config, str):
        return config
    spelling = {"after_minutes": "afterMinutes"}
    return {spelling.get(name, name): value for name, value in config.items()}


def _are_ages(ages: object) -> bool:
    return isinstance(ages, list | tuple) and len(ages) == 2 and all(map(_is_age, ages))


def _is_age(age: Any) -> bool:
    """NaN fails both comparisons; a bool is an int that is no number here."""
    return _is_number(age) and (age == _NOT_ENROLLED or 0 <= age < math.inf)


def _is_number(value: object) -> bool:
    return type(value) in (int, float)


def _is_fresh(age: float, minutes: float) -> bool:
    return age != _NOT_ENROLLED and minutes > age
