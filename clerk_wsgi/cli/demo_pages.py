"""What the demo's pages say about whoever looks at them. Values in, markup out."""

import json
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from werkzeug.wrappers import Request, Response

from clerk_wsgi import Auth
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


def home(is_signed_in: bool, satellite: str) -> Html:
    if is_signed_in:
        actions = button("/dashboard", "Open your dashboard")
    else:
        actions = joined(
            [button("/sign-in", "Sign in"), button("/sign-up", "Sign up", "")]
        )
    tile = PAGES.render("satellite_tile.html", url=satellite) if satellite else ""
    return PAGES.render("home.html", actions=actions, satellite=tile)


def button(url: str, title: str, look: str = " primary") -> Html:
    markup = '<a class="button$look" href="$url">$title</a>'
    return fill(markup, look=look, url=url, title=title)


def dashboard(who: Auth, user: Any, switch_url: str) -> Html:
    claims = sorted((who.session_claims or {}).items())
    email = user.primary_email_address if user else None
    return PAGES.render(
        "dashboard.html",
        name=(user and user.first_name) or "you",
        user=rows(
            {
                "Name": name_of(user) if user else None,
                "E-mail": email.email_address if email else None,
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


def personal(who: Auth, user: Any, page: str) -> Html:
    metadata = user.public_metadata if user else {}
    return PAGES.render(
        "personal.html",
        name=name_of(user) if user else who.user_id,
        page=page or "overview",
        facts=rows(
            {
                "User": code(who.user_id),
                "Organization": "none: this is your personal account",
                "Public metadata": code(as_json(metadata)),
            }
        ),
    )


def organizations(every: Iterable[Any], mine: Iterable[Any]) -> Html:
    roles = {each.organization.id: each.role for each in mine}
    tiles = [
        PAGES.render(
            "organization_tile.html",
            slug=each.slug,
            name=each.name,
            detail=(
                f"You are its {roles[each.id].removeprefix('org:')}."
                if each.id in roles
                else "You are no member. Try the door anyway."
            ),
        )
        for each in every
    ]
    return PAGES.render("organizations.html", organizations=joined(tiles))


def organization(who: Auth, found: Any, page: str) -> Html:
    facts = {"Organization": code(who.org_id), "Slug": who.org_slug}
    granted = [row(code(each), yes()) for each in who.org_permissions or ()]
    return PAGES.render(
        "organization.html",
        name=found.name,
        page=page or "overview",
        facts=rows({**facts, "Members": found.members_count, "Role": who.org_role}),
        permissions=joined(granted or [row("none", "")]),
    )


def other_account(who: Auth, wanted: str) -> Html:
    active = who.org_slug or "your personal account"
    return PAGES.render("other_organization.html", wanted=wanted, active=active)


def missing() -> Html:
    return PAGES.render("missing.html")


def name_of(user: Any) -> str:
    email = user.primary_email_address
    return str(user.full_name or (email.email_address if email else user.id))


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


def file(name: str, content_type: str, request: Request) -> Response:
    return Response(PAGES.text(name), content_type=content_type)


FILES: dict[str, Callable[[Request], Response]] = {
    "/style.css": partial(file, "style.css", "text/css; charset=utf-8"),
    "/icon.svg": partial(file, "icon.svg", "image/svg+xml"),
    "/components.js": partial(file, "components.js", "text/javascript; charset=utf-8"),
}
