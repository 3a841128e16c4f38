"""Signing in without JavaScript: somebody from the list, a password, or a code."""

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from clerk_wsgi.local.answers import PAGES, ApiError
from clerk_wsgi.local.browsers import Browsers
from clerk_wsgi.local.code_page import CodePage
from clerk_wsgi.local.fapi_factors import (
    CODE,
    PASSWORD,
    WRONG,
    email_of,
    unusable,
)
from clerk_wsgi.local.fapi_sign_ins import UNKNOWN
from clerk_wsgi.local.forms import (
    asked_back,
    form,
    link,
    notice,
    problem,
    show_page,
    status_of,
    text_in,
)
from clerk_wsgi.local.html import Html, joined
from clerk_wsgi.local.issuing import Issuer
from clerk_wsgi.local.origins import way_back
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.users import (
    find_by_identifier,
    full_name,
    has_password,
    primary_email,
)

MOST_PEOPLE = 12


class SignInPages:
    def __init__(self, issuer: Issuer) -> None:
        self.state = issuer.state
        self.browsers = Browsers(issuer)
        self.code = CodePage(issuer, "/sign-in", self.finish)

    def rules(self) -> list[Rule]:
        return [*form("/sign-in", self.show, self.take), *self.code.rules()]

    def show(self, request: Request) -> Response:
        """The form; a satellite is only told who this browser is."""
        return self.browsers.introduced(request) or self.page(request)

    def page(self, request: Request, error: ApiError | None = None) -> Response:
        return show_page(
            request,
            "sign_in.html",
            "Sign in",
            status_of(error),
            notice=problem(error) or self.signed_in_as(request),
            people=self.people(request),
            email=text_in(request, "email"),
            sign_up=link(request, "/sign-up"),
        )

    def people(self, request: Request) -> Html:
        found = self.state.records.find("user")[:MOST_PEOPLE]
        if not found:
            return Html()
        listed = joined(map(person, found))
        back = asked_back(request)
        return PAGES.render("people.html", people=listed, redirect_url=back)

    def signed_in_as(self, request: Request) -> Html:
        session = self.browsers.session(request)
        if session is None:
            return Html()
        name = full_name(self.state.need("user", session["user_id"]))
        return notice(f"You are signed in as {name}. Choose somebody else to switch.")

    def take(self, request: Request) -> Response:
        back = way_back(request, asked_back(request))
        try:
            user = self.named_user(request)
            if "email_code" in request.form:
                address = email_of(user, "")["email_address"]
                return self.code.begin(request, address, user_id=user["id"])
            if "user_id" not in request.form:
                require_password(user, request.form.get("password", ""))
            return self.browsers.entered(request, back, user["id"], PASSWORD)
        except ApiError as error:
            return self.page(request, error)

    def named_user(self, request: Request) -> Document:
        """Whom the form is about. Raises ApiError (422) if it is nobody."""
        chosen = request.form.get("user_id")
        if chosen is None:
            user = find_by_identifier(self.state, text_in(request, "email"))
        else:
            user = self.state.records.get("user", chosen)
        if user is None:
            raise ApiError(422, "form_identifier_not_found", UNKNOWN, "identifier")
        return user

    def finish(self, request: Request, waiting: Document) -> Response:
        back = way_back(request, asked_back(request))
        return self.browsers.entered(request, back, waiting["user_id"], CODE)


def require_password(user: Document, password: str) -> None:
    if not user["password_enabled"]:
        raise unusable()
    if not has_password(user, password):
        raise ApiError(422, "form_password_incorrect", WRONG, "password")


def person(user: Document) -> Html:
    name = full_name(user)
    return PAGES.render(
        "person.html",
        id=user["id"],
        initials=initials(name),
        name=name,
        email=primary_email(user),
        mark=user["public_metadata"].get("role", ""),
    )


def initials(name: str) -> str:
    return "".join(word[0] for word in name.split()[:2]).upper()
