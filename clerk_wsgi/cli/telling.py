"""What is printed on the terminal. Plain text, so that every terminal shows it."""

from collections.abc import Mapping
from typing import Any

from clerk_wsgi.local.seeds import Seeds


def seeded(seeds: Seeds) -> str:
    """Who can sign in, with passwords: they are made up and guard nothing."""
    users = [each for each in seeds.get("users", ()) if each.get("password")]
    lines = [(u["email"], u["password"], roles(u, seeds)) for u in users]
    rows = [("Sign in as", "password", ""), *lines]
    widths = [max(len(row[place]) for row in rows) for place in (0, 1)]
    return "\n".join(
        f"  {email:{widths[0]}}  {password:{widths[1]}}  {told}".rstrip()
        for email, password, told in rows
    )


def roles(user: Mapping[str, Any], seeds: Seeds) -> str:
    named = (user.get("id"), user["email"])
    told = [
        f"{role.removeprefix('org:')} of {each['slug']}"
        for each in seeds.get("organizations", ())
        for who, role in each.get("members", {}).items()
        if who in named
    ]
    metadata = user.get("public_metadata", {})
    if "role" in metadata:
        told.insert(0, str(metadata["role"]))
    return ", ".join(told) or "in no organization"
