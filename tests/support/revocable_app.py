"""For servers: a site whose `/in` is for users, and that takes webhooks."""

import os

from identity_app import keys

from clerk_wsgi import ClerkMiddleware
from clerk_wsgi.revocation_endpoint import RevocationEndpoint


def make_app():
    endpoint = RevocationEndpoint()

    def site(environ, start_response):
        if environ["PATH_INFO"] == "/hook":
            return endpoint(environ, start_response)
        body = str(os.getpid()).encode()
        length = ("Content-Length", str(len(body)))  # uWSGI does not add it
        start_response("200 OK", [("Content-Type", "text/plain"), length])
        return [body]

    bound = int(os.environ.get("MAX_AGE_IN_MS", "5000"))
    return ClerkMiddleware(
        site, {"/in": {}}, backend=keys(), revocation_max_age_in_ms=bound
    )
