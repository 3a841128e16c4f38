"""Pages for people, without JavaScript: all that one does with an account."""

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from clerk_wsgi.local.answers import PAGES
from clerk_wsgi.local.forms import sent_on
from clerk_wsgi.local.issuing import Issuer
from clerk_wsgi.local.organization_pages import OrganizationPages
from clerk_wsgi.local.profile_pages import ProfilePages
from clerk_wsgi.local.sign_in_pages import SignInPages
from clerk_wsgi.local.sign_up_pages import SignUpPages

PARTS = (SignInPages, SignUpPages, OrganizationPages, ProfilePages)


class AccountPages:
    def __init__(self, issuer: Issuer) -> None:
        self.parts = [part(issuer) for part in PARTS]

    def rules(self) -> list[Rule]:
        style = Rule("/style.css", endpoint=self.style, methods=["GET"])
        home = Rule("/", endpoint=self.home, methods=["GET"])
        return [style, home, *(rule for part in self.parts for rule in part.rules())]

    def style(self, request: Request) -> Response:
        return Response(PAGES.text("style.css"), content_type="text/css; charset=utf-8")

    def home(self, request: Request) -> Response:
        """Where an instance on its own sends those who come from nowhere."""
        return sent_on(request, "/user")
