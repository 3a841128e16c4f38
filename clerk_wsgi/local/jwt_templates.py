"""Templates of tokens for other services (Clerk: backend API, 2.4).

The instance's own: `_signing_key`, a secret that the other service shares.
"""

import re
from collections.abc import Mapping
from typing import Any

from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.params import (
    Kind,
    flag,
    one_of,
    read,
    text,
    thing,
    unknown_parameter,
    whole,
)
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.state import State, missing

KIND = "jwt_template"
RESERVED = ("azp", "exp", "iat", "iss", "jti", "nbf", "sub")
NAME = re.compile(r"[\w-]{1,128}", re.ASCII)
SHORTEST, LONGEST = 30, 315_360_000
LIFETIME, SKEW = 60, 5
SHARED = ("HS256", "HS384", "HS512")

FIELDS: dict[str, Kind] = {
    "name": text,
    "claims": thing,
    "lifetime": whole(SHORTEST, LONGEST),
    "allowed_clock_skew": whole(0, 300),
    "custom_signing_key": flag,
    "signing_algorithm": one_of("RS256", *SHARED),
    "signing_key": text,
}


def create_template(
    state: State, name: str, claims: Mapping[str, Any], **given: Any
) -> Document:
    """`given`: `lifetime` and `allowed_clock_skew` (seconds).

    For a key of one's own: `custom_signing_key`, `signing_algorithm`, `signing_key`.
    Raises ApiError.
    """
    fields = read({"name": name, "claims": claims, **given}, FIELDS)
    with state.changing():
        require_name(state, fields["name"])
        template = {
            "id": state.ids.new("jtmp"),
            "object": KIND,
            "lifetime": LIFETIME,
            "allowed_clock_skew": SKEW,
            "custom_signing_key": False,
            "signing_algorithm": "RS256",
            **own_key(fields),
            "created_at": state.now_ms,
            "updated_at": state.now_ms,
        }
        require_claims(template["claims"])
        state.records.keep(KIND, template)
    return template


def change_template(
    state: State, template_id: str, given: Mapping[str, Any]
) -> Document:
    with state.changing():
        template = state.need(KIND, template_id)
        fields = own_key(read(given, FIELDS))
        if fields.get("name", template["name"]) != template["name"]:
            require_name(state, fields["name"])
        require_claims(fields.get("claims", {}))
        return state.update(KIND, template_id, **fields)


def delete_template(state: State, template_id: str) -> Document:
    with state.changing():
        state.need(KIND, template_id)
        state.records.drop(KIND, template_id)
    return {"id": template_id, "object": KIND, "deleted": True}


def find_template(state: State, name: str) -> Document:
    """The one with that name or id. Raises ApiError (404)."""
    known = state.records.find(KIND, name=name)
    found = known[0] if known else state.records.get(KIND, name)
    return found or missing(KIND)


def own_key(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields as they are kept: the key is shown to nobody."""
    if not fields.get("custom_signing_key"):
        for name in ("signing_key", "signing_algorithm"):
            fields.pop(name, None)
        if "custom_signing_key" in fields:
            fields |= {"signing_algorithm": "RS256", "_signing_key": None}
        return fields
    for name in ("signing_key", "signing_algorithm"):
        if not fields.get(name):
            said = f"`{name}` is required when `custom_signing_key` is `true`."
            raise ApiError(422, "form_conditional_param_missing", said, name)
    if fields["signing_algorithm"] not in SHARED:
        raise unknown_parameter("signing_key")
    key = fields.pop("signing_key")
    return {**fields, "_signing_key": key}


def require_name(state: State, name: str) -> None:
    if not NAME.fullmatch(name):
        said = "The name of a template has letters, digits, hyphens and underscores."
        raise ApiError(422, "form_param_format_invalid", said, "name")
    if state.records.find(KIND, name=name):
        said = "There is a template with that name already."
        raise ApiError(422, "form_already_exists", said, "name")


def require_claims(claims: Mapping[str, Any]) -> None:
    for name in RESERVED:
        if name in claims:
            said = f"You can't use the reserved claim: '{name}'"
            raise ApiError(400, "jwt_template_reserved_claim", said, "claims")
