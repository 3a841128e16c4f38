"""Options are a mapping, such as a settings file holds. Keywords go first."""

import tomllib

from clerk_wsgi import ClerkMiddleware

SETTINGS = tomllib.loads("""
[clerk]
sign_in_url = "/sign-in"
authorized_parties = ["https://app.example.com"]
clock_skew_in_ms = 2000
""")


def pages(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"A page.\n"]


app = ClerkMiddleware(pages, {"/dashboard(.*)": {}}, options=SETTINGS["clerk"])
