"""Clerk's webhooks, verified before anybody reads them."""

import os
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from threading import Lock
from typing import TYPE_CHECKING, Any

from cachetools import TTLCache

from clerk_wsgi.core.errors import ConfigurationError, WebhookVerificationError
from clerk_wsgi.core.option_values import texts
from clerk_wsgi.core.request_body import blocks, body_length
from clerk_wsgi.core.webhooks import (
    TOLERANCE_SECONDS,
    VARIABLE,
    WebhookEvent,
    read_message,
    signing_keys,
    unverified,
    verify,
)
from clerk_wsgi.environ import HasEnviron, RequestHeaders, environ_of
from clerk_wsgi.instance import epoch_ms

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

LARGEST = 1024 * 1024

Remember = Callable[[str, int], bool]


def verify_webhook(
    source: "WSGIEnvironment | HasEnviron",
    *,
    signing_secret: str | Sequence[str] | None = None,
    remember: Remember | None = None,
    clock: Callable[[], float] = epoch_ms,
    env: Mapping[str, str] = os.environ,
) -> WebhookEvent:
    """The event that this request brings: an environ, or a framework's request.

    The secret is an argument (several while one is being replaced) or
    `CLERK_WEBHOOK_SIGNING_SECRET`. Raises WebhookVerificationError, whose `reason` says
    why, for whatever is forged, older than five minutes, malformed or larger than
    1 MiB; answer it with 400. Raises ConfigurationError for a secret that is none.

    The body is read once and left in `wsgi.input` to be read again. Clerk may send
    one event twice: `svix-id` tells. A delivery that somebody else repeats within the
    five minutes is refused if `remember(key, seconds)` says whether that key is new,
    as `SeenWebhooks()` does, or a shared store. `clock` gives epoch milliseconds.
    """
    environ = environ_of(source)
    keys = require_signing_keys(signing_secret, env)
    message = read_message(RequestHeaders(environ))
    body = _read(source, environ)
    environ["wsgi.input"] = BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    event = verify(message, body, keys, clock())
    if remember and not remember(message.key, 2 * TOLERANCE_SECONDS):
        raise unverified("replayed", "Message was delivered before")
    return event


def require_signing_keys(
    signing_secret: str | Sequence[str] | None, env: Mapping[str, str]
) -> list[bytes]:
    """The keys of these secrets, or of the variable's. Raises ConfigurationError."""
    return signing_keys(_secrets(signing_secret) or _secrets(env.get(VARIABLE)))


class SeenWebhooks:
    """Remembers deliveries of this process for ten minutes, for `remember`.

    The latest `most` are kept; `clock` gives epoch milliseconds.
    """

    def __init__(
        self, most: int = 10_000, *, clock: Callable[[], float] = epoch_ms
    ) -> None:
        self._until: TTLCache[str, None] = TTLCache(
            most, 2 * TOLERANCE_SECONDS * 1000, timer=clock
        )
        self._lock = Lock()

    def __call__(self, key: str, seconds: int) -> bool:
        """Is the key new? (It is kept for ten minutes, whatever `seconds` says.)"""
        with self._lock:
            is_new = key not in self._until
            self._until[key] = None
        return is_new


def _secrets(given: object) -> tuple[str, ...]:
    try:
        return texts(given or ())
    except ValueError as error:
        raise ConfigurationError(f"The option signing_secret {error}.") from None


def _read(source: object, environ: "WSGIEnvironment") -> bytes:
    """The raw body: the framework's, which may have read it, or the server's."""
    length = body_length(environ.get("CONTENT_LENGTH"))
    if length is not None and length > LARGEST:
        raise _too_large()
    try:
        if length is not None and source is not environ:
            body = _read_by_framework(source)
            if body is not None:
                return body
        return _read_by_server(environ, length)
    except WebhookVerificationError:
        raise
    except Exception as error:  # every server and framework has its own
        raise unverified("unreadable-body", "The body cannot be read.") from error


def _read_by_framework(request: Any) -> bytes | None:
    """The body as Flask, Django or Pyramid keep it, for views that read it again."""
    body = request.get_data() if hasattr(request, "get_data") else None
    if body is None:
        body = getattr(request, "body", None)
    return body if isinstance(body, bytes) else None


def _read_by_server(environ: "WSGIEnvironment", length: int | None) -> bytes:
    """Up to the announced length, or to the end where the server marks one."""
    if length is None and not environ.get("wsgi.input_terminated"):
        return b""
    body = bytearray()
    for block in blocks(environ["wsgi.input"].read, length):
        body += block
        if len(body) > LARGEST:
            raise _too_large()
    return bytes(body)


def _too_large() -> WebhookVerificationError:
    return unverified("body-too-large", f"The body is larger than {LARGEST} bytes.")
