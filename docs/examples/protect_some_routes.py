"""Some routes are for those who signed in; everything else is public."""

from clerk_wsgi import ClerkMiddleware, create_route_matcher

is_protected = create_route_matcher(["/dashboard(.*)", "/forum(.*)"])


def pages(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"A page.\n"]


def check(auth, request):
    if is_protected(request):
        auth.protect()


app = ClerkMiddleware(pages, check)
