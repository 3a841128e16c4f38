"""One's own account without JavaScript: name, password, sessions; and signing out."""

from collections.abc import Callable

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from clerk_wsgi.local.answers import PAGES, ApiError
from clerk_wsgi.local.browsers import Browsers
from clerk_wsgi.local.fapi_factors import WRONG
from clerk_wsgi.local.forms import (
    asked_back,
    form,
    link,
    notice,
    post,
    problem,
    sent_on,
    show_page,
    status_of,
    text_in,
)
from clerk_wsgi.local.html import Html, joined
from clerk_wsgi.local.issuing import Issuer
from clerk_wsgi.local.origins import site_of, way_back
from clerk_wsgi.local.passwords import digest, require_good
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.sessions import end_session, is_alive, sign_out
from clerk_wsgi.local.users import change_user, full_name, has_password, primary_email

LONGEST_NAME = 256
DONE = {
    "name": "Your name was saved.",
    "password": "Your password was changed.",
    "session": "That session was signed out.",
}
Change = Callable[[Request, Document, Document], str]


class ProfilePages:
    def __init__(self, issuer: Issuer) -> None:
        self.issuer = issuer
        self.state = issuer.state
        self.browsers = Browsers(issuer)

    def rules(self) -> list[Rule]:
        return [
            *form("/user", self.show, self.changing(self.change_name)),
            post("/user/password", self.changing(self.change_password)),
            post("/user/sessions", self.changing(self.revoke_session)),
            *form("/sign-out", self.show_sign_out, self.sign_out),
        ]

    def show(self, request: Request) -> Response:
        session = self.browsers.session(request)
        if session is None:
            return sent_on(request, "/sign-in")
        return self.page(request, session, DONE.get(request.args.get("done", ""), ""))

    def page(
        self,
        request: Request,
        session: Document,
        said: str = "",
        error: ApiError | None = None,
    ) -> Response:
        user = self.state.need("user", session["user_id"])
        current = PAGES.render("current_password.html")
        return show_page(
            request,
            "user.html",
            "Your account",
            status_of(error),
            said=problem(error) or notice(said),
            name=full_name(user),
            email=primary_email(user),
            first_name=user["first_name"] or "",
            last_name=user["last_name"] or "",
            current=current if user["password_enabled"] else Html(),
            sessions=joined(self.sessions(request, session)),
            organizations=link(request, "/organizations"),
            sign_out=link(request, "/sign-out"),
        )

    def sessions(self, request: Request, current: Document) -> list[Html]:
        found = self.state.records.find("session", user_id=current["user_id"])
        return [
            PAGES.render(
                "session_here.html" if each["id"] == current["id"] else "session.html",
                id=each["id"],
                since=max(0, (self.state.now_ms - each["created_at"]) // 60_000),
                redirect_url=asked_back(request),
                root=request.root_path,
            )
            for each in found
            if is_alive(self.state, each)
        ]

    def changing(self, change: Change) -> Callable[[Request], Response]:
        """A form on the page; `change` gives the name of what was done."""

        def take(request: Request) -> Response:
            session = self.browsers.session(request)
            if session is None:
                return sent_on(request, "/sign-in")
            user = self.state.need("user", session["user_id"])
            try:
                with self.state.changing():
                    done = change(request, user, session)
            except ApiError as error:
                return self.page(request, session, error=error)
            answer = sent_on(request, "/user")
            answer.headers["Location"] += f"&done={done}"
            return answer

        return take

    def change_name(self, request: Request, user: Document, session: Document) -> str:
        names = {name: text_in(request, name) for name in ("first_name", "last_name")}
        if max(map(len, names.values())) > LONGEST_NAME:
            said = f"Names have at most {LONGEST_NAME} characters."
            raise ApiError(422, "form_param_max_length_exceeded", said, "first_name")
        changed = {name: text or None for name, text in names.items()}
        change_user(self.state, user["id"], **changed)
        return "name"

    def change_password(
        self, request: Request, user: Document, session: Document
    ) -> str:
        current = request.form.get("current_password", "")
        if user["password_enabled"] and not has_password(user, current):
            raise ApiError(422, "form_password_incorrect", WRONG, "current_password")
        change_user(
            self.state,
            user["id"],
            _password=digest(require_good(request.form.get("new_password", ""))),
            password_enabled=True,
            password_last_updated_at=self.state.now_ms,
        )
        if "sign_out_of_other_sessions" in request.form:
            for each in self.state.records.find("session", user_id=user["id"]):
                if each["id"] != session["id"]:
                    end_session(self.state, each["id"], "revoked")
        return "password"

    def revoke_session(
        self, request: Request, user: Document, session: Document
    ) -> str:
        found = self.state.need("session", request.form.get("session_id", ""))
        if found["user_id"] != user["id"]:
            self.state.need("session", None)
        end_session(self.state, found["id"], "revoked")
        return "session"

    def show_sign_out(self, request: Request) -> Response:
        return show_page(request, "sign_out.html", "Sign out")

    def sign_out(self, request: Request) -> Response:
        back = way_back(request, asked_back(request))
        client = sign_out(self.state, self.browsers.open(request))
        answer = self.browsers.returned(request, back, client)
        # The token would be good for a minute: it goes even where no handshake follows.
        for cookie in self.issuer.cookies_for(site_of(request)).signed_out():
            answer.headers.add("Set-Cookie", cookie)
        return answer
