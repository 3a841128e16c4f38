"""Several domains share their users: they sign in on one, and are known on each."""

from clerk_wsgi import ClerkMiddleware, auth

SATELLITES = {"example.net", "example.org"}


def options_for(request):
    host = request.url.host
    if host not in SATELLITES:
        return {}
    return {
        "is_satellite": True,
        "satellite_auto_sync": True,
        "domain": host,
        "sign_in_url": "https://app.example.com/sign-in",
    }


def pages(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{auth().user_id}\n".encode()]


app = ClerkMiddleware(pages, {"/dashboard(.*)": {}}, options=options_for)
