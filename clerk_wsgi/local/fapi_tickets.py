"""Tickets: whoever has one signs in or up without more ado, or joins an organization.

Source: Clerk, backend API, 3.3, 3.5 and 4.8.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from clerk_wsgi.local import organization_invitations as joining
from clerk_wsgi.local.invitations import KIND as INVITATION
from clerk_wsgi.local.invitations import accept_invitation, is_pending
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.sign_in_tokens import take_token
from clerk_wsgi.local.state import State
from clerk_wsgi.local.tickets import find_by_secret, invalid
from clerk_wsgi.local.users import find_by_identifier, merge_metadata

TOKENS = ("sign_in_token", "actor_token")


class Admitted(NamedTuple):
    """Whom a ticket signs in; who acts in that user's name, and for how long (s)."""

    user: Document
    actor: Mapping[str, Any] | None = None
    seconds: int | None = None


def take_ticket(state: State, ticket: str) -> Admitted:
    """Signs somebody in; it is used up. Raises ApiError (400)."""
    for kind in TOKENS:
        if find_by_secret(state, kind, ticket):
            token = take_token(state, kind, ticket)
            user = state.need("user", token["user_id"])
            return Admitted(user, token.get("actor"), token.get("_session_seconds"))
    invitation = find_invitation(state, ticket)
    known = find_by_identifier(state, invitation["email_address"])
    if known is None or invitation["object"] != joining.KIND:
        invalid()
    joining.accept_invitation(state, invitation, known["id"])
    return Admitted(known)


def find_invitation(state: State, ticket: str) -> Document:
    """One that is pending. Raises ApiError (400)."""
    for kind in (INVITATION, joining.KIND):
        found = find_by_secret(state, kind, ticket)
        if found and is_pending(state, found):
            return found
    return invalid()


def accept_for(state: State, ticket: str, user_id: str) -> None:
    """The invitation is used up by somebody who signed up with it."""
    invitation = find_invitation(state, ticket)
    if invitation["object"] == joining.KIND:
        joining.accept_invitation(state, invitation, user_id)
        return
    accept_invitation(state, ticket)
    given = {"public_metadata": invitation["public_metadata"]}
    merge_metadata(state, user_id, given)
