"""What is known about a request once it was looked at: states are values.

    RequestState = SignedIn | SignedOut | Handshake

Field names and words are Clerk's (authenticating a request, 12).
"""

import re
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, TypeVar

from clerk_wsgi.core.auth_object import NOBODY, AuthObject, Proof
from clerk_wsgi.core.claims import SessionFacts
from clerk_wsgi.core.machine_facts import MachineFacts
from clerk_wsgi.core.tokens import Token

Header = tuple[str, str]

SESSION_TOKEN = "session_token"
MACHINE_TOKENS = ("api_key", "m2m_token", "oauth_token")

HEADER_VALUE = re.compile(r"[ -~\xa0-\xff]*")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A verified session: `token` proves it, `session` is what it says."""

    status: ClassVar[Literal["signed-in"]] = "signed-in"
    reason: ClassVar[None] = None
    message: ClassVar[None] = None
    token_type: ClassVar[str] = SESSION_TOKEN

    token: Token
    session: SessionFacts
    headers: tuple[Header, ...] = ()

    @property
    def claims(self) -> dict[str, object]:
        """The token's claims, a copy of the caller's own."""
        return self.token.private_claims()

    def proof(self, treat_pending_as_signed_out: bool = True) -> Proof:
        if treat_pending_as_signed_out and self.session.session_status == "pending":
            return Proof(is_pending=True)
        return Proof(self.session, self.token)

    def to_auth(self, *, treat_pending_as_signed_out: bool = True) -> AuthObject:
        """Whose session it is; nobody's while a task is pending, unless told else."""
        return AuthObject(self.proof(treat_pending_as_signed_out))

    def __repr__(self) -> str:
        return f"<SignedIn {self.session.user_id}>"


@dataclass(frozen=True, slots=True)
class MachineSignedIn:
    """A verified machine token: `text` as it came, `machine` what is known of it."""

    status: ClassVar[Literal["signed-in"]] = "signed-in"
    reason: ClassVar[None] = None
    message: ClassVar[None] = None
    headers: ClassVar[tuple[Header, ...]] = ()

    text: str
    machine: MachineFacts

    @property
    def token_type(self) -> str:
        return self.machine.token_type

    def proof(self, treat_pending_as_signed_out: bool = True) -> Proof:
        return Proof(machine=self.machine, token_type=self.token_type)

    def to_auth(self, *, treat_pending_as_signed_out: bool = True) -> AuthObject:
        """The machine, or the user or organization that it acts for."""
        return AuthObject(self.proof())

    def __repr__(self) -> str:
        return f"<MachineSignedIn {self.token_type} {self.machine.id}>"


@dataclass(frozen=True, slots=True)
class SignedOut:
    """Nobody, and why.

    `token_type` is what the request was asked for, None when it brought a type that
    a list did not name. `retry_after` (seconds) is set when nobody can tell for now,
    since keys cannot be had: then protected routes answer 503.
    """

    status: ClassVar[Literal["signed-out"]] = "signed-out"

    reason: str
    message: str = ""
    token_type: str | None = SESSION_TOKEN
    headers: tuple[Header, ...] = ()
    retry_after: int | None = None

    def proof(self, treat_pending_as_signed_out: bool = True) -> Proof:
        return Proof(token_type=self.token_type)

    def to_auth(self, *, treat_pending_as_signed_out: bool = True) -> AuthObject:
        """Nobody."""
        return AuthObject(self.proof())


@dataclass(frozen=True, slots=True)
class Handshake:
    """The browser has to ask Clerk: `headers` hold the Location."""

    status: ClassVar[Literal["handshake"]] = "handshake"
    token_type: ClassVar[str] = SESSION_TOKEN

    reason: str
    message: str = ""
    headers: tuple[Header, ...] = ()

    def proof(self, treat_pending_as_signed_out: bool = True) -> Proof:
        return NOBODY

    def to_auth(self, *, treat_pending_as_signed_out: bool = True) -> None:
        """None: nobody knows yet."""


RequestState = SignedIn | MachineSignedIn | SignedOut | Handshake

Explained = TypeVar("Explained", SignedOut, Handshake)


def location(state: RequestState) -> str | None:
    """Where the browser is sent before the application is asked, if anywhere."""
    for name, value in state.headers:
        if name == "Location":
            return value
    return None


def explained(state: Explained) -> Explained:
    """The state with Clerk's debug headers, those that are legal as headers."""
    told = {
        "x-clerk-auth-status": state.status,
        "x-clerk-auth-reason": state.reason,
        "x-clerk-auth-message": state.message,
    }
    legal = tuple((k, v) for k, v in told.items() if v and is_header_value(v))
    return replace(state, headers=state.headers + legal)


def is_header_value(text: str) -> bool:
    """Is it Latin-1 without control characters (PEP 3333)?"""
    return HEADER_VALUE.fullmatch(text) is not None
