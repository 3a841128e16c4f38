"""What the decisions are handed, since they reach for nothing themselves."""

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from typing import Any, NamedTuple, Protocol

from clerk_wsgi.core.state import SignedIn
from clerk_wsgi.core.tokens import Token
from clerk_wsgi.core.verification import VerificationKey

# The version of Clerk's API that all this is written for.
API_VERSION = "2026-05-12"


class FindKey(Protocol):
    def __call__(self, kid: str | None) -> VerificationKey:
        """The key of that name. Raises KeyNotFound or KeysUnavailable."""


class FindOtherKey(Protocol):
    def __call__(
        self, kid: str | None, than: VerificationKey
    ) -> VerificationKey | None:
        """Another key of that name than this one, if there is one by now.

        Raises KeysUnavailable where that is being found out.
        """


class Verified(NamedTuple):
    """A session token whose signature and claims were found good.

    It was not yet good before `since_ms` and is over at `until_ms`, in epoch
    milliseconds.
    """

    state: SignedIn
    key: VerificationKey
    since_ms: float
    until_ms: float

    @property
    def token(self) -> Token:
        return self.state.token


class Revocations(Protocol):
    """What was cut off before it expired."""

    def require(self) -> None:
        """Raises RevocationsUnavailable where nobody can tell and somebody must."""

    def judge(self, verified: Verified) -> str | None:
        """REVOKED or another reason of `core.cutoffs`; None if the session holds."""

    def is_session_cut_off(self, session_id: str) -> bool: ...

    def is_user_cut_off(self, user_id: str | None, issued: object) -> bool:
        """Must a machine's token of that `iat` not speak for this user any more?"""


class NothingRevoked:
    """Every token is good until it expires."""

    def require(self) -> None:
        pass

    def judge(self, verified: Verified) -> str | None:
        return None

    def is_session_cut_off(self, session_id: str) -> bool:
        return False

    def is_user_cut_off(self, user_id: str | None, issued: object) -> bool:
        return False


class Renewal(NamedTuple):
    """An expired session that may be renewed (Clerk: backend API, 2.3)."""

    session_id: str
    expired_token: str
    refresh_token: str
    request_origin: str
    request_headers: Mapping[str, list[str]]
    suffixed_cookies: bool


def unheard(error: Exception) -> None:
    """Nobody keeps a record."""


class Ports(NamedTuple):
    """Functions to the outside; one that is None is not to be had now.

    `now` gives epoch milliseconds. `remembered` keeps verified tokens by their text.
    `report` is told what a backend raised that it should not have raised.
    `renew` and `exchange_nonce` give Set-Cookie values, `verify_machine_token` takes
    a type and an opaque token and gives Clerk's answer; the three raise ClerkAPIError.
    """

    now: Callable[[], float]
    find_key: FindKey
    remembered: MutableMapping[str, Verified]
    warn: Callable[[str], None]
    revocations: Revocations = NothingRevoked()
    report: Callable[[Exception], object] = unheard
    find_other_key: FindOtherKey | None = None
    renew: Callable[[Renewal], Sequence[str]] | None = None
    exchange_nonce: Callable[[str], Sequence[str]] | None = None
    verify_machine_token: Callable[[str, str], Mapping[str, Any]] | None = None
