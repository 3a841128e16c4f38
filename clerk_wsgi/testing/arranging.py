"""Who belongs where, and may do what: what a test says in a word or two."""

from collections.abc import Sequence

from clerk_wsgi.local.memberships import add_member, change_membership, find_membership
from clerk_wsgi.local.organizations import create_organization, find_organization
from clerk_wsgi.local.roles import MEMBER, create_role, permissions_of
from clerk_wsgi.local.state import State
from clerk_wsgi.testing.people import Organization, User


def entered(
    state: State,
    user: User,
    org: Organization | str,
    role: str,
    permissions: Sequence[str],
) -> Organization:
    """The organization, made if nobody knows it, with the user as its member."""
    slug = org if isinstance(org, str) else org.slug
    found = find_organization(state, slug) or create_organization(
        state, slug, slug=slug
    )
    join(state, user.id, found["id"], role)
    if permissions:
        allow(state, user.id, found["id"], permissions)
    return Organization(found["id"], found["slug"])


def join(state: State, user_id: str, organization_id: str, role: str) -> None:
    """A member of that role. Who is one already keeps the role if none is named."""
    if role and state.records.get("role", role) is None:
        create_role(state, role)
    known = find_membership(state, organization_id, user_id)
    if known is None:
        add_member(state, organization_id, user_id, role or MEMBER)
    elif role and role != known["role"]:
        change_membership(state, known, role=role)


def allow(
    state: State, user_id: str, organization_id: str, permissions: Sequence[str]
) -> None:
    """The member's role may do this, and the organization has what it is about."""
    membership = find_membership(state, organization_id, user_id)
    assert membership is not None
    known = permissions_of(state, membership["role"])
    every = list(dict.fromkeys([*known, *permissions]))
    with state.changing():
        state.update("role", membership["role"], _permissions=every)
    features = [each.split(":")[1] for each in permissions if ":sys_" not in each]
    subscribe(state, user_id, organization_id, "", features)


def subscribe(
    state: State,
    user_id: str,
    organization_id: str | None,
    plan: str,
    features: Sequence[str],
) -> None:
    """The organization, else the user, has that plan, and these features too."""
    if not plan and not features:
        return
    kind = "organization" if organization_id else "user"
    owner = organization_id or user_id
    known = state.need(kind, owner)
    every = dict.fromkeys([*known.get("_features", ()), *features])
    paid = plan or known.get("_plan", "")
    with state.changing():
        state.update(kind, owner, _plan=paid, _features=list(every))
