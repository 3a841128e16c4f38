"""Everything is protected, except for what is named here."""

from clerk_wsgi import ClerkMiddleware, create_route_matcher

is_public = create_route_matcher(["/", "/sign-in/:path*", "/sign-up/:path*"])


def pages(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"A page.\n"]


def check(auth, request):
    if not is_public(request):
        auth.protect()


app = ClerkMiddleware(pages, check)
