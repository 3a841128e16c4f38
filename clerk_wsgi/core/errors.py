"""What can go wrong besides being signed out, which is a state and no error."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class ClerkError(Exception):
    """Whatever this package raises on purpose."""


class ConfigurationError(ClerkError):
    """A setup that cannot work. The message names the option to mend."""


class MalformedURLError(ClerkError):
    """A request path that no browser sends. Answer it with 400."""


class TokenVerificationError(ClerkError):
    """A token that proves nothing, and why, in Clerk's words.

    `reason` is one of Clerk's token-verification reasons (`token-expired`),
    `message` says it to a person, `action` (may be empty) says what to do.
    None of them holds the token.
    """

    def __init__(self, reason: str, message: str, action: str = "") -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.action = action

    def full_message(self, carrier: str) -> str:
        """The text of the state; `carrier` is `header` or `cookie`."""
        said = " ".join(filter(None, (self.message, self.action)))
        return f"{said} (reason={self.reason}, token-carrier={carrier})"


class WebhookVerificationError(ClerkError):
    """A webhook that proves nothing. Answer it with 400.

    `reason` is for programs: `missing-headers`, `malformed-headers`,
    `timestamp-too-old`, `timestamp-too-new`, `no-matching-signature`,
    `malformed-body`, `unreadable-body`, `body-too-large` or `replayed`; the message
    is Clerk's. Neither holds the secret or anything of the body.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class BackendError(ClerkError):
    """A backend could not do what it was asked."""


class KeyNotFound(BackendError):
    """The key set is at hand and holds no such key."""


class KeysUnavailable(BackendError):
    """No key can be had now; ask again in `retry_after` seconds.

    `reason` is Clerk's: `jwk-remote-failed-to-load`, `secret-key-invalid`, or
    `unexpected-error` where Clerk could not be reached at all.
    """

    def __init__(
        self, reason: str, message: str, action: str = "", *, retry_after: int = 5
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.action = action
        self.retry_after = retry_after


class StoreUnavailable(BackendError):
    """The shared store did not answer in time, or not sensibly."""


@dataclass(frozen=True, slots=True)
class ErrorDetail:
    """One entry of Clerk's error list."""

    code: str
    message: str = ""
    long_message: str = ""
    meta: Mapping[str, Any] = field(default_factory=dict)


class ClerkAPIError(BackendError):
    """Clerk's Backend API refused, failed or could not be reached.

    `status` is the HTTP status, None where no answer came; `errors` is Clerk's own
    list; `retry_after` is in seconds (Clerk: backend API, 1.5).
    """

    code = "api_response_error"

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        errors: tuple[ErrorDetail, ...] = (),
        clerk_trace_id: str = "",
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.errors = errors
        self.clerk_trace_id = clerk_trace_id
        self.retry_after = retry_after


class HandshakeError(ClerkError):
    """A handshake that only a developer can mend: the keys do not fit."""


class MachineTokenError(ClerkError):
    """A machine's token that was refused; `code` is Clerk's, `status` HTTP's."""

    def __init__(self, code: str, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.full_message = f"{message} (code={code}, status={status or 'n/a'})"


class MissingMiddleware(ClerkError):
    """Somebody asks who is there, but nobody looked: no layer saw the request."""
