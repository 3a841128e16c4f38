"""What is printed on the terminal. Plain text, so that every terminal shows it."""

from clerk_wsgi.local.people import Directory, User


def seeded(people: Directory) -> str:
    """Who can sign in, with passwords: they are made up and guard nothing."""
    lines = [(u.email, u.password, roles(u, people)) for u in people.users]
    rows = [("Sign in as", "password", ""), *lines]
    widths = [max(len(row[place]) for row in rows) for place in (0, 1)]
    return "\n".join(
        f"  {email:{widths[0]}}  {password:{widths[1]}}  {told}".rstrip()
        for email, password, told in rows
    )


def roles(user: User, people: Directory) -> str:
    found = people.organizations_of(user.id)
    told = [f"{each.members[user.id]} of {each.slug}" for each in found]
    if "role" in user.public_metadata:
        told.insert(0, str(user.public_metadata["role"]))
    return ", ".join(told) or "in no organization"
