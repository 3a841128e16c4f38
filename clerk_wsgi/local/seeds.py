"""The people that an instance starts with: a mapping, or a file of JSON or TOML.

What an entry can have is said in the documentation, under "Clerk in a box".
"""

import json
import tomllib
from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from clerk_wsgi.core.errors import ConfigurationError
from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.jwt_templates import create_template
from clerk_wsgi.local.machines import create_machine
from clerk_wsgi.local.memberships import add_member
from clerk_wsgi.local.organizations import create_organization
from clerk_wsgi.local.roles import ADMIN, MEMBER, MEMBERS_SYSTEM, SYSTEM, create_role
from clerk_wsgi.local.state import State
from clerk_wsgi.local.users import create_user, find_by_identifier

Seeds = Mapping[str, Any]
Fields = Mapping[str, type]

METADATA: Fields = {"public_metadata": dict, "private_metadata": dict}
ROLE: Fields = {"key": str, "name": str, "description": str, "permissions": list}
USER: Fields = {
    **dict.fromkeys(("id", "email", "username", "password"), str),
    **dict.fromkeys(("first_name", "last_name", "external_id", "plan"), str),
    **dict.fromkeys(("email_addresses", "phone_numbers", "features"), list),
    **METADATA,
    "unsafe_metadata": dict,
}
ORGANIZATION: Fields = {
    **dict.fromkeys(("id", "name", "slug", "created_by", "plan"), str),
    **METADATA,
    "features": list,
    "members": dict,
    "max_allowed_memberships": int,
}
TEMPLATE: Fields = {
    "name": str,
    "claims": dict,
    **dict.fromkeys(("lifetime", "allowed_clock_skew"), int),
    **dict.fromkeys(("signing_algorithm", "signing_key"), str),
}
MACHINE: Fields = {
    **dict.fromkeys(("id", "name"), str),
    "scoped_machines": list,
    "default_token_ttl": int,
}
CALLED = {str: "a text", list: "a list of texts", dict: "a table", int: "a number"}


def read_seeds(path: str | Path) -> Seeds:
    """TOML if the name says so, else JSON. Raises ConfigurationError."""
    path = Path(path)
    try:
        text = path.read_text("utf-8")
        read = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        said = getattr(error, "strerror", None) or error
        raise ConfigurationError(
            f"The seeds in {str(path)!r} cannot be read: {said}."
        ) from None
    if not isinstance(read, dict):
        raise ConfigurationError(f"The seeds in {str(path)!r} are no object.")
    return read


def sow(state: State, seeds: Seeds) -> None:
    """Everybody in `seeds`, all or nobody. Raises ConfigurationError."""
    unknown = sorted(set(seeds) - set(PARTS))
    if unknown:
        raise ConfigurationError(
            f"The seeds name {unknown[0]!r}; they can have: {', '.join(PARTS)}."
        )
    with state.changing():
        create_role(state, ADMIN, SYSTEM)
        create_role(state, MEMBER, MEMBERS_SYSTEM)
        for part in PARTS:
            entries = seeds.get(part, [])
            if not isinstance(entries, list):
                raise ConfigurationError(f"The seeds' {part} must be a list.")
            for number, entry in enumerate(entries, 1):
                sow_one(state, part, number, entry)


def sow_one(state: State, part: str, number: int, entry: Any) -> None:
    fields, add = PARTS[part]
    try:
        add(state, checked(entry, fields))
    except (ApiError, TypeError, ValueError) as error:
        said = error.description if isinstance(error, ApiError) else error
        raise ConfigurationError(
            f"The seeds cannot be used: {part}, number {number}{name_of(entry)}: {said}"
        ) from None


def checked(entry: Any, fields: Fields) -> dict[str, Any]:
    """A copy of the entry. Raises ValueError for what it cannot have."""
    if not isinstance(entry, Mapping):
        raise ValueError("it must be a table.")
    for name, value in entry.items():
        if name not in fields:
            raise ValueError(f"it has {name!r}; it can have: {', '.join(fields)}.")
        if not is_a(fields[name], value):
            raise ValueError(f"{name} must be {CALLED[fields[name]]}.")
    return dict(entry)


def is_a(kind: type, value: Any) -> bool:
    """Lists are of texts."""
    texts = value if isinstance(value, list) else ()
    return type(value) is kind and all(isinstance(each, str) for each in texts)


def name_of(entry: Any) -> str:
    """What the entry calls itself, in brackets."""
    if not isinstance(entry, Mapping):
        return ""
    names = (entry.get(each) for each in ("email", "slug", "key", "name", "id"))
    found = next((each for each in names if each), "")
    return f" ({found})" if found else ""


def add_role(state: State, given: dict[str, Any]) -> None:
    """The permissions of a role that Clerk brings come besides its own."""
    key = required(given, "key")
    system = {ADMIN: SYSTEM, MEMBER: MEMBERS_SYSTEM}.get(key, ())
    create_role(state, key, [*system, *given.pop("permissions", ())], **given)


def add_user(state: State, given: dict[str, Any]) -> None:
    """`email` comes before `email_addresses`: the first address is primary."""
    first = [given.pop("email")] if "email" in given else []
    addresses = [*first, *given.pop("email_addresses", ())]
    identity = given.pop("id", None)
    own = {"_features": given.pop("features", []), "_plan": given.pop("plan", "")}
    create_user(state, identity=identity, email_addresses=addresses, **given, **own)


def add_organization(state: State, given: dict[str, Any]) -> None:
    """`members` maps users, by id or any identifier, to roles."""
    members, identity = given.pop("members", {}), given.pop("id", None)
    name = required(given, "name")
    made = create_organization(state, name, identity=identity, **given)
    for who, role in members.items():
        user = state.records.get("user", who) or find_by_identifier(state, who)
        if user is None:
            raise ValueError(f"no user is called {who!r}.")
        if not isinstance(role, str):
            raise ValueError(f"the role of {who} must be a text.")
        add_member(state, made["id"], user["id"], role)


def add_template(state: State, given: dict[str, Any]) -> None:
    """With a `signing_key` of its own it is signed by that."""
    name, claims = required(given, "name"), given.pop("claims", {})
    own = {"custom_signing_key": True} if "signing_key" in given else {}
    create_template(state, name, claims, **given, **own)


def add_machine(state: State, given: dict[str, Any]) -> None:
    """Its `scoped_machines` (ids) come before it."""
    name, identity = required(given, "name"), given.pop("id", None)
    create_machine(state, name, identity=identity, **given)


def required(given: dict[str, Any], name: str) -> str:
    if not given.get(name):
        raise ValueError(f"it needs a {name}.")
    return str(given.pop(name))


Add = Callable[[State, dict[str, Any]], None]
PARTS: Mapping[str, tuple[Fields, Add]] = {
    "roles": (ROLE, add_role),
    "users": (USER, add_user),
    "organizations": (ORGANIZATION, add_organization),
    "jwt_templates": (TEMPLATE, add_template),
    "machines": (MACHINE, add_machine),
}
PACKAGED = files("clerk_wsgi.local") / "seeds.toml"
PEOPLE: Seeds = tomllib.loads(PACKAGED.read_text("utf-8"))
