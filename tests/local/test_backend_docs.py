"""The documentation lists the calls of the Backend API: all of them, and no others."""

import re
from pathlib import Path

from local_clerk import local_clerk

from clerk_wsgi.local.backend_api import BackendApi

PAGE = Path(__file__).parents[2] / "docs" / "local-backend-api.md"
CALL = re.compile(r"`((?:[A-Z]+ )+)(/[\w/:]+)`")
AT_ROOT = ("/api_keys", "/m2m_tokens", "/oauth_applications")


def test_every_call_is_in_the_documentation():
    listed = [
        (method, path)
        for methods, path in CALL.findall(PAGE.read_text("utf-8"))
        for method in methods.split()
    ]
    known = [
        (method, re.sub("<([^>]+)>", r":\1", rule.rule.removeprefix("/v1")))
        for rule in BackendApi(local_clerk().issuer).rules()
        for method in rule.methods - {"HEAD"}
        if not rule.rule.startswith(AT_ROOT)
    ]
    assert sorted(listed) == sorted(known)
