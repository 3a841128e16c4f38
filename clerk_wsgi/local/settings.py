"""The instance itself: its name, its keys, its manner. Kept beside what it knows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clerk_wsgi.core.errors import ConfigurationError
from clerk_wsgi.core.keys import cookie_suffix, require_publishable_key
from clerk_wsgi.local.naming import (
    development_publishable_key,
    development_secret_key,
    made_up_keys,
)
from clerk_wsgi.local.state import State

MANNERS = ("development", "production")
CLAIMS = {"metadata": "{{user.public_metadata}}"}


@dataclass(frozen=True, slots=True)
class Settings:
    """`session_claims` are the instance's own claims in each session token."""

    instance_id: str
    publishable_key: str
    secret_key: str
    webhook_secret: str
    session_claims: Mapping[str, Any]

    @property
    def host(self) -> str:
        return require_publishable_key(self.publishable_key).host

    @property
    def issuer(self) -> str:
        return f"https://{self.host}"

    @property
    def suffix(self) -> str:
        return cookie_suffix(self.publishable_key)

    @property
    def is_production(self) -> bool:
        """Is it one whose browsers are known by cookies, as live ones are?"""
        return self.publishable_key.startswith("pk_live_")


def settle(
    state: State,
    *,
    publishable_key: str | None,
    secret_key: str | None,
    manner: str,
    session_claims: Mapping[str, Any] | None,
) -> Settings:
    """The settings that are kept, or new ones. Raises ConfigurationError."""
    if manner not in MANNERS:
        raise ConfigurationError(f"The option manner must be one of {MANNERS}.")
    known = state.records.get("instance", "instance") or {}
    require_same(known, manner)
    if manner == "production":
        keys = made_up_keys(publishable_key, secret_key, known)
    else:
        key = publishable_key or known.get("publishable_key")
        keys = (
            development_publishable_key(key).text,
            development_secret_key(secret_key or known.get("secret_key")),
        )
    settings = Settings(
        instance_id=known.get("instance_id") or state.ids.new("ins"),
        publishable_key=keys[0],
        secret_key=keys[1],
        webhook_secret=known.get("webhook_secret") or state.ids.webhook_secret(),
        session_claims=CLAIMS if session_claims is None else session_claims,
    )
    kept = {name: getattr(settings, name) for name in Settings.__slots__}
    with state.changing():
        state.records.keep("instance", {"id": "instance", **kept})
    return settings


def kept_settings(state: State) -> Settings:
    """Those of a data file. Raises ConfigurationError if it has none."""
    known = state.records.get("instance", "instance")
    if known is None:
        raise ConfigurationError("The data file is of no instance yet.")
    return Settings(**{name: known[name] for name in Settings.__slots__})


def require_same(known: Mapping[str, str], manner: str) -> None:
    """Raise ConfigurationError if what is kept was of another manner."""
    was = "production" if "pk_live_" in known.get("publishable_key", "") else MANNERS[0]
    if known and was != manner:
        raise ConfigurationError(
            f"The data file is of an instance in the {was} manner: ask for that, or "
            "name another file."
        )
