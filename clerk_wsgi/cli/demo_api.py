"""The JSON API of the demo, and the page that says what it answers to whom."""

import json
from collections.abc import Callable
from typing import Any

from werkzeug.wrappers import Request, Response

from clerk_wsgi import Auth, auth, reverification_response
from clerk_wsgi.cli.demo_pages import PAGES, code
from clerk_wsgi.local.html import Html, joined

SHOWN = ("user_id", "session_id", "org_id", "org_slug", "org_role", "org_permissions")
MACHINES = ("api_key", "m2m_token", "oauth_token")
ANSWERS = (
    ("GET /api/me", "Who you are", "404 where nobody is signed in"),
    (
        "GET /api/orgs/rowers/reports",
        "For members who may read reports",
        "404 for everybody else",
    ),
    (
        "GET /api/reports",
        "For people and for machines: API keys, M2M and OAuth tokens",
        "401 for a machine whose token will not do, 404 for nobody",
    ),
    (
        "POST /api/account/close",
        "For whoever gave a password less than ten minutes ago",
        "403 with a reverification error, which Clerk's components understand",
    ),
)


def me(request: Request) -> Response:
    who = auth()
    return answer({name: getattr(who, name) for name in SHOWN})


def organization_reports(request: Request, slug: str) -> Response:
    """The path names the organization, which must be the active one, as for pages."""
    who = auth.protect(permission="org:reports:read")
    if who.org_slug != slug:
        return answer({"error": "That organization is not active."}, 404)
    return answer({"organization": slug, "reports": ["Q1", "Q2"]})


def reports(request: Request) -> Response:
    who = auth.protect(token=["session_token", *MACHINES])
    return answer({"reports": ["Q1", "Q2"], "for": subject(who)})


def subject(who: Auth) -> Any:
    return getattr(who, "user_id", None) or getattr(who, "subject", None)


def close_account(request: Request) -> Response:
    who = auth.protect()
    if not who.has(reverification="strict"):
        return reverification_response("strict")
    return answer({"closed": False, "because": "this is a demo"})


def answer(document: dict[str, Any], status: int = 200) -> Response:
    text = json.dumps(document, indent=2) + "\n"
    return Response(text, status, content_type="application/json")


def page() -> Html:
    rows = [
        PAGES.render("api_row.html", call=code(call), what=what, otherwise=otherwise)
        for call, what, otherwise in ANSWERS
    ]
    return PAGES.render("api.html", rows=joined(rows))


GET: dict[str, Callable[..., Response]] = {
    "/api/me": me,
    "/api/reports": reports,
    "/api/orgs/<slug>/reports": organization_reports,
}
POST: dict[str, Callable[..., Response]] = {"/api/account/close": close_account}
