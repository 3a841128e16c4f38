"""Options are keywords; what is not given comes from the CLERK_* variables."""

from clerk_wsgi import ClerkMiddleware


def pages(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"A page.\n"]


app = ClerkMiddleware(
    pages,
    {"/dashboard(.*)": {}},
    sign_in_url="/sign-in",
    authorized_parties=["https://app.example.com"],
    unauthenticated_status=401,
)
