"""Names and keys of an instance that nobody has to register."""

import secrets
from collections.abc import Mapping

from clerk_wsgi.core.errors import ConfigurationError
from clerk_wsgi.core.keys import (
    PublishableKey,
    build_publishable_key,
    is_development_secret_key,
    require_publishable_key,
)

MANNERS = ("brave", "calm", "clever", "eager", "fair", "gentle", "happy", "keen")
ANIMALS = ("badger", "crane", "falcon", "heron", "ibex", "lynx", "otter", "puffin")


def new_host() -> str:
    """A Frontend API's host name, as Clerk names development instances."""
    number = 10 + secrets.randbelow(90)
    name = f"{secrets.choice(MANNERS)}-{secrets.choice(ANIMALS)}-{number}"
    return f"{name}.clerk.accounts.dev"


def development_publishable_key(text: str | None) -> PublishableKey:
    """The key in `text`, else a new one. Raises ConfigurationError for a live one."""
    key = require_publishable_key(text or build_publishable_key(new_host()))
    if not key.is_development:
        raise ConfigurationError(
            "A local Clerk takes no live keys: publishable_key must start with "
            "pk_test_."
        )
    return key


def development_secret_key(text: str | None) -> str:
    key = text or f"sk_test_{secrets.token_urlsafe(30)}"
    if not is_development_secret_key(key):
        raise ConfigurationError(
            "A local Clerk takes no live keys: secret_key must start with sk_test_."
        )
    return key


def made_up_keys(
    publishable_key: str | None, secret_key: str | None, known: Mapping[str, str]
) -> tuple[str, str]:
    """Keys of the live kind that are nobody's: our own, and of a loopback host.

    Raises ConfigurationError for keys that are handed in, since those could be live.
    """
    if publishable_key or secret_key:
        raise ConfigurationError(
            "A local Clerk of the production manner makes its own keys: leave "
            "publishable_key and secret_key out."
        )
    if known:
        return known["publishable_key"], known["secret_key"]
    name = new_host().partition(".")[0]
    return (
        build_publishable_key(f"clerk.{name}.localhost"),
        f"sk_live_{secrets.token_urlsafe(30)}",
    )
