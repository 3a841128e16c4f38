"""Roles that live in a user's public metadata.

Customize the session token in Clerk's dashboard, so that it brings them along:
`{"metadata": "{{user.public_metadata}}"}`.
"""

from clerk_wsgi import ClerkMiddleware, auth, create_route_matcher

is_admin_page = create_route_matcher(["/admin", "/admin/(.*)"])


def check_role(role):
    """Does the user have that role? Strangers have none, nor have tokens without it."""
    metadata = (auth().session_claims or {}).get("metadata")
    return isinstance(metadata, dict) and metadata.get("role") == role


def pages(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"A page.\n"]


def check(auth, request):
    if is_admin_page(request):
        auth.protect(lambda has: check_role("admin"), unauthorized_url="/")


app = ClerkMiddleware(pages, check)
