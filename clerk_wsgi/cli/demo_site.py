"""The demo: a bare WSGI application that knows its visitors by `auth()` alone.

What it shows of people and organizations it asks Clerk for, as any application would.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from clerk_wsgi import (
    Auth,
    RequestView,
    auth,
    clerk_client,
    create_route_matcher,
    current_user,
)
from clerk_wsgi.cli import demo_admin as admin
from clerk_wsgi.cli import demo_api as api
from clerk_wsgi.cli import demo_pages as pages
from clerk_wsgi.cli.demo_frame import Frame
from clerk_wsgi.local.answers import sent_to
from clerk_wsgi.local.application import LocalRequest
from clerk_wsgi.local.html import Html
from clerk_wsgi.local.origins import site_of, way_back

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

View = Callable[..., Response]

is_protected = create_route_matcher(
    ["/dashboard", "/me(.*)", "/orgs(.*)", "/api/me", "/api/orgs/(.*)"]
)
is_admin_page = create_route_matcher(["/admin", "/admin/(.*)"])


def check(auth: Auth, request: RequestView) -> None:
    if is_protected(request):
        auth.protect()
    if is_admin_page(request):
        auth.protect(lambda has: admin.is_admin(auth))


@dataclass(frozen=True, slots=True)
class Places:
    """Where things are: this Clerk's pages, and the site on the other origin."""

    clerk: str
    satellite: str = ""
    clerk_js: str = ""


class Demo:
    def __init__(self, places: Places) -> None:
        self.places = places
        self.frame = Frame(places.clerk, clerk_js=places.clerk_js)
        get: Mapping[str, View] = {
            "/": self.home,
            "/dashboard": self.dashboard,
            "/me": self.personal,
            "/me/<page>": self.personal,
            "/orgs": self.organizations,
            "/orgs/<slug>": self.organization,
            "/orgs/<slug>/<page>": self.organization,
            "/admin": self.admin,
            "/api": self.api,
            "/sign-in": self.sign_in,
            "/sign-up": self.sign_up,
            **api.GET,
            **pages.FILES,
        }
        post: Mapping[str, View] = {"/admin/role": admin.change_role, **api.POST}
        rules = [
            Rule(path, endpoint=view, methods=["GET"]) for path, view in get.items()
        ]
        rules += [Rule(path, endpoint=v, methods=["POST"]) for path, v in post.items()]
        self.urls = Map(rules, strict_slashes=False, merge_slashes=False)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        return self.respond(LocalRequest(environ))(environ, start_response)

    def respond(self, request: Request) -> "WSGIApplication":
        try:
            view, names = self.urls.bind("localhost").match(
                request.path, request.method
            )
            response: Response = view(request, **names)
            return response
        except HTTPException as error:
            if error.code != 404 or request.path.startswith("/api/"):
                return error.get_response(request.environ)
            return self.page(request, "Not found", pages.missing(), 404)

    def page(
        self, request: Request, title: str, content: Html, status: int = 200
    ) -> Response:
        return self.frame.page(request, title, content, status)

    def home(self, request: Request) -> Response:
        content = pages.home(auth().is_authenticated, self.places.satellite)
        return self.page(request, "Home", content)

    def dashboard(self, request: Request) -> Response:
        switch = f"{self.places.clerk}/organizations?redirect_url=/dashboard"
        content = pages.dashboard(auth(), current_user(), switch)
        return self.page(request, "Dashboard", content)

    def personal(self, request: Request, page: str = "") -> Response:
        """The URL asks for the personal account, which the middleware activated."""
        who = auth()
        if who.org_id:
            content = pages.other_account(who, "your personal account")
            return self.page(request, "Not your personal account", content, 404)
        return self.page(request, "You", pages.personal(who, current_user(), page))

    def organizations(self, request: Request) -> Response:
        client = clerk_client()
        mine = client.users.list_memberships(auth().user_id, limit=100)
        content = pages.organizations(client.organizations.list(limit=100), mine)
        return self.page(request, "Organizations", content)

    def organization(self, request: Request, slug: str, page: str = "") -> Response:
        """The middleware has asked Clerk for the organization; did it come?"""
        who = auth()
        if who.org_slug != slug:
            content = pages.other_account(who, slug)
            return self.page(request, "Not your organization", content, 404)
        found = clerk_client().organizations.get(who.org_id)
        return self.page(request, found.name, pages.organization(who, found, page))

    def admin(self, request: Request) -> Response:
        search = request.args.get("search", "").strip()
        users = clerk_client().users.list(query=search, limit=50)
        return self.page(request, "Admin", admin.page(users, search))

    def api(self, request: Request) -> Response:
        return self.page(request, "JSON API", api.page())

    def sign_in(self, request: Request) -> Response:
        return self.at_clerk(request, "sign-in")

    def sign_up(self, request: Request) -> Response:
        return self.at_clerk(request, "sign-up")

    def at_clerk(self, request: Request, page: str) -> Response:
        """Who is signed in goes on at once.

        A satellite's visitors pass here a second time: this site has to learn of them
        before that one does.
        """
        back = way_back(request, request.args.get("redirect_url") or "/dashboard")
        if auth().is_authenticated:
            return sent_to(back)
        if back.origin != site_of(request).origin:
            back = way_back(request, f"/sign-in?{urlencode({'redirect_url': back})}")
        return sent_to(
            f"{self.places.clerk}/{page}?{urlencode({'redirect_url': back})}"
        )
