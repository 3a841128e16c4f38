"""A small site that says who it takes you for; `/dashboard` is for users."""

import json

from clerk_wsgi import ClerkMiddleware, auth, create_route_matcher

is_protected = create_route_matcher(["/dashboard(.*)"])


def check(auth, request):
    if is_protected(request):
        auth.protect()


def site(environ, start_response):
    who = auth()
    told = {
        "path": environ["PATH_INFO"],
        "user": who.user_id,
        "organization": who.org_id,
        "said by the client": environ.get("HTTP_X_CLERK_AUTH_STATUS"),
    }
    start_response("200 OK", [("Content-Type", "application/json")])
    return said(told)


def said(told):
    yield json.dumps(told | {"user while sending": auth().user_id}).encode()


def make_app(**options):
    return ClerkMiddleware(site, check, **options)
