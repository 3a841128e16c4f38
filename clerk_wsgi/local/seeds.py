"""The people that an instance starts with: a mapping, or a file of JSON or TOML.

[[users]]
email = "ada@example.com"
password = "engine-1843"
public_metadata = { role = "admin" }

[[roles]]
key = "org:editor"
permissions = ["org:posts:write"]

[[organizations]]
slug = "lighthouse"
name = "Lighthouse Press"
plan = "pro"
features = ["reports"]
members = { "ada@example.com" = "org:admin" }
"""

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from clerk_wsgi.core.errors import ConfigurationError
from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.organizations import (
    ADMIN,
    MEMBER,
    MEMBERS_SYSTEM,
    SYSTEM,
    add_member,
    create_organization,
    create_role,
)
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.state import State
from clerk_wsgi.local.users import create_user, find_by_identifier

Seeds = Mapping[str, Any]

PARTS = ("users", "roles", "organizations", "jwt_templates", "machines")


def read_seeds(path: str | Path) -> Seeds:
    """Raises ConfigurationError for a file that cannot be read."""
    path = Path(path)
    try:
        text = path.read_text("utf-8")
        read = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"The seeds in {path} cannot be read: {error}."
        ) from None
    if not isinstance(read, dict):
        raise ConfigurationError(f"The seeds in {path} are no object.")
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
        for part, add in ADDERS.items():
            for each in listed(seeds, part):
                sow_one(state, part, each, add)


def listed(seeds: Seeds, part: str) -> list[Any]:
    found = seeds.get(part, [])
    if not isinstance(found, list):
        raise ConfigurationError(f"The seeds' {part} must be a list.")
    return found


def sow_one(state: State, part: str, given: Any, add: Any) -> None:
    if not isinstance(given, Mapping):
        raise ConfigurationError(f"An entry of the seeds' {part} is no object.")
    try:
        add(state, dict(given))
    except ApiError as error:
        said = f"{error.description} ({part}: {name_of(given)})"
        raise ConfigurationError(f"The seeds cannot be used: {said}") from None
    except (KeyError, TypeError) as error:
        raise ConfigurationError(
            f"The seeds cannot be used: {error} ({part}: {name_of(given)})"
        ) from None


def name_of(given: Mapping[str, Any]) -> str:
    named = (given.get(each) for each in ("email", "slug", "key", "name", "id"))
    return str(next(filter(None, named), "without a name"))


def add_user(state: State, given: dict[str, Any]) -> Document:
    """`email` is one address; `email_addresses`, `features` and `plan` may be given."""
    email = given.pop("email", None)
    addresses = [email] if email else given.pop("email_addresses", [])
    identity = given.pop("id", None)
    own = {"_features": given.pop("features", []), "_plan": given.pop("plan", "")}
    return create_user(
        state, identity=identity, email_addresses=addresses, **given, **own
    )


def add_role(state: State, given: dict[str, Any]) -> None:
    """The permissions of a role that Clerk brings come besides its own."""
    system = {ADMIN: SYSTEM, MEMBER: MEMBERS_SYSTEM}.get(given["key"], ())
    given["permissions"] = [*system, *given.get("permissions", ())]
    create_role(state, **given)


def add_organization(state: State, given: dict[str, Any]) -> None:
    members = given.pop("members", {})
    name = given.pop("name")
    organization = create_organization(
        state, name, identity=given.pop("id", None), **given
    )
    for who, role in members.items():
        user = state.records.get("user", who) or find_by_identifier(state, who)
        if user is None:
            raise KeyError(f"no user is called {who}")
        add_member(state, organization["id"], user["id"], role)


ADDERS = {"roles": add_role, "users": add_user, "organizations": add_organization}

PEOPLE: Seeds = {
    "roles": [
        {
            "key": ADMIN,
            "permissions": [
                "org:reports:read",
                "org:reports:manage",
                "org:billing:read",
                "org:billing:manage",
                "org:admin:read",
            ],
        },
        {"key": MEMBER, "permissions": ["org:reports:read"]},
    ],
    "users": [
        {
            "id": "user_ada",
            "email": "ada@example.com",
            "first_name": "Ada",
            "last_name": "Lovelace",
            "password": "engine-1843",
            "public_metadata": {"role": "admin"},
            "features": ["notes"],
            "plan": "personal",
        },
        {
            "id": "user_grace",
            "email": "grace@example.com",
            "first_name": "Grace",
            "last_name": "Hopper",
            "password": "compiler-1952",
            "features": ["notes"],
            "plan": "personal",
        },
        {
            "id": "user_alan",
            "email": "alan@example.com",
            "first_name": "Alan",
            "last_name": "Turing",
            "password": "machine-1936",
            "plan": "free",
        },
        {
            "id": "user_emmy",
            "email": "emmy@example.com",
            "first_name": "Emmy",
            "last_name": "Noether",
            "password": "symmetry-1918",
            "plan": "free",
        },
    ],
    "organizations": [
        {
            "id": "org_lighthouse",
            "slug": "lighthouse",
            "name": "Lighthouse Press",
            "plan": "pro",
            "features": ["reports", "billing", "admin"],
            "members": {"user_ada": ADMIN, "user_grace": MEMBER},
        },
        {
            "id": "org_rowers",
            "slug": "rowers",
            "name": "River Rowers",
            "plan": "free",
            "features": ["reports"],
            "members": {
                "user_ada": MEMBER,
                "user_grace": ADMIN,
                "user_alan": MEMBER,
            },
        },
    ],
}
