"""E-mail of an instance that sends none: it is kept, and told to whoever listens.

Source: Clerk, backend API, 5: the event `email.created`.
"""

import sys
from collections.abc import Callable, Sequence
from typing import Any

from clerk_wsgi.local.html import fill
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.state import Change, State

KEPT_SECONDS = 24 * 60 * 60
SENDER = "notifications"


def send(
    state: State,
    address: str,
    subject: str,
    *,
    slug: str,
    data: dict[str, Any],
    user_id: str | None = None,
) -> Document:
    """Kept for a day as kind "outbox", and told as `email.created`."""
    email = {
        "id": state.ids.new("ema"),
        "object": "email",
        "slug": slug,
        "status": "queued",
        "from_email_name": SENDER,
        "to_email_address": address,
        "email_address_id": None,
        "user_id": user_id,
        "subject": subject,
        "body": fill("<p>$said</p>", said=subject),
        "body_plain": subject,
        "data": data,
        "delivered_by_clerk": True,
        "created_at": state.now_ms,
    }
    with state.changing():
        state.records.keep("outbox", email, state.clock() + KEPT_SECONDS)
        state.tell("email.created", email)
    return email


def postman(deliver: Callable[[str], None]) -> Callable[[Sequence[Change]], None]:
    """A listener that hands each e-mail to `deliver` as a line of text."""

    def listen(changes: Sequence[Change]) -> None:
        for change in changes:
            if change.type == "email.created":
                email = change.data
                deliver(f"To {email['to_email_address']}: {email['body_plain']}")

    return listen


def to_console(text: str) -> None:
    """One line of it: what others wrote moves no cursor and adds no lines."""
    shown = "".join(
        each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text
    )
    print(shown, file=sys.stderr, flush=True)
