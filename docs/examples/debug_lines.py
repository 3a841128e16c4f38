"""One log line a request tells what was decided and why, while developing."""

import logging
import os

from clerk_wsgi import ClerkMiddleware

logging.basicConfig(level=logging.INFO)


def pages(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"A page.\n"]


app = ClerkMiddleware(pages, debug=os.environ.get("SITE") == "development")
