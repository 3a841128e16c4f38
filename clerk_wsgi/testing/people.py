"""What tests are given: plain values that name whom and what they made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who can sign in; `email` is empty where the test gave none."""

    id: str
    email: str


@dataclass(frozen=True, slots=True)
class Organization:
    id: str
    slug: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session that a test began, and its token with what that says.

    The token is in no repr, as everywhere.
    """

    user: User
    session_id: str
    token: str = field(repr=False)
    claims: Mapping[str, Any] = field(repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """For clients that keep no cookies: `client.get("/api", headers=...)`."""
        return {"Authorization": f"Bearer {self.token}"}
