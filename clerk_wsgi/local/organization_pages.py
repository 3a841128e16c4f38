"""Organizations without JavaScript: which one is active, and a new one."""

from werkzeug.exceptions import Forbidden
from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from clerk_wsgi.local.answers import PAGES, ApiError
from clerk_wsgi.local.browsers import Browsers
from clerk_wsgi.local.clients import change_client
from clerk_wsgi.local.forms import (
    asked_back,
    form,
    link,
    problem,
    sent_on,
    show_page,
    status_of,
    text_in,
)
from clerk_wsgi.local.html import Html, joined
from clerk_wsgi.local.issuing import Issuer
from clerk_wsgi.local.memberships import memberships_of
from clerk_wsgi.local.organizations import create_organization
from clerk_wsgi.local.origins import way_back
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.sessions import activate

FOREIGN = "You are no member of that organization."
NEW = "/create-organization"
LONGEST_NAME = 256


class OrganizationPages:
    def __init__(self, issuer: Issuer) -> None:
        self.state = issuer.state
        self.browsers = Browsers(issuer)

    def rules(self) -> list[Rule]:
        return [
            *form("/organizations", self.show, self.choose),
            *form(NEW, self.show_new, self.create),
        ]

    def show(self, request: Request) -> Response:
        session = self.browsers.session(request)
        if session is None:
            return sent_on(request, "/sign-in")
        user = self.state.need("user", session["user_id"])
        return show_page(
            request,
            "organizations.html",
            "Organizations",
            organizations=joined(self.choices(session)),
            create=new_link(request, user),
        )

    def choices(self, session: Document) -> list[Html]:
        listed = [("", "Personal account", "no organization")]
        for membership in memberships_of(self.state, session["user_id"]):
            found = self.state.need("organization", membership["organization_id"])
            listed.append((found["id"], found["name"], membership["role"]))
        active = session["last_active_organization_id"] or ""
        return [
            PAGES.render(
                "choice.html",
                value=value,
                title=title,
                detail=detail,
                mark="Active" if value == active else "",
            )
            for value, title, detail in listed
        ]

    def choose(self, request: Request) -> Response:
        session = self.browsers.session(request)
        if session is None:
            return sent_on(request, "/sign-in")
        wanted = request.form.get("organization_id", "")
        if activate(self.state, session, wanted) is None:
            raise Forbidden(FOREIGN)
        return self.changed(request)

    def show_new(self, request: Request) -> Response:
        if self.browsers.session(request) is None:
            return sent_on(request, "/sign-in")
        return self.new_page(request)

    def new_page(self, request: Request, error: ApiError | None = None) -> Response:
        return show_page(
            request,
            "create_organization.html",
            "Create an organization",
            status_of(error),
            problem=problem(error),
            name=text_in(request, "name"),
            slug=text_in(request, "slug"),
            organizations=link(request, "/organizations"),
        )

    def create(self, request: Request) -> Response:
        """Who creates it is its admin, and has it active from then on."""
        session = self.browsers.session(request)
        if session is None:
            return sent_on(request, "/sign-in")
        try:
            self.created(request, session)
        except ApiError as error:
            return self.new_page(request, error)
        return self.changed(request)

    def created(self, request: Request, session: Document) -> None:
        user = self.state.need("user", session["user_id"])
        if not user["create_organization_enabled"]:
            raise ApiError(403, "authorization_invalid", "You may create none.")
        name, slug = text_in(request, "name"), text_in(request, "slug")
        if len(name) > LONGEST_NAME or len(slug) > LONGEST_NAME:
            said = f"Names have at most {LONGEST_NAME} characters."
            raise ApiError(422, "form_param_max_length_exceeded", said, "name")
        with self.state.changing():
            made = create_organization(
                self.state, name, slug=slug or None, created_by=user["id"]
            )
            activate(self.state, session, made["id"])

    def changed(self, request: Request) -> Response:
        """Back to the application. In production it has to notice by the time of the
        change that its token is an old one.
        """
        back = way_back(request, asked_back(request))
        client = self.browsers.open(request)
        if self.browsers.is_production:
            now = int(self.state.clock())
            client = change_client(self.state, client, _changed_at=now)
        return self.browsers.returned(request, back, client)


def new_link(request: Request, user: Document) -> Html:
    if not user["create_organization_enabled"]:
        return Html()
    url = link(request, NEW)
    return PAGES.render("aside.html", url=url, said="Create an organization")
