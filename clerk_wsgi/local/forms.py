"""Forms on account pages, and the way back to the application."""

from collections.abc import Callable

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from clerk_wsgi.core.urls import encode_pairs
from clerk_wsgi.local.answers import PAGES, ApiError, page, sent_to
from clerk_wsgi.local.html import Html
from clerk_wsgi.local.origins import require_own_page, way_back

Answer = Callable[[Request], Response]


def form(path: str, show: Answer, take: Answer) -> list[Rule]:
    """A page, and what happens to the form on it."""

    def shown(request: Request) -> Response:
        way_back(request, asked_back(request))
        return show(request)

    return [
        Rule(path, endpoint=shown, methods=["GET"]),
        Rule(path, endpoint=taken_by(take), methods=["POST"]),
    ]


def post(path: str, take: Answer) -> Rule:
    """A form that stands on another page."""
    return Rule(path, endpoint=taken_by(take), methods=["POST"])


def taken_by(take: Answer) -> Answer:
    def taken(request: Request) -> Response:
        require_own_page(request)
        way_back(request, asked_back(request))
        return take(request)

    return taken


def asked_back(request: Request) -> str:
    """Where people want to go on afterwards: text that nobody has checked."""
    return request.values.get("redirect_url") or "/"


def link(request: Request, path: str) -> str:
    """Another account page that leads back to the same place."""
    back = encode_pairs([("redirect_url", asked_back(request))])
    return f"{request.root_path}{path}?{back}"


def sent_on(request: Request, path: str) -> Response:
    return sent_to(link(request, path))


def text_in(request: Request, name: str) -> str:
    return request.form.get(name, "").strip()


def show_page(
    request: Request, template: str, title: str, status: int = 200, **values: object
) -> Response:
    content = PAGES.render(
        template,
        redirect_url=asked_back(request),
        back=way_back(request, asked_back(request)),
        root=request.root_path,
        **values,
    )
    return page(content, title=title, root=request.root_path, status=status)


def notice(said: str) -> Html:
    return PAGES.render("notice.html", said=said) if said else Html()


def problem(error: ApiError | None) -> Html:
    """What went wrong, read aloud at once."""
    if error is None:
        return Html()
    return PAGES.render("problem.html", said=error.description or "")


def status_of(error: ApiError | None) -> int:
    return (error.code or 500) if error else 200
