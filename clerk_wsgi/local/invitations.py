"""Invitations to sign up (Clerk: backend API, 3.5), and what all invitations share."""

from collections.abc import Mapping, Sequence
from typing import Any

from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.identifiers import require_address
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.state import State
from clerk_wsgi.local.tickets import (
    find_by_secret,
    invalid,
    new_ticket,
    ticket_url,
    with_status,
)
from clerk_wsgi.local.users import find_by_identifier

KIND = "invitation"
DAYS = 30
DAY_MS = 24 * 60 * 60 * 1000


def invite(
    state: State,
    email_address: str,
    *,
    public_metadata: Mapping[str, Any] | None = None,
    redirect_url: str | None = None,
    expires_in_days: int = DAYS,
    ignore_existing: bool = False,
) -> tuple[Document, str]:
    """The invitation, and the ticket to sign up with. Raises ApiError (4xx).

    Who signs up with it gets its `public_metadata`. `redirect_url` is the page that
    gets the ticket.
    """
    require_address(email_address)
    address = email_address.strip()
    with state.changing():
        if not ignore_existing:
            require_new(state, address)
        ticket, digest = new_ticket(state)
        invitation = {
            "id": state.ids.new("inv"),
            "object": KIND,
            "email_address": address,
            "public_metadata": dict(public_metadata or {}),
            "revoked": False,
            "status": "pending",
            "url": ticket_url(redirect_url, ticket, "sign_up") or "",
            **lifetime(state, expires_in_days),
            "_digest": digest,
        }
        state.records.keep(KIND, invitation)
    return invitation, ticket


def require_new(state: State, address: str) -> None:
    if find_by_identifier(state, address):
        said = f"{address} is taken by somebody who has signed up already."
        raise ApiError(422, "form_identifier_exists", said, "email_address")
    for known in state.records.find(KIND):
        is_same = known["email_address"].casefold() == address.casefold()
        if is_same and is_pending(state, known):
            said = f"There are already pending invitations for: {address}"
            raise ApiError(400, "duplicate_record", said, email_addresses=[address])


def accept_invitation(state: State, ticket: str) -> Document:
    """The invitation of that ticket, which is used up. Raises ApiError (400)."""
    with state.changing():
        invitation = find_by_secret(state, KIND, ticket)
        if invitation is None or not is_pending(state, invitation):
            require_not(invitation, "accepted", "revoked")
            invalid()
        return state.update(KIND, invitation["id"], status="accepted")


def revoke_invitation(state: State, invitation_id: str) -> Document:
    """Raises ApiError (404; 400 for one that was accepted or revoked already)."""
    with state.changing():
        invitation = state.need(KIND, invitation_id)
        require_not(invitation, "accepted", "revoked")
        return state.update(KIND, invitation_id, status="revoked", revoked=True)


def require_not(invitation: Mapping[str, Any] | None, *statuses: str) -> None:
    status = invitation["status"] if invitation else ""
    if status in statuses:
        said = f"Invitation is already {status}."
        raise ApiError(400, f"invitation_already_{status}", said)


def lifetime(state: State, days: int) -> dict[str, int]:
    now = state.now_ms
    return {"created_at": now, "updated_at": now, "expires_at": now + days * DAY_MS}


def status_of(state: State, invitation: Mapping[str, Any]) -> str:
    is_over = state.now_ms >= invitation["expires_at"]
    is_waiting = invitation["status"] == "pending"
    return "expired" if is_waiting and is_over else str(invitation["status"])


def is_pending(state: State, invitation: Mapping[str, Any]) -> bool:
    return status_of(state, invitation) == "pending"


def invitations(state: State, statuses: Sequence[str] = ()) -> list[Document]:
    """Oldest first."""
    found = [
        {**each, "status": status_of(state, each)} for each in state.records.find(KIND)
    ]
    return with_status(found, statuses)
