"""What happened, for whoever keeps logs, metrics or traces: one hook, typed events.

No event holds a token, a secret or a cookie. Frozen classes take twice as long to make,
at each import, so these are not.
"""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class RequestDecided:
    """A request was judged; `reason` is Clerk's word for it, None when signed in.

    `user_id` is personal data: no hook of ours writes it down unless told to.
    """

    status: str
    reason: str | None
    token_type: str | None
    user_id: str | None = field(default=None, compare=False, repr=False)


@dataclass(slots=True)
class HandshakeStarted:
    """A browser was sent to Clerk."""

    reason: str


@dataclass(slots=True)
class InputRefused:
    """A request got 400 since nobody could know what it means."""

    reason: str


@dataclass(slots=True)
class DecisionFailed:
    """Something raised what nobody expected while a request was judged.

    `where` is "session", "organization", "guard", "check", "keys", "machine-token" or
    "webhook", `error` the name of the exception's type. Nobody got in. `mark` is the
    same for the same mistake, and stands in the log and in the answer.
    """

    where: str
    error: str
    mark: str


@dataclass(slots=True)
class KeysFetched:
    """A key set came, in so many seconds."""

    seconds: float
    keys: int


@dataclass(slots=True)
class OutageStarted:
    """`what` ("keys", "store", "revocations") cannot be had; what is known lasts on."""

    what: str
    reason: str
    seconds_left: float


@dataclass(slots=True)
class OutageEnded:
    what: str
    seconds: float


@dataclass(slots=True)
class Revoked:
    """A cutoff came: `kind` is "session", "user", "membership" or "organization"."""

    kind: str
    id: str


Event = (
    RequestDecided
    | HandshakeStarted
    | InputRefused
    | DecisionFailed
    | KeysFetched
    | OutageStarted
    | OutageEnded
    | Revoked
)
Emit = Callable[[Event], None]


def ignore(event: Event) -> None:
    """Nobody listens."""
