"""Clerk's own components on pages of the instance, in place of the plain ones."""

from collections.abc import Callable

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from clerk_wsgi.local.answers import PAGE_HEADERS, PAGES
from clerk_wsgi.local.browsers import Browsers
from clerk_wsgi.local.bundles import CLERK_JS, CLERK_UI
from clerk_wsgi.local.fapi_origins import base_url
from clerk_wsgi.local.forms import asked_back
from clerk_wsgi.local.issuing import Issuer
from clerk_wsgi.local.origins import way_back

# What the library mounts where; "yes" is for whoever is signed in.
COMPONENTS = {
    "/sign-in": ("SignIn", "Sign in", "no"),
    "/sign-up": ("SignUp", "Sign up", "no"),
    "/user": ("UserProfile", "Your account", "yes"),
    "/organization": ("OrganizationProfile", "Organization", "yes"),
    "/organizations": ("OrganizationList", "Organizations", "yes"),
    "/create-organization": ("CreateOrganization", "Create an organization", "yes"),
}
SCRIPT = "/components.js"
POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; "
    "img-src 'self' data: blob:; worker-src 'self' blob:; font-src 'self' data:; "
    # The components write their styles into the page.
    "style-src 'self' 'unsafe-inline'; "
    "base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)


class ComponentPages:
    """Everything they load comes from the instance itself."""

    def __init__(self, issuer: Issuer) -> None:
        self.settings = issuer.settings
        self.browsers = Browsers(issuer)

    def rules(self) -> list[Rule]:
        pages = [
            Rule(path, endpoint=self.page_of(*named), methods=["GET"])
            for path, named in COMPONENTS.items()
        ]
        return [Rule(SCRIPT, endpoint=self.script, methods=["GET"]), *pages]

    def page_of(
        self, component: str, title: str, is_for_users: str
    ) -> Callable[[Request], Response]:
        def show(request: Request) -> Response:
            satellites = self.browsers.introduced(request)
            if satellites is not None:
                return satellites
            html = PAGES.render(
                "components.html",
                title=title,
                component=component,
                users_only=is_for_users,
                publishable_key=self.settings.publishable_key,
                base=base_url(request),
                back=way_back(request, asked_back(request)),
                root=request.root_path,
                script=SCRIPT,
                clerk_js=CLERK_JS,
                clerk_ui=CLERK_UI,
            )
            answer = Response(html, content_type="text/html; charset=utf-8")
            answer.headers.update(PAGE_HEADERS)
            answer.headers["Content-Security-Policy"] = POLICY
            return answer

        return show

    def script(self, request: Request) -> Response:
        text = PAGES.text("components.js")
        return Response(text, content_type="text/javascript; charset=utf-8")
