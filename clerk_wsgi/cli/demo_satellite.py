"""Another site of the same people, on another origin, that signs in at the first."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request, Response

from clerk_wsgi import auth
from clerk_wsgi.cli import demo_pages as pages
from clerk_wsgi.cli.demo_frame import Frame
from clerk_wsgi.cli.demo_pages import PAGES

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class Satellite:
    """`primary` is the origin of the site that people sign in at."""

    def __init__(self, primary: str, clerk: str) -> None:
        self.primary = primary
        self.frame = Frame(clerk, nav={"/": "Satellite", primary: "Primary site"})

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        request = Request(environ)
        return self.respond(request)(environ, start_response)

    def respond(self, request: Request) -> Response:
        if request.path in pages.FILES:
            return pages.FILES[request.path](request)
        if request.path == "/sign-in":
            return auth().redirect_to_sign_in(return_back_url="/")
        if request.path != "/":
            return self.frame.page(request, "Not found", pages.missing(), 404)
        name = "satellite_in.html" if auth().is_authenticated else "satellite_out.html"
        content = PAGES.render(name, user=auth().user_id, primary=self.primary)
        return self.frame.page(request, "Satellite", content)
