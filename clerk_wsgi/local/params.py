"""The members of a request's body, of the kinds that they must be.

Source: Clerk, backend API, 1.7. A kind is a function of a member's name and value: it
gives the value, or raises ApiError in Clerk's words.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.metadata import require_metadata

Kind = Callable[[str, Any], Any]

LONGEST, LONGEST_TEXT = 1024, 16 * 1024
MOST = 2**53
CENTURY = 100 * 365 * 24 * 60 * 60
"""In seconds. Whatever is to happen later than that is a mistake."""


def read(
    given: Mapping[str, Any],
    kinds: Mapping[str, Kind],
    *,
    required: Iterable[str] = (),
    keep_null: bool = False,
) -> dict[str, Any]:
    """The members that have a kind; others are nobody's business.

    Null is as good as nothing, unless with `keep_null`: then it takes something away.
    """
    for name in required:
        if given.get(name) in (None, ""):
            raise missing_parameter(name)
    found = {name: given[name] for name in kinds if name in given}
    return {
        name: None if value is None else kinds[name](name, value)
        for name, value in found.items()
        if keep_null or value is not None
    }


def text(name: str, value: Any) -> str:
    return bounded(name, value, LONGEST)


def long_text(name: str, value: Any) -> str:
    """A token, for example."""
    return bounded(name, value, LONGEST_TEXT)


def bounded(name: str, value: Any, longest: int) -> str:
    if not isinstance(value, str):
        raise wrong_type(name, "string")
    if len(value) > longest:
        said = f"{name} should not exceed {longest} characters."
        raise ApiError(422, "form_param_max_length_exceeded", said, name)
    return value


def flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise wrong_type(name, "boolean")
    return value


def whole(lowest: int = 0, highest: int = MOST) -> Kind:
    """A whole number; 7.0 is one too, since some JSON writers know no other."""

    def read_whole(name: str, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise wrong_type(name, "integer")
        if value != value // 1 or not lowest <= value <= highest:
            said = f"{name} must be a whole number from {lowest} to {highest}."
            raise ApiError(422, "form_param_value_invalid", said, name)
        return int(value)

    return read_whole


def seconds(name: str, value: Any) -> int:
    number: int = whole(1, CENTURY)(name, value)
    return number


def texts(name: str, value: Any) -> list[str]:
    if not isinstance(value, list):
        raise wrong_type(name, "array")
    return [text(name, each) for each in value]


def thing(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise wrong_type(name, "object")
    return value


def metadata(name: str, value: Any) -> dict[str, Any]:
    return require_metadata(name, value)


def one_of(*allowed: str) -> Kind:
    def read_one(name: str, value: Any) -> str:
        if value not in allowed:
            said = f"{name} must be one of: {', '.join(allowed)}."
            raise ApiError(422, "form_param_value_invalid", said, name)
        return str(value)

    return read_one


def moment(name: str, value: Any) -> int:
    """Epoch milliseconds: as they are, or of a time as RFC 3339 writes it."""
    if isinstance(value, int) and not isinstance(value, bool):
        number: int = whole()(name, value)
        return number
    try:
        time = datetime.fromisoformat(text(name, value))
        return int(time.replace(tzinfo=time.tzinfo or UTC).timestamp() * 1000)
    except (ValueError, OverflowError):
        said = f"{name} must contain a datetime specified in RFC3339 format."
        raise ApiError(422, "form_param_invalid_time", said, name) from None


def missing_parameter(name: str) -> ApiError:
    return ApiError(422, "form_param_missing", f"{name} must be included.", name)


def wrong_type(name: str, kind: str) -> ApiError:
    said = f"`{name}` must be a `{kind}`."
    return ApiError(422, "form_param_type_invalid", said, name)


def unknown_parameter(name: str) -> ApiError:
    said = f"{name} is not a valid parameter for this request."
    return ApiError(422, "form_param_unknown", said, name)
