"""What is printed on the terminal. Plain text, so that every terminal shows it."""

from collections.abc import Mapping
from typing import Any

from clerk_wsgi.local import LocalClerk
from clerk_wsgi.local.data_file import IN_MEMORY
from clerk_wsgi.local.seeds import PEOPLE, Seeds, read_seeds

NAMES = ("email", "email_addresses", "username", "phone_numbers")


def chosen_seeds(path: str | None) -> Seeds:
    """Those of the file, or the demo's. Raises ConfigurationError."""
    return PEOPLE if path is None else read_seeds(path)


def kept(local: LocalClerk) -> str:
    """What of it is there next time."""
    path = local.state.records.path
    where = "nowhere" if path == IN_MEMORY else f"in {path}"
    return f"State is kept {where}; e-mail is printed here."


def people(local: LocalClerk, seeds: Seeds) -> str:
    """Who can sign in: those of the seeds, or those of a file that was there before."""
    if local.is_new:
        return seeded(seeds)
    number = local.state.records.count("user")
    return f"  The data file has {number} users; the seeds were sown when it was new."


def seeded(seeds: Seeds) -> str:
    """Who can sign in, with passwords: they are made up and guard nothing."""
    users = [each for each in seeds.get("users", ()) if each.get("password")]
    if not users:
        return "  Nobody in the seeds has a password; sign up to come in."
    lines = [(name_of(u), u["password"], roles(u, seeds)) for u in users]
    rows = [("Sign in as", "password", ""), *lines]
    widths = [max(len(row[place]) for row in rows) for place in (0, 1)]
    return "\n".join(
        f"  {name:{widths[0]}}  {password:{widths[1]}}  {told}".rstrip()
        for name, password, told in rows
    )


def name_of(user: Mapping[str, Any]) -> str:
    """What the user signs in with."""
    found = next((user[each] for each in NAMES if user.get(each)), "")
    return str(found[0] if isinstance(found, list) else found)


def roles(user: Mapping[str, Any], seeds: Seeds) -> str:
    named = {user.get("id"), user.get("username"), name_of(user)}
    told = [
        f"{role.removeprefix('org:')} of {each.get('slug', each['name'])}"
        for each in seeds.get("organizations", ())
        for who, role in each.get("members", {}).items()
        if who in named
    ]
    metadata = user.get("public_metadata", {})
    if "role" in metadata:
        told.insert(0, str(metadata["role"]))
    return ", ".join(told) or "in no organization"
