"""Each group of routes has a rule of its own; a path obeys every rule it matches."""

from clerk_wsgi import ClerkMiddleware, create_route_matcher

is_tenant = create_route_matcher("/orgid/(.*)")
is_tenant_admin = create_route_matcher(
    ["/orgId/(.*)/memberships", "/orgId/(.*)/domain"]
)


def pages(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"A page.\n"]


def check(auth, request):
    if is_tenant_admin(request):
        auth.protect(
            lambda has: (
                has(permission="org:memberships:manage")
                or has(permission="org:domains:manage")
            )
        )
    if is_tenant(request):
        auth.protect()


app = ClerkMiddleware(pages, check)
