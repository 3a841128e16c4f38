"""One of two permissions opens the route. `has` tells whether there is one."""

from clerk_wsgi import ClerkMiddleware, create_route_matcher

is_protected = create_route_matcher("/admin(.*)")


def pages(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"A page.\n"]


def check(auth, request):
    if is_protected(request):
        auth.protect(
            lambda has: (
                has(permission="org:reports:read")
                or has(permission="org:invoices:create")
            )
        )


app = ClerkMiddleware(pages, check)
