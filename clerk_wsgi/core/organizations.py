"""Does the URL name another organization than the session has active?"""

from typing import TYPE_CHECKING, NamedTuple

from clerk_wsgi.core.claims import SessionFacts
from clerk_wsgi.core.patterns import match_any

if TYPE_CHECKING:
    from clerk_wsgi.core.attempt import Attempt


class Target(NamedTuple):
    """An organization by id or slug, or (an empty name) the personal account."""

    name: str
    by: str

    def is_active(self, session: SessionFacts) -> bool:
        if self.by == "personal":
            return not session.org_id
        return self.name == (session.org_id if self.by == "id" else session.org_slug)


def target_of(attempt: "Attempt") -> Target | None:
    """What the path asks for (Clerk: authenticating a request, 11.1)."""
    options = attempt.options
    if not (options.organizations or options.personal_accounts):
        return None
    path = attempt.request.url.path
    found = match_any(options.organizations, path) or {}
    for by in ("id", "slug"):
        name = found.get(by)
        if name and isinstance(name, str):
            return Target(name, by)
    if match_any(options.personal_accounts, path) is not None:
        return Target("", "personal")
    return None
