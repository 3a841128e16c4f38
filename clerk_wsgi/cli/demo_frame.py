"""What is the same on every page of the demo: the head, and the panel at the end."""

from werkzeug.wrappers import Request, Response

from clerk_wsgi import Auth, get_auth, get_state
from clerk_wsgi.cli.demo_pages import PAGES, code
from clerk_wsgi.core.request import RequestView
from clerk_wsgi.core.state import RequestState
from clerk_wsgi.core.urls import encode_pairs
from clerk_wsgi.environ import read_request
from clerk_wsgi.local import Directory
from clerk_wsgi.local.html import Html, joined

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
NAV = {
    "/": "Home",
    "/dashboard": "Dashboard",
    "/orgs": "Organizations",
    "/admin": "Admin",
    "/api/me": "JSON",
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
}
CLERKS = ("__session", "__client_uat", "__refresh", "__clerk")


def page(
    request: Request,
    title: str,
    content: Html,
    *,
    people: Directory,
    clerk: str,
    status: int = 200,
) -> Response:
    """A whole page; `clerk` is where the local Clerk is mounted."""
    environ = request.environ
    html = PAGES.render(
        "layout.html",
        title=title,
        nav=joined(link(url, name, request.path) for url, name in NAV.items()),
        who=signed_in(get_auth(environ), request.path, people, clerk),
        content=content,
        why=why(get_state(environ), read_request(environ)),
    )
    response = Response(html, status, content_type="text/html; charset=utf-8")
    response.headers.update(HEADERS)
    return response


def link(url: str, name: str, path: str) -> Html:
    is_here = path == url or (url != "/" and path.startswith(f"{url}/"))
    current = Html(' aria-current="page"') if is_here else ""
    return PAGES.render("nav.html", url=url, title=name, current=current)


def signed_in(who: Auth, path: str, people: Directory, clerk: str) -> Html:
    if not who.is_authenticated:
        back = encode_pairs([("redirect_url", path)])
        return PAGES.render("signed_out.html", clerk=clerk, back=back)
    user = people.find_user(who.user_id)
    name = user.name if user else who.user_id
    return PAGES.render("signed_in.html", clerk=clerk, name=name)


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
