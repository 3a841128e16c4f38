"""Metadata: merged and replaced as Clerk does (Clerk: backend API, 3.2)."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from clerk_wsgi.local.answers import ApiError

LARGEST = 8 * 1024

PUBLIC, PRIVATE, UNSAFE = "public_metadata", "private_metadata", "unsafe_metadata"


def merged(stored: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """`given` over `stored`, at any depth; what is null in it goes."""
    result = dict(stored)
    for name, value in given.items():
        known = result.get(name)
        if value is None:
            result.pop(name, None)
        elif isinstance(value, Mapping):
            base = known if isinstance(known, Mapping) else {}
            result[name] = merged(base, value)
        else:
            result[name] = value
    return result


def require_metadata(name: str, value: Any) -> dict[str, Any]:
    """Raises ApiError (422) for what is no object, or too large to be kept."""
    if not isinstance(value, dict):
        said = f"{name} must be a valid object."
        raise ApiError(422, "form_param_value_invalid", said, name)
    if len(json.dumps(value, ensure_ascii=False).encode()) > LARGEST:
        said = f"{name} must be at most {LARGEST // 1024} KB."
        raise ApiError(422, "form_param_exceeds_allowed_size", said, name)
    return value


def changed_metadata(
    stored: Mapping[str, Any],
    given: Mapping[str, Any],
    kinds: Sequence[str],
    *,
    is_whole: bool = False,
) -> dict[str, dict[str, Any]]:
    """The new values of those `kinds` that are given: merged, or as a whole."""
    named = {
        n: require_metadata(n, given[n]) for n in kinds if given.get(n) is not None
    }
    return {
        name: value if is_whole else require_metadata(name, merged(stored[name], value))
        for name, value in named.items()
    }
