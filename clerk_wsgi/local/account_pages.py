"""Pages for people, without JavaScript: sign in, choose an organization, sign out."""

from werkzeug.exceptions import Forbidden
from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from clerk_wsgi.local.answers import PAGES, page, sent_to
from clerk_wsgi.local.forms import (
    DEV_BROWSER,
    asked_back,
    form,
    returned,
    sign_in_url,
)
from clerk_wsgi.local.html import Html, joined
from clerk_wsgi.local.issuing import Issuer
from clerk_wsgi.local.organizations import memberships_of
from clerk_wsgi.local.origins import site_of, way_back
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.sessions import (
    activate,
    current_session,
    find_client,
    open_client,
    renamed,
    sign_in,
    sign_out,
)
from clerk_wsgi.local.users import (
    find_by_identifier,
    full_name,
    has_password,
    primary_email,
)

WRONG = "That e-mail address and password do not belong together."
FOREIGN = "You are no member of that organization."


class AccountPages:
    """The browser is known by its cookie: pages and application share a host."""

    def __init__(self, issuer: Issuer) -> None:
        self.issuer = issuer
        self.state = issuer.state

    def rules(self) -> list[Rule]:
        style = Rule("/style.css", endpoint=self.style, methods=["GET"])
        return [
            style,
            *form("/sign-in", self.show_sign_in, self.sign_in),
            *form("/organizations", self.show_organizations, self.choose_organization),
            *form("/sign-out", self.show_sign_out, self.sign_out),
        ]

    def style(self, request: Request) -> Response:
        return Response(PAGES.text("style.css"), content_type="text/css; charset=utf-8")

    def show_sign_in(self, request: Request) -> Response:
        return self.sign_in_page(request)

    def sign_in_page(
        self, request: Request, said: str = "", email: str = "", status: int = 200
    ) -> Response:
        session = current_session(self.state, self.client(request))
        user = self.state.need("user", session["user_id"]) if session else None
        content = PAGES.render(
            "sign_in.html",
            notice=notice(said) if said else signed_in_as(user),
            people=joined(map(person, self.state.records.find("user"))),
            email=email,
            redirect_url=asked_back(request),
        )
        root = request.root_path
        return page(content, title="Sign in", root=root, status=status)

    def sign_in(self, request: Request) -> Response:
        back = way_back(request, asked_back(request))
        user = self.named_user(request)
        if user is None:
            email = request.form.get("email", "")
            return self.sign_in_page(request, WRONG, email, 422)
        client = self.client(request) or open_client(self.state)
        sign_in(self.state, client, user["id"])
        return returned(back, renamed(self.state, client))

    def named_user(self, request: Request) -> Document | None:
        """Somebody chosen from the list, or whoever knows the password."""
        if "user_id" in request.form:
            return self.state.records.get("user", request.form["user_id"])
        user = find_by_identifier(self.state, request.form.get("email", ""))
        given = request.form.get("password", "")
        return user if user and has_password(user, given) else None

    def show_organizations(self, request: Request) -> Response:
        session = current_session(self.state, self.client(request))
        if session is None:
            return sent_to(sign_in_url(request))
        content = PAGES.render(
            "organizations.html",
            organizations=joined(self.choices(session)),
            redirect_url=asked_back(request),
        )
        return page(content, title="Organizations", root=request.root_path)

    def choices(self, session: Document) -> list[Html]:
        listed = [("", "Personal account", "no organization")]
        for membership in memberships_of(self.state, session["user_id"]):
            found = self.state.need("organization", membership["organization_id"])
            listed.append((found["id"], found["name"], membership["role"]))
        active = session["last_active_organization_id"] or ""
        return [
            PAGES.render(
                "choice.html",
                name="organization_id",
                value=value,
                title=title,
                detail=detail,
                mark="Active" if value == active else "",
            )
            for value, title, detail in listed
        ]

    def choose_organization(self, request: Request) -> Response:
        back = way_back(request, asked_back(request))
        client = self.client(request)
        session = current_session(self.state, client)
        if client is None or session is None:
            return sent_to(sign_in_url(request))
        wanted = request.form.get("organization_id", "")
        if activate(self.state, session, wanted) is None:
            raise Forbidden(FOREIGN)
        return returned(back, client)

    def show_sign_out(self, request: Request) -> Response:
        content = PAGES.render("sign_out.html", redirect_url=asked_back(request))
        return page(content, title="Sign out", root=request.root_path)

    def sign_out(self, request: Request) -> Response:
        back = way_back(request, asked_back(request))
        client = self.client(request) or open_client(self.state)
        answer = returned(back, sign_out(self.state, client))
        # The token would be good for a minute: it goes even where no handshake follows.
        for cookie in self.issuer.cookies_for(site_of(request)).signed_out():
            answer.headers.add("Set-Cookie", cookie)
        return answer

    def client(self, request: Request) -> Document | None:
        """The browser; plain cookies may be those of another application here."""
        for name in (f"{DEV_BROWSER}_{self.issuer.settings.suffix}", DEV_BROWSER):
            found = find_client(self.state, request.cookies.get(name, ""))
            if found:
                return found
        return None


def person(user: Document) -> Html:
    return PAGES.render(
        "choice.html",
        name="user_id",
        value=user["id"],
        title=full_name(user),
        detail=primary_email(user),
        mark=user["public_metadata"].get("role", ""),
    )


def signed_in_as(user: Document | None) -> Html:
    if user is None:
        return Html()
    name = full_name(user)
    return notice(f"You are signed in as {name}. Choose somebody else to switch.")


def notice(said: str) -> Html:
    return PAGES.render("notice.html", said=said)
