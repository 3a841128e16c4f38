"""Another middleware answers behind the guard: the handler returns it."""

from werkzeug.utils import redirect
from werkzeug.wrappers import Request

from clerk_wsgi import ClerkMiddleware, create_route_matcher

LANGUAGES = ["en", "de", "fr"]

is_dashboard = create_route_matcher(["/dashboard(.*)", "/:language/dashboard(.*)"])
is_api = create_route_matcher("/api/(.*)")


def pages(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"A page.\n"]


def in_a_language(app):
    """Anybody's middleware: leads from `/about` to `/de/about`, as the reader likes."""

    def middleware(environ, start_response):
        request = Request(environ)
        if request.path.split("/")[1] in LANGUAGES:
            return app(environ, start_response)
        language = request.accept_languages.best_match(LANGUAGES, "en")
        return redirect(f"/{language}{request.path}")(environ, start_response)

    return middleware


translated = in_a_language(pages)


def check(auth, request):
    if is_dashboard(request):
        auth.protect()
    return None if is_api(request) else translated


app = ClerkMiddleware(pages, check)
