"""A signed token for somebody, without a browser: for curl, Postman and scripts."""

from collections.abc import Mapping
from typing import Any

from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.issuing import Issuer
from clerk_wsgi.local.memberships import find_membership
from clerk_wsgi.local.organizations import need_organization
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.session_claims import LIFETIME
from clerk_wsgi.local.sessions import create_session
from clerk_wsgi.local.state import State
from clerk_wsgi.local.users import find_by_identifier

LONGEST = 10 * 365 * 24 * 60 * 60


def minted(
    issuer: Issuer,
    who: str,
    *,
    organization: str | None = None,
    claims: Mapping[str, Any] | None = None,
    lifetime: int | None = None,
    template: str | None = None,
    origin: str = "",
) -> str:
    """A token of a new session of that user (id, e-mail address or user name).

    `organization` (id or slug) is active; `claims` are put into the token besides the
    usual ones, in place of those of their names, null for none; `lifetime` is seconds;
    `template` names a template whose token it is; `origin` is the site that it is for,
    without one it is for any. Raises ApiError for what there is not.
    """
    if lifetime is not None and not 0 < lifetime <= LONGEST:
        said = f"A token lives 1 to {LONGEST} seconds."
        raise ApiError(422, "form_param_value_invalid", said, "lifetime")
    state = issuer.state
    with state.changing():
        user = need_user(state, who)
        joined = entered(state, user["id"], organization) if organization else None
        session = create_session(state, user["id"], organization_id=joined)
        if template:
            made = need_template(state, template)
            return issuer.template_token(session, made, lifetime)
        usual = issuer.session_claims(session, origin, lifetime or LIFETIME)
    if not origin:
        del usual["azp"]
    told = {**usual, **(claims or {})}
    return issuer.keys.current.sign({n: v for n, v in told.items() if v is not None})


def need_user(state: State, who: str) -> Document:
    user = state.records.get("user", who) or find_by_identifier(state, who)
    if user is None:
        known = ", ".join(str(each["id"]) for each in state.records.find("user")[:9])
        said = f"No user is called {who!r}; there are: {known or 'none'}."
        raise ApiError(404, "resource_not_found", said)
    return user


def entered(state: State, user_id: str, name: str) -> str:
    """The id of the organization, if the user may have it active."""
    organization = need_organization(state, name)
    if find_membership(state, organization["id"], user_id) is None:
        said = f"{user_id} is no member of {organization['slug']}."
        raise ApiError(404, "resource_not_found", said)
    return str(organization["id"])


def need_template(state: State, name: str) -> Document:
    found = state.records.find("jwt_template", name=name)
    if not found:
        raise ApiError(404, "resource_not_found", f"No template is called {name!r}.")
    return found[0]
