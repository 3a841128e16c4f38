"""Which kind of thing is this JSON? Source: Clerk, backend API, 1.3."""

from typing import Any

from clerk_wsgi.backends.machine_resources import (
    ApiKey,
    M2MToken,
    OAuthApplicationToken,
)
from clerk_wsgi.backends.organization_resources import (
    Invitation,
    Organization,
    OrganizationInvitation,
    OrganizationMembership,
)
from clerk_wsgi.backends.resource import Page, Resource, field
from clerk_wsgi.backends.session_resources import (
    Client,
    Cookies,
    Session,
    SignInToken,
    TestingToken,
    Token,
)
from clerk_wsgi.backends.user_resources import (
    EmailAddress,
    ExternalAccount,
    OAuthAccessToken,
    PhoneNumber,
    User,
    Web3Wallet,
)


class Deleted(Resource):
    """What is left of a resource: `object` says what it was."""

    object: str = field()
    id: str | None = field()
    slug: str | None = field()
    deleted: bool = field(bool)


KINDS: dict[str, type[Resource]] = {
    each.kind: each
    for each in (
        *(ApiKey, Client, Cookies, EmailAddress, ExternalAccount, Invitation),
        *(M2MToken, OAuthAccessToken, OAuthApplicationToken, Organization),
        *(OrganizationInvitation, OrganizationMembership, PhoneNumber, Session),
        *(SignInToken, TestingToken, Token, User, Web3Wallet),
    )
}


def read_resource(document: Any) -> Any:
    """The resource, the list or page of them, or the number that this JSON is.

    Whatever is none of them is handed on unchanged.
    """
    if isinstance(document, list):
        return [read_resource(each) for each in document]
    if not isinstance(document, dict):
        return document
    for name in ("data", "m2m_tokens"):
        if isinstance(document.get(name), list):
            return page_of(document[name], document.get("total_count"))
    if document.get("object") == "total_count":
        return document.get("total_count")
    return read_object(document)


def page_of(entries: list[Any], total: object) -> Page[Any]:
    is_counted = isinstance(total, int) and not isinstance(total, bool)
    data = read_resource(entries)
    return Page(data, int(str(total)) if is_counted else len(data))


def read_object(document: dict[str, Any]) -> Any:
    name = document.get("object")
    if "deleted" in document and isinstance(name, str):
        return Deleted(document)
    kind = KINDS.get(name) if isinstance(name, str) else None
    return kind(document) if kind else document
