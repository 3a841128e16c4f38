"""The handler asks who is there, and decides itself what strangers get."""

from clerk_wsgi import ClerkMiddleware, create_route_matcher

is_protected = create_route_matcher("/dashboard(.*)")


def pages(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"A page.\n"]


def check(auth, request):
    if is_protected(request) and auth.user_id is None:
        return auth.redirect_to_sign_in()
    return None


app = ClerkMiddleware(pages, check)
