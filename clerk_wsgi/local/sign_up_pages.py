"""Signing up without JavaScript: an address, a password, and a code that proves it."""

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.browsers import Browsers
from clerk_wsgi.local.code_page import CodePage
from clerk_wsgi.local.fapi_factors import CODE
from clerk_wsgi.local.forms import (
    asked_back,
    form,
    link,
    problem,
    show_page,
    status_of,
    text_in,
)
from clerk_wsgi.local.identifiers import require_address, taken
from clerk_wsgi.local.issuing import Issuer
from clerk_wsgi.local.origins import way_back
from clerk_wsgi.local.passwords import digest, require_good
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.users import create_user, find_by_identifier


class SignUpPages:
    def __init__(self, issuer: Issuer) -> None:
        self.state = issuer.state
        self.browsers = Browsers(issuer)
        self.code = CodePage(issuer, "/sign-up", self.finish)

    def rules(self) -> list[Rule]:
        return [*form("/sign-up", self.show, self.take), *self.code.rules()]

    def show(self, request: Request) -> Response:
        return self.page(request)

    def page(self, request: Request, error: ApiError | None = None) -> Response:
        typed = ("email", "first_name", "last_name")
        return show_page(
            request,
            "sign_up.html",
            "Create an account",
            status_of(error),
            problem=problem(error),
            sign_in=link(request, "/sign-in"),
            **{name: text_in(request, name) for name in typed},
        )

    def take(self, request: Request) -> Response:
        """What people type for a password is often a real one: only a digest waits."""
        try:
            email = text_in(request, "email")
            require_address(email)
            if find_by_identifier(self.state, email):
                raise taken("email_address")
            password = require_good(request.form.get("password", ""))
        except ApiError as error:
            return self.page(request, error)
        return self.code.begin(
            request,
            email,
            password_digest=digest(password),
            first_name=text_in(request, "first_name") or None,
            last_name=text_in(request, "last_name") or None,
        )

    def finish(self, request: Request, waiting: Document) -> Response:
        back = way_back(request, asked_back(request))
        user = create_user(
            self.state,
            email_addresses=[waiting["address"]],
            password_digest=waiting["password_digest"],
            strategy=CODE,
            first_name=waiting["first_name"],
            last_name=waiting["last_name"],
        )
        return self.browsers.entered(request, back, user["id"], CODE)
