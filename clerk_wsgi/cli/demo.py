"""`clerk-wsgi demo`: a small site, written as an application of yours could be."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from clerk_wsgi import Auth, ClerkMiddleware, RequestView, auth, create_route_matcher
from clerk_wsgi.cli import demo_pages as pages
from clerk_wsgi.cli.demo_frame import page
from clerk_wsgi.cli.serving import serve as serve_on
from clerk_wsgi.cli.telling import seeded
from clerk_wsgi.instance import Backend
from clerk_wsgi.local import Directory, LocalClerk
from clerk_wsgi.local.html import Html
from clerk_wsgi.local.instance import MOUNTED_AT

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SHOWN = ("user_id", "session_id", "org_id", "org_slug", "org_role", "org_permissions")

is_protected = create_route_matcher(["/dashboard(.*)", "/orgs(.*)", "/admin(.*)"])


def check(auth: Auth, request: RequestView) -> None:
    if is_protected(request):
        auth.protect()


def is_site_admin(who: Auth) -> bool:
    """By the role in the user's public metadata, whatever the organization."""
    metadata = (who.session_claims or {}).get("metadata", {})
    return isinstance(metadata, dict) and metadata.get("role") == "admin"


class Demo:
    """The site itself: it knows its visitors by `auth()` alone."""

    def __init__(self, people: Directory, clerk: str = MOUNTED_AT) -> None:
        self.people = people
        self.clerk = clerk
        views = {
            "/": self.home,
            "/dashboard": self.dashboard,
            "/orgs": self.organizations,
            "/orgs/<slug>": self.organization,
            "/admin": self.admin,
            "/api/me": self.me,
            "/style.css": self.style,
            "/icon.svg": self.icon,
        }
        rules = [Rule(p, endpoint=v, methods=["GET"]) for p, v in views.items()]
        self.urls = Map(rules, strict_slashes=False, merge_slashes=False)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        return self.respond(Request(environ))(environ, start_response)

    def respond(self, request: Request) -> "WSGIApplication":
        try:
            view, names = self.urls.bind("localhost").match(
                request.path, request.method
            )
            response: Response = view(request, **names)
            return response
        except HTTPException as error:
            if error.code != 404:
                return error.get_response(request.environ)
            missing = pages.PAGES.render("missing.html")
            return self.page(request, "Not found", missing, 404)

    def page(
        self, request: Request, title: str, content: Html, status: int = 200
    ) -> Response:
        return page(
            request,
            title,
            content,
            people=self.people,
            clerk=self.clerk,
            status=status,
        )

    def home(self, request: Request) -> Response:
        if auth().is_authenticated:
            content = pages.home("/dashboard", "Open your dashboard")
        else:
            sign_in = f"{self.clerk}/sign-in?redirect_url=/dashboard"
            content = pages.home(sign_in, "Sign in")
        return self.page(request, "Home", content)

    def dashboard(self, request: Request) -> Response:
        who = auth()
        user = self.people.find_user(who.user_id)
        switch = f"{self.clerk}/organizations?redirect_url=/dashboard"
        content = pages.dashboard(who, user, switch)
        return self.page(request, "Dashboard", content)

    def organizations(self, request: Request) -> Response:
        content = pages.organizations(self.people, auth().user_id or "")
        return self.page(request, "Organizations", content)

    def organization(self, request: Request, slug: str) -> Response:
        """The middleware has asked Clerk for the organization; did it come?"""
        who = auth()
        if who.org_slug != slug:
            content = pages.other_organization(who, slug)
            return self.page(request, "Not your organization", content, 404)
        found = self.people.find_organization(who.org_id)
        name = found.name if found else slug
        return self.page(request, name, pages.organization(who, name))

    def admin(self, request: Request) -> Response:
        who = auth()
        if is_site_admin(who):
            because = "your public metadata says role=admin"
        else:
            auth.protect(permission="org:admin:read")
            because = f"your role in {who.org_slug} has the permission org:admin:read"
        return self.page(request, "Admin", pages.admin(self.people, because))

    def me(self, request: Request) -> Response:
        who = auth()
        if not who.is_authenticated:
            return json_answer({"error": "Nobody is signed in."}, 404)
        return json_answer({name: getattr(who, name) for name in SHOWN})

    def style(self, request: Request) -> Response:
        return pages.file("style.css", "text/css; charset=utf-8")

    def icon(self, request: Request) -> Response:
        return pages.file("icon.svg", "image/svg+xml")


def json_answer(document: dict[str, Any], status: int = 200) -> Response:
    text = json.dumps(document, indent=2) + "\n"
    return Response(text, status, content_type="application/json")


def build_demo(
    local: LocalClerk, origin: str, *, backend: Backend | str = "jwks", **more: Any
) -> "WSGIApplication":
    """The site behind the middleware, and its Clerk beside it, on one port.

    `more` are further arguments of ClerkMiddleware.
    """
    site = ClerkMiddleware(
        Demo(local.people),
        check,
        backend=backend,
        organization_patterns=["/orgs/:slug", "/orgs/:slug/(.*)"],
        **local.options(origin),
        **more,
    )
    return local.beside(site)


def serve(port: int) -> None:
    local = LocalClerk()

    def told(origin: str) -> str:
        return (
            f"The demo is at {origin}/ (Ctrl-C ends it).\n\n{seeded(local.people)}\n\n"
            "All of it is on this machine; nothing is kept."
        )

    serve_on(port, lambda origin: build_demo(local, origin), told)
