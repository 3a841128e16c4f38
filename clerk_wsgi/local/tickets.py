"""Tickets: secrets that stand for a document, which keeps their digest only.

Whoever shows one may do once what its document is for: sign in, sign up, join.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import NoReturn

from clerk_wsgi.core.urls import parse_url, set_parameter
from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.state import State


def new_ticket(state: State, prefix: str = "") -> tuple[str, str]:
    """A secret and its digest."""
    ticket = state.ids.secret(prefix)
    return ticket, digest_of(ticket)


def digest_of(secret: str) -> str:
    return sha256(secret.encode(errors="replace")).hexdigest()


def find_by_secret(state: State, kind: str, secret: str) -> Document | None:
    return next(iter(state.records.find(kind, _digest=digest_of(secret))), None)


def ticket_url(page: str | None, ticket: str, status: str) -> str | None:
    """`page` with the ticket in its query, as Clerk's components read it.

    `status` is what the ticket is for: "sign_in" or "sign_up". Raises ApiError (422).
    """
    if not page:
        return None
    try:
        url = set_parameter(parse_url(page), "__clerk_ticket", ticket)
    except ValueError:
        said = "redirect_url must be a valid url."
        code = "form_param_format_invalid"
        raise ApiError(422, code, said, "redirect_url") from None
    return str(set_parameter(url, "__clerk_status", status))


def with_status(found: Sequence[Document], statuses: Sequence[str]) -> list[Document]:
    return [each for each in found if not statuses or each["status"] in statuses]


def expired() -> NoReturn:
    raise ApiError(400, "ticket_expired_code", "This ticket has expired.", "ticket")


def invalid() -> NoReturn:
    raise ApiError(400, "ticket_invalid_code", "This ticket is invalid.", "ticket")
