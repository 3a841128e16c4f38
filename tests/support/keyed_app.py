"""An application whose keys may have been fetched before its server forked.

`CLERK_API_URL` names the scripted Clerk. Each answer tells who gave it, what became
of the keys, and how many keepers they have.
"""

import os
import threading

from clerk_wsgi.backends.jwks import JwksBackend
from clerk_wsgi.core.errors import KeysUnavailable

backend = JwksBackend(os.environ["CLERK_API_URL"], "v1", "sk_test_canary")
if os.environ.get("FETCH_FIRST"):
    backend.find_key("a")


def application(environ, start_response):
    try:
        found = backend.find_key("a").kid
    except KeysUnavailable:
        found = "-"
    keepers = [each.name for each in threading.enumerate()].count("clerk-keys")
    said = f"{os.getpid()} {found} {backend.health().status} {keepers}"
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [said.encode()]
