"""Forms on account pages, and the way back to the application."""

from collections.abc import Callable

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from clerk_wsgi.core.urls import Url, encode_pairs, set_parameter
from clerk_wsgi.local.answers import sent_to
from clerk_wsgi.local.origins import require_own_page, way_back
from clerk_wsgi.local.records import Document

DEV_BROWSER = "__clerk_db_jwt"
NO_LOOP = "__clerk_redirect_count=; Path=/; SameSite=Lax; HttpOnly; Max-Age=0"

Answer = Callable[[Request], Response]


def form(path: str, show: Answer, take: Answer) -> list[Rule]:
    """A page, and what happens to the form on it."""

    def taken(request: Request) -> Response:
        require_own_page(request)
        return take(request)

    def shown(request: Request) -> Response:
        way_back(request, asked_back(request))
        return show(request)

    return [
        Rule(path, endpoint=shown, methods=["GET"]),
        Rule(path, endpoint=taken, methods=["POST"]),
    ]


def asked_back(request: Request) -> str:
    """Where people want to go on afterwards: text that nobody has checked."""
    return request.values.get("redirect_url") or "/"


def returned(back: Url, client: Document) -> Response:
    """Back to the application, which asks by handshake what has changed.

    Whoever sends a form is in no redirect loop, however many redirects came before.
    """
    answer = sent_to(set_parameter(back, DEV_BROWSER, client["_token"]))
    answer.headers.add("Set-Cookie", NO_LOOP)
    return answer


def sign_in_url(request: Request) -> str:
    back = encode_pairs([("redirect_url", asked_back(request))])
    return f"{request.root_path}/sign-in?{back}"
