"""Each host is a tenant with a Clerk instance of its own.

The file maps hosts to options: `{"one.example": {"publishable_key": "pk_live_...",
"secret_key": "sk_live_..."}}`. Secret keys among them need CLERK_ENCRYPTION_KEY.
"""

import json
import os
from pathlib import Path

from clerk_wsgi import ClerkMiddleware, auth

TENANTS = json.loads(Path(os.environ["TENANTS_FILE"]).read_text("utf-8"))


def options_for(request):
    """A host that is no tenant's is the site's own, with the CLERK_* variables."""
    return TENANTS.get(request.url.host, {})


def pages(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{auth().user_id}\n".encode()]


app = ClerkMiddleware(pages, {"/dashboard(.*)": {}}, options=options_for)
