"""Webhooks that an instance writes: what happened, signed as Clerk does.

Source: Clerk, backend API, 5; Svix' documentation of its headers and its retries.
"""

import hmac
import json
import time
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from typing import Any

from clerk_wsgi.core.errors import ConfigurationError
from clerk_wsgi.core.urls import parse_url
from clerk_wsgi.core.webhooks import signing_keys
from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.origins import is_loopback
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.settings import Settings
from clerk_wsgi.local.state import Change, State

SCHEDULE = (5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 10 * 3600)
"""Seconds after each try that failed (Svix: retry schedule)."""

LAST_SECONDS = 60
KEPT_SECONDS = 7 * 24 * 60 * 60
NOBODY = {"client_ip": "127.0.0.1", "user_agent": ""}
ASKED_BY: ContextVar[Mapping[str, str]] = ContextVar("asked_by", default=NOBODY)
"""Whose request caused the change, if one did: it is said in each event."""


class Webhooks:
    """Every change as a message, kept in the same transaction.

    With a `url` each is to be delivered there, tried again by the `schedule`; `now`
    gives the epoch seconds that the schedule goes by. (What is signed is dated by the
    instance's own clock, which may be wrong on purpose.)
    """

    def __init__(
        self,
        state: State,
        settings: Settings,
        url: str | None = None,
        *,
        schedule: Sequence[float] = SCHEDULE,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.state = state
        self.settings = settings
        self.url = loopback_url(url)
        self.schedule = schedule
        self.now = now
        state.within.append(self._note)

    @property
    def messages(self) -> list[Document]:
        """All of the last week, oldest first: `type`, `payload`, `status`, `tries`."""
        return self.state.records.find("message")

    def signed(
        self, change: Change | Document, identity: str = ""
    ) -> tuple[dict[str, str], bytes]:
        """The headers and the body of a delivery: of one of `messages`, which keeps its
        id each time, or of any change.
        """
        if isinstance(change, Change):
            name, payload = identity or self.state.ids.new("msg"), self._payload(change)
        else:
            name, payload = identity or change["id"], change["payload"]
        body = json.dumps(payload, separators=(",", ":")).encode()
        return self._headers(name, body), body

    def resend(self, identity: str) -> Document:
        """Deliver that message once more. Raises ApiError (404, or 422 for no URL)."""
        if not self.url:
            said = "This instance sends no webhooks: it was started without a URL."
            raise ApiError(422, "webhook_url_missing", said)
        with self.state.changing():
            message = self.state.need("message", identity)
            message = {**message, "status": "pending"}
            self._keep(message)
            self._queue(identity)
        return message

    def due(self) -> tuple[list[Document], float | None]:
        """Deliveries that are due, and the time of the next one that is not yet."""
        waiting = self.state.records.find("delivery")
        now = self.now()
        due = [each for each in waiting if each["due"] <= now]
        later = [each["due"] for each in waiting if each["due"] > now]
        return due, min(later, default=None)

    def begin(self, delivery: Document) -> Document | None:
        """The message of that delivery, unless it is gone or somebody else's by now.

        If the process is killed meanwhile, that counts as a try that failed.
        """
        identity, tried = delivery["id"], delivery["tries"]
        with self.state.changing():
            known = self.state.records.get("delivery", identity)
            message = self.state.records.get("message", identity)
            if known != delivery:
                return None
            if message is None:
                self.state.records.drop("delivery", identity)
                return None
            is_last = tried >= len(self.schedule)
            pause = LAST_SECONDS if is_last else self.schedule[tried]
            next_one = {"id": identity, "tries": tried + 1, "due": self.now() + pause}
            self.state.records.keep("delivery", next_one)
        return message

    def finish(self, identity: str, said: Mapping[str, Any], *, is_ok: bool) -> None:
        """Note how a try went."""
        with self.state.changing():
            message = self.state.records.get("message", identity)
            if message is None:
                return
            tries = [*message["tries"], {"at": self.now(), **said}]
            delivery = self.state.records.get("delivery", identity) or {"tries": 0}
            is_last = delivery["tries"] > len(self.schedule)
            status = "delivered" if is_ok else "failed" if is_last else "pending"
            self._keep({**message, "tries": tries, "status": status})
            if is_ok or is_last:
                self.state.records.drop("delivery", identity)

    def _note(self, change: Change) -> None:
        message = {
            "id": self.state.ids.new("msg"),
            "type": change.type,
            "payload": self._payload(change),
            "status": "pending" if self.url else "unsent",
            "tries": [],
            "created_at": change.at_ms,
        }
        self._keep(message)
        if self.url:
            self._queue(str(message["id"]))

    def _keep(self, message: Document) -> None:
        ends_at = self.state.clock() + KEPT_SECONDS
        self.state.records.keep("message", message, ends_at)

    def _queue(self, identity: str) -> None:
        delivery = {"id": identity, "tries": 0, "due": self.now()}
        self.state.records.keep("delivery", delivery)

    def _payload(self, change: Change) -> dict[str, Any]:
        return {
            "data": change.data,
            "event_attributes": {"http_request": dict(ASKED_BY.get())},
            "instance_id": self.settings.instance_id,
            "object": "event",
            "timestamp": change.at_ms,
            "type": change.type,
        }

    def _headers(self, identity: str, body: bytes) -> dict[str, str]:
        timestamp = str(int(self.state.clock()))
        [key] = signing_keys([self.settings.webhook_secret])
        signed = b".".join((identity.encode(), timestamp.encode(), body))
        signature = b64encode(hmac.digest(key, signed, "sha256")).decode()
        return {
            "Content-Type": "application/json",
            "svix-id": identity,
            "svix-timestamp": timestamp,
            "svix-signature": f"v1,{signature}",
        }


def loopback_url(text: str | None) -> str | None:
    """The URL, as it is read here. Raises ConfigurationError for another machine's."""
    if text is None:
        return None
    try:
        url = parse_url(text)
    except ValueError:
        raise ConfigurationError(f"The webhook URL {text!r} is no URL.") from None
    if not is_loopback(url.host):
        raise ConfigurationError(
            f"A local Clerk sends webhooks to this machine only, not to {url.host}: "
            "name a URL as http://127.0.0.1:8000/webhooks."
        )
    return str(url)
