"""Other cases, to which Clerk's packages must answer as ours answers to the case."""

import copy
import json
from urllib.parse import urljoin

RETURN_URL, UNREAD = "__clerk_redirect_url", "__clerk_unread___url"
TARGETS = ("unauthenticatedUrl", "unauthorizedUrl")


def usual_bearer(case):
    headers = case["request"]["headers"]
    _, space, token = headers["authorization"].partition(" ")
    return with_headers(case, authorization=f"Bearer{space}{token}")


def without_origin(case):
    return with_headers(case, origin=None)


def with_headers(case, **changed):
    headers = {**case["request"]["headers"], **changed}
    kept = {name: value for name, value in headers.items() if value is not None}
    return {**case, "request": {**case["request"], "headers": kept}}


def with_secret_key(case):
    """With a key that nothing is asked with."""
    key = case["options"].get("publishableKey", "").replace("pk_", "sk_")[:8] + "none"
    options = {**case["options"], "secretKey": key}
    return {**case, "options": options, "bapi": [], "no_api_client": True}


def without_return_url(case):
    """With a parameter in its place that says nothing to anybody."""
    url = case["request"]["url"].replace(RETURN_URL, UNREAD)
    return {**case, "request": {**case["request"], "url": url}}


def restored(theirs):
    return json.loads(json.dumps(theirs).replace(UNREAD, RETURN_URL))


def absolute_targets(case):
    changed = copy.deepcopy(case)
    for argument in changed["handler"]["protect"]:
        for name in TARGETS:
            if name in argument:
                argument[name] = urljoin(case["request"]["url"], argument[name])
    return changed
