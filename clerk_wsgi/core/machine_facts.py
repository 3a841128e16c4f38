"""What a verified machine token says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineFacts:
    """An API key, M2M token or OAuth access token (Clerk: keys and tokens, 11)."""

    token_type: str
    id: str
    subject: str
    scopes: tuple[str, ...] = ()
    name: str | None = None
    claims: Mapping[str, Any] | None = None
    client_id: str | None = None

    @property
    def user_id(self) -> str | None:
        if self.token_type == "oauth_token":
            return self.subject
        named = self.token_type == "api_key" and self.subject.startswith("user_")
        return self.subject if named else None

    @property
    def org_id(self) -> str | None:
        named = self.token_type == "api_key" and self.subject.startswith("org_")
        return self.subject if named else None

    @property
    def machine_id(self) -> str | None:
        return self.subject if self.token_type == "m2m_token" else None
