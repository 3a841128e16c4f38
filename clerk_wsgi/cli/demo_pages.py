"""What the demo's pages say about whoever looks at them. Values in, markup out."""

import json
from typing import Any

from werkzeug.wrappers import Response

from clerk_wsgi import Auth
from clerk_wsgi.local import Directory, User
from clerk_wsgi.local.html import Html, Pages, fill, joined

PAGES = Pages("clerk_wsgi.cli")
CHECKS: tuple[dict[str, str], ...] = (
    {"role": "org:admin"},
    {"permission": "org:reports:read"},
    {"permission": "org:reports:manage"},
    {"feature": "o:billing"},
    {"feature": "u:notes"},
    {"plan": "o:pro"},
    {"reverification": "strict"},
)


def home(url: str, title: str) -> Html:
    """`url` and `title` are those of the first thing to do."""
    button = '<a class="button primary" href="$url">$title</a>'
    return PAGES.render("home.html", action=fill(button, url=url, title=title))


def dashboard(who: Auth, user: User | None, switch_url: str) -> Html:
    claims = sorted((who.session_claims or {}).items())
    return PAGES.render(
        "dashboard.html",
        name=user.first_name if user else who.user_id,
        user=rows(
            {
                "Name": user.name if user else None,
                "E-mail": user.email if user else None,
                "User": code(who.user_id),
                "Session": code(who.session_id),
                "Organization": who.org_slug,
                "Role": who.org_role,
            }
        ),
        checks=joined(row(question(check), answer(who, check)) for check in CHECKS),
        claims=rows({name: code(as_json(value)) for name, value in claims}),
        switch_url=switch_url,
    )


def organizations(people: Directory, user_id: str) -> Html:
    tiles = [
        PAGES.render(
            "organization_tile.html",
            slug=each.slug,
            name=each.name,
            detail=(
                f"You are its {each.members[user_id]}."
                if user_id in each.members
                else "You are no member. Try the door anyway."
            ),
        )
        for each in people.organizations
    ]
    return PAGES.render("organizations.html", organizations=joined(tiles))


def organization(who: Auth, name: str) -> Html:
    facts = {"Organization": code(who.org_id), "Slug": who.org_slug}
    granted = [row(code(each), yes()) for each in who.org_permissions or ()]
    return PAGES.render(
        "organization.html",
        name=name,
        facts=rows({**facts, "Your role": who.org_role}),
        permissions=joined(granted or [row("none", "")]),
    )


def other_organization(who: Auth, wanted: str) -> Html:
    active = who.org_slug or "your personal account"
    return PAGES.render("other_organization.html", wanted=wanted, active=active)


def admin(people: Directory, because: str) -> Html:
    listed = [
        PAGES.render(
            "person.html",
            name=user.name,
            email=user.email,
            role=user.public_metadata.get("role", "none"),
            organizations=memberships(people, user),
        )
        for user in people.users
    ]
    return PAGES.render("admin.html", people=joined(listed), because=because)


def memberships(people: Directory, user: User) -> str:
    found = people.organizations_of(user.id)
    return ", ".join(f"{e.name} ({e.members[user.id]})" for e in found) or "none"


def rows(facts: dict[str, Any]) -> Html:
    return joined(row(name, "none" if v is None else v) for name, v in facts.items())


def row(name: object, value: object) -> Html:
    return PAGES.render("row.html", name=name, value=value)


def question(check: dict[str, str]) -> Html:
    (name, value), *_ = check.items()
    return code(f'{name}="{value}"')


def answer(who: Auth, check: dict[str, Any]) -> Html:
    return yes() if who.has(**check) else fill('<span class="no">no</span>')


def yes() -> Html:
    return fill('<span class="yes">yes</span>')


def code(value: object) -> Html:
    return fill("<code>$value</code>", value=value)


def as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def file(name: str, content_type: str) -> Response:
    return Response(PAGES.text(name), content_type=content_type)
