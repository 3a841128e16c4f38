"""Who exists: users, organizations, and what each may do there. Plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody who can sign in.

    The password is no secret: a local instance prints it for whoever tries it.
    `features` and `plan` are those of the user, whatever the organization.
    """

    id: str
    email: str
    first_name: str
    last_name: str
    password: str
    public_metadata: Mapping[str, Any] = field(default_factory=dict)
    features: tuple[str, ...] = ()
    plan: str = ""

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """`roles` maps a role (`admin`) to permissions (`reports:read`); `members` maps a
    user's id to a role. The part before the colon is one of `features`.
    """

    id: str
    slug: str
    name: str
    plan: str = ""
    features: tuple[str, ...] = ()
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    members: Mapping[str, str] = field(default_factory=dict)

    def permissions_of(self, user_id: str) -> tuple[str, ...]:
        return self.roles.get(self.members.get(user_id, ""), ())


@dataclass(frozen=True, slots=True)
class Directory:
    """Everybody, and every organization."""

    users: tuple[User, ...] = ()
    organizations: tuple[Organization, ...] = ()

    def find_user(self, user_id: str | None) -> User | None:
        return next((user for user in self.users if user.id == user_id), None)

    def find_email(self, email: str) -> User | None:
        wanted = email.strip().casefold()
        return next((u for u in self.users if u.email.casefold() == wanted), None)

    def find_organization(self, name: str | None) -> Organization | None:
        """The organization with that id or slug."""
        found = (each for each in self.organizations if name in (each.id, each.slug))
        return next(found, None)

    def organizations_of(self, user_id: str) -> list[Organization]:
        return [each for each in self.organizations if user_id in each.members]
