"""Metadata: merged and replaced as Clerk does (Clerk: backend API, 3.2)."""

import json
from collections.abc import Mapping
from typing import Any

from clerk_wsgi.local.answers import ApiError

LARGEST = 8 * 1024


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
        raise ApiError(422, "form_param_format_invalid", said, name)
    if len(json.dumps(value)) > LARGEST:
        said = f"{name} must be at most {LARGEST // 1024} KB."
        raise ApiError(422, "form_param_max_length_exceeded", said, name)
    return value
