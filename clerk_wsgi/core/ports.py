"""What the decisions are handed, since they reach for nothing themselves."""

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from clerk_wsgi.core.claims import SessionFacts
from clerk_wsgi.core.tokens import Token
from clerk_wsgi.core.verification import VerificationKey

# The version of Clerk's API that all this is written for.
API_VERSION = "2026-05-12"


class FindKey(Protocol):
    def __call__(self, kid: str | None) -> VerificationKey:
        """The key of that name. Raises KeyNotFound or KeysUnavailable."""


@dataclass(frozen=True, slots=True)
class Verified:
    """A session token whose signature and claims were found good.

    It was not yet good before `since_ms` and is over at `until_ms`, in epoch
    milliseconds.
    """

    token: Token
    key: VerificationKey
    session: SessionFacts
    since_ms: float
    until_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """An expired session that may be renewed (Clerk: backend API, 2.3)."""

    session_id: str
    expired_token: str
    refresh_token: str
    request_origin: str
    request_headers: Mapping[str, list[str]]
    suffixed_cookies: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Functions to the outside; one that is None is not to be had now.

    `now` gives epoch milliseconds. `remembered` keeps verified tokens by their text.
    `renew` and `exchange_nonce` give Set-Cookie values, `verify_machine_token` takes
    a type and an opaque token and gives Clerk's answer; the three raise ClerkAPIError.
    """

    now: Callable[[], float]
    find_key: FindKey
    remembered: MutableMapping[str, Verified]
    warn: Callable[[str], None]
    renew: Callable[[Renewal], Sequence[str]] | None = None
    exchange_nonce: Callable[[str], Sequence[str]] | None = None
    verify_machine_token: Callable[[str, str], Mapping[str, Any]] | None = None
