"""Pages for people, without JavaScript: sign in, choose an organization, sign out."""

from hmac import compare_digest

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
from clerk_wsgi.local.origins import site_of, way_back
from clerk_wsgi.local.people import Directory, User
from clerk_wsgi.local.store import Client, Session, Store

WRONG = "That e-mail address and password do not belong together."
FOREIGN = "You are no member of that organization."


class AccountPages:
    """The browser is known by its cookie: pages and application share a host."""

    def __init__(self, store: Store, issuer: Issuer) -> None:
        self.store = store
        self.issuer = issuer

    @property
    def people(self) -> Directory:
        return self.issuer.people

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
        session = self.store.session_of(self.client(request))
        user = self.people.find_user(session.user_id if session else None)
        content = PAGES.render(
            "sign_in.html",
            notice=notice(said) if said else signed_in_as(user),
            people=joined(map(person, self.people.users)),
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
        client = self.client(request) or self.store.open_client()
        return returned(back, self.store.sign_in(client, user.id))

    def named_user(self, request: Request) -> User | None:
        """Somebody chosen from the list, or whoever knows the password."""
        if "user_id" in request.form:
            return self.people.find_user(request.form["user_id"])
        user = self.people.find_email(request.form.get("email", ""))
        given = request.form.get("password", "")
        known = user.password if user else ""
        is_right = compare_digest(given.encode(), known.encode())
        return user if is_right and known else None

    def show_organizations(self, request: Request) -> Response:
        session = self.store.session_of(self.client(request))
        if session is None:
            return sent_to(sign_in_url(request))
        content = PAGES.render(
            "organizations.html",
            organizations=joined(self.choices(session)),
            redirect_url=asked_back(request),
        )
        return page(content, title="Organizations", root=request.root_path)

    def choices(self, session: Session) -> list[Html]:
        found = self.people.organizations_of(session.user_id)
        listed = [("", "Personal account", "no organization")]
        listed += [(e.id, e.name, e.members[session.user_id]) for e in found]
        return [
            PAGES.render(
                "choice.html",
                name="organization_id",
                value=value,
                title=title,
                detail=detail,
                mark="Active" if value == (session.org_id or "") else "",
            )
            for value, title, detail in listed
        ]

    def choose_organization(self, request: Request) -> Response:
        back = way_back(request, asked_back(request))
        client = self.client(request)
        session = self.store.session_of(client)
        if client is None or session is None:
            return sent_to(sign_in_url(request))
        wanted = request.form.get("organization_id", "")
        organization = self.people.find_organization(wanted)
        is_member = organization and session.user_id in organization.members
        if wanted and not is_member:
            raise Forbidden(FOREIGN)
        self.store.activate(session, organization.id if organization else None)
        return returned(back, client)

    def show_sign_out(self, request: Request) -> Response:
        content = PAGES.render("sign_out.html", redirect_url=asked_back(request))
        return page(content, title="Sign out", root=request.root_path)

    def sign_out(self, request: Request) -> Response:
        back = way_back(request, asked_back(request))
        client = self.client(request) or self.store.open_client()
        answer = returned(back, self.store.sign_out(client))
        # The token would be good for a minute: it goes even where no handshake follows.
        for cookie in self.issuer.cookies_for(site_of(request)).signed_out():
            answer.headers.add("Set-Cookie", cookie)
        return answer

    def client(self, request: Request) -> Client | None:
        """The browser; plain cookies may be those of another application here."""
        for name in (f"{DEV_BROWSER}_{self.issuer.suffix}", DEV_BROWSER):
            found = self.store.find_client(request.cookies.get(name, ""))
            if found:
                return found
        return None


def person(user: User) -> Html:
    return PAGES.render(
        "choice.html",
        name="user_id",
        value=user.id,
        title=user.name,
        detail=user.email,
        mark=user.public_metadata.get("role", ""),
    )


def signed_in_as(user: User | None) -> Html:
    if user is None:
        return Html()
    return notice(f"You are signed in as {user.name}. Choose somebody else to switch.")


def notice(said: str) -> Html:
    return PAGES.render("notice.html", said=said)
