"""What is the same on every page of the demo: the head, and the panel at the end."""

from collections.abc import Mapping

from werkzeug.wrappers import Request, Response

from clerk_wsgi import Auth, ClerkAPIError, current_user, get_auth, get_state
from clerk_wsgi.cli.demo_pages import PAGES, code, name_of
from clerk_wsgi.core.request import RequestView
from clerk_wsgi.core.state import RequestState
from clerk_wsgi.core.urls import encode_pairs
from clerk_wsgi.environ import read_request
from clerk_wsgi.local.html import Html, joined

HEADERS = {
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
WITHOUT_SCRIPTS = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
NAV = {
    "/": "Home",
    "/dashboard": "Dashboard",
    "/me": "You",
    "/orgs": "Organizations",
    "/admin": "Admin",
    "/api": "API",
}
SIGNED_IN = (
    "Your session token was signed by Clerk less than a minute ago, and the signature "
    "was verified here. When it expires it is renewed without your noticing."
)
SIGNED_OUT = "The session could not be confirmed, so this request counts as nobody's."
MEANINGS = {
    "session-token-and-uat-missing": "Nobody is signed in on this browser.",
    "session-token-missing": "Clerk said that nobody is signed in on this browser.",
    "dev-browser-missing": (
        "Clerk does not know this browser yet, and this is no request that it could "
        "have been introduced with."
    ),
    "token-expired": "The session token is more than a minute old.",
    "token-invalid-signature": "The session token was not signed by this Clerk.",
    "session-token-revoked": "The session was revoked a moment ago.",
    "satellite-needs-syncing": (
        "This site signs in at another one, and nobody has asked to sign in here yet."
    ),
}
CLERKS = ("__session", "__client_uat", "__refresh", "__clerk")


class Frame:
    """`clerk` is where Clerk's pages are: a path here, or a URL of the primary site.

    With `clerk_js`, the publishable key, its own components stand in the head.
    """

    def __init__(
        self, clerk: str, *, nav: Mapping[str, str] = NAV, clerk_js: str = ""
    ) -> None:
        self.clerk = clerk
        self.nav = nav
        self.clerk_js = clerk_js

    def page(
        self, request: Request, title: str, content: Html, status: int = 200
    ) -> Response:
        environ = request.environ
        html = PAGES.render(
            "layout.html",
            title=title,
            nav=joined(link(url, name, request.path) for url, name in self.nav.items()),
            who=self.who(get_auth(environ), request.path),
            content=content,
            why=why(get_state(environ), read_request(environ)),
            scripts=self.scripts(),
        )
        response = Response(html, status, content_type="text/html; charset=utf-8")
        response.headers.update(HEADERS)
        if not self.clerk_js:
            response.headers["Content-Security-Policy"] = WITHOUT_SCRIPTS
        return response

    def who(self, who: Auth, path: str) -> Html:
        if self.clerk_js:
            return PAGES.render("components.html")
        if not who.is_authenticated:
            back = encode_pairs([("redirect_url", path)])
            return PAGES.render("signed_out.html", back=back)
        return PAGES.render("signed_in.html", clerk=self.clerk, name=name_or_id(who))

    def scripts(self) -> Html:
        if not self.clerk_js:
            return Html()
        return PAGES.render("scripts.html", clerk=self.clerk, key=self.clerk_js)


def name_or_id(who: Auth) -> str:
    """A name is no reason to fail: on Clerk's bad days there is the id."""
    try:
        user = current_user()
    except ClerkAPIError:
        user = None
    return name_of(user) if user else who.user_id or ""


def link(url: str, name: str, path: str) -> Html:
    is_here = path == url or (url != "/" and path.startswith(f"{url}/"))
    current = Html(' aria-current="page"') if is_here else ""
    return PAGES.render("nav.html", url=url, title=name, current=current)


def why(state: RequestState, request: RequestView) -> Html:
    """Why is this request in its state?"""
    reason = state.reason or ""
    otherwise = SIGNED_IN if state.status == "signed-in" else SIGNED_OUT
    return PAGES.render(
        "why.html",
        status=state.status,
        reason=reason or "none",
        meaning=MEANINGS.get(reason, otherwise),
        token_type=state.token_type or "none",
        cookies=cookie_names(request),
    )


def cookie_names(request: RequestView) -> Html:
    names = sorted(name for name in request.cookies if name.startswith(CLERKS))
    return joined(map(code, names)) if names else Html("none")
