"""Does this webhook come from Clerk, is it new, and what does it say?

Source: Clerk, backend API, 5, and Standard Webhooks, whose header names count too.
Stricter than Clerk: a timestamp is digits only, an identifier holds no dot (it would
blur what was signed), and the body is one strict JSON object.
"""

import hmac
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple, TypedDict, cast

from clerk_wsgi.core.errors import ConfigurationError, WebhookVerificationError
from clerk_wsgi.core.request import Headers
from clerk_wsgi.core.strict_json import read_object

VARIABLE = "CLERK_WEBHOOK_SIGNING_SECRET"
TOLERANCE_SECONDS = 300
MAX_DEPTH = 100
MAX_SIGNATURES_LENGTH = 16 * 1024  # characters: room for some hundreds of them

_PACKAGE = "clerk-wsgi: "
_UNVERIFIED = f"{_PACKAGE}Unable to verify incoming webhook: "
_FAMILIES = ("svix", "webhook")
_PARTS = ("id", "timestamp", "signature")
_ID = re.compile(r"[!-\-/-~]{1,256}")  # printable ASCII, but for space and dot
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_MEMBERS = ("type", "data", "event_attributes", "timestamp", "instance_id")


class WebhookEvent(TypedDict, total=False):
    """What happened at Clerk; a member that Clerk left out is left out.

    `type` is `<resource>.<event>`, such as `user.created`, and new ones may come;
    `timestamp` is epoch milliseconds.
    """

    type: str
    object: Literal["event"]
    data: dict[str, Any]
    event_attributes: dict[str, Any]
    timestamp: int
    instance_id: str


class Message(NamedTuple):
    """What the headers say: texts as they came, without the space around them."""

    id: str
    timestamp: str
    signature: str

    @property
    def key(self) -> str:
        """Names this delivery; another attempt of Clerk's has another timestamp.

        Zeros before it are not signed, so they make no other delivery of it.
        """
        return f"{self.id}.{self.timestamp.lstrip('0')}"


def read_message(headers: Headers) -> Message:
    """The message that `svix-*` or else `webhook-*` headers announce.

    Raises WebhookVerificationError where one of the three is missing or blank.
    """
    found = {each: _texts(headers, each) for each in _FAMILIES}
    family = max(_FAMILIES, key=lambda each: sum(map(bool, found[each])))
    missing = [
        f"{family}-{part}"
        for part, text in zip(_PARTS, found[family], strict=True)
        if not text
    ]
    if missing:
        raise WebhookVerificationError(
            "missing-headers",
            f"{_PACKAGE}Missing required webhook headers: {', '.join(missing)}",
        )
    return Message(*found[family])


def signing_keys(secrets: Sequence[str]) -> list[bytes]:
    """The keys in `secrets`; several while a secret is being replaced.

    Raises ConfigurationError where there is none, and for one that cannot be a key.
    """
    if not secrets:
        raise ConfigurationError(
            f"{_PACKAGE}Missing webhook signing secret. Set the {VARIABLE} environment "
            "variable with the webhook secret from the Clerk Dashboard."
        )
    return [_signing_key(secret) for secret in secrets]


def verify(
    message: Message, body: bytes, keys: Iterable[bytes], now_ms: float
) -> WebhookEvent:
    """The event in `body`, if one of `keys` signed it within five minutes of now.

    Raises WebhookVerificationError, and nothing else.
    """
    if not is_readable(message):
        raise unverified("malformed-headers", "Invalid Signature Headers")
    timestamp = int(message.timestamp)
    _check_time(timestamp, int(now_ms // 1000))
    signed = b"%b.%d.%b" % (message.id.encode(), timestamp, body)
    if not _is_signed(signed, message.signature, keys):
        raise unverified("no-matching-signature", "No matching signature found")
    return _read_event(body)


def is_readable(message: Message) -> bool:
    """Is each part of bounded length, and of its alphabet where it has one?"""
    return bool(
        len(message.signature) <= MAX_SIGNATURES_LENGTH
        and _ID.fullmatch(message.id)
        and _TIMESTAMP.fullmatch(message.timestamp)
    )


def unverified(reason: str, message: str) -> WebhookVerificationError:
    return WebhookVerificationError(reason, _UNVERIFIED + message)


def _texts(headers: Headers, family: str) -> list[str]:
    return [(headers.get(f"{family}-{part}") or "").strip() for part in _PARTS]


def _signing_key(secret: str) -> bytes:
    where = f"\nCopy {VARIABLE} once more from the webhook's page in Clerk's dashboard."
    encoded = secret.strip().removeprefix("whsec_")
    try:
        key = b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except ValueError:
        raise ConfigurationError(
            f"Base64Coder: incorrect characters for decoding{where}"
        ) from None
    if not key:
        raise ConfigurationError(f"Secret can't be empty.{where}")
    return key


def _check_time(timestamp: int, now: int) -> None:
    if timestamp < now - TOLERANCE_SECONDS:
        raise unverified("timestamp-too-old", "Message timestamp too old")
    if timestamp > now + TOLERANCE_SECONDS:
        raise unverified("timestamp-too-new", "Message timestamp too new")


def _is_signed(signed: bytes, signatures: str, keys: Iterable[bytes]) -> bool:
    """Is one of `signatures` right? All are compared, so time tells nothing."""
    expected = [b64encode(hmac.digest(key, signed, "sha256")) for key in keys]
    given = [
        signature.encode("latin-1", "replace")
        for version, _, signature in (s.partition(",") for s in signatures.split(" "))
        if version == "v1"
    ]
    return any([hmac.compare_digest(e, g) for e in expected for g in given])  # noqa: C419


def _read_event(body: bytes) -> WebhookEvent:
    try:
        said = read_object(body, max_depth=MAX_DEPTH)
    except ValueError:
        raise unverified("malformed-body", "The body is not a JSON object.") from None
    event = {name: said[name] for name in _MEMBERS if name in said}
    return cast(WebhookEvent, {"object": "event", **event})
