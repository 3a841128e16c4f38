"""Who is what: the dashboard that only admins of the site see.

An admin is whoever has `role: "admin"` in the public metadata, and nobody else.
"""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Request, Response

from clerk_wsgi import Auth, ClerkAPIError, clerk_client
from clerk_wsgi.cli.demo_pages import PAGES, name_of
from clerk_wsgi.local.answers import sent_to
from clerk_wsgi.local.html import Html, joined
from clerk_wsgi.local.origins import require_own_page

ROLES = {"admin": "Make admin", "moderator": "Make moderator", "": "Remove role"}


def is_admin(who: Auth) -> bool:
    metadata = (who.session_claims or {}).get("metadata", {})
    return isinstance(metadata, dict) and metadata.get("role") == "admin"


def page(users: Iterable[Any], search: str) -> Html:
    found = [person(user, search) for user in users]
    nobody = PAGES.render("nobody.html", search=search)
    return PAGES.render(
        "admin.html", search=search, people=joined(found) if found else nobody
    )


def person(user: Any, search: str) -> Html:
    role = (user.public_metadata or {}).get("role", "")
    buttons = [
        PAGES.render("role_button.html", role=value, title=title, name=name_of(user))
        for value, title in ROLES.items()
        if value != role
    ]
    email = user.primary_email_address
    return PAGES.render(
        "person.html",
        id=user.id,
        name=name_of(user),
        email=email.email_address if email else "",
        role=role or "no role",
        buttons=joined(buttons),
        search=search,
    )


def change_role(request: Request) -> Response:
    """None takes the role away: what is null in a merge is removed."""
    require_own_page(request)
    role, user_id = request.form.get("role"), request.form.get("user_id", "")
    if role not in ROLES:
        raise BadRequest("There is no such role.")
    try:
        clerk_client().users.update_metadata(
            user_id, public_metadata={"role": role or None}
        )
    except (ClerkAPIError, ValueError):
        raise NotFound("There is no such user.") from None
    return sent_to(f"/admin?{urlencode({'search': request.form.get('search', '')})}")
