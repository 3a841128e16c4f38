"""Other cases, to which Clerk's packages must answer as ours answers to the case."""

import copy
import json
from urllib.parse import urljoin

from clerk_requests import request_view

RETURN_URL, UNREAD = "__clerk_redirect_url", "__clerk_unread___url"
ONCE_MORE = "_once_more"
NO_KEY = "no_key_of_ours"
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
    """With a key that opens nothing; machine-to-machine tokens are told without one."""
    kind = case["options"].get("publishableKey", "")[3:8]
    options = {**case["options"], "secretKey": f"sk_{kind}{NO_KEY}"}
    open_to_all = [each for each in case.get("bapi", []) if "m2m" in each["path"]]
    return {**case, "options": options, "bapi": open_to_all, "no_api_client": True}


def without_return_url(case):
    """With a parameter in its place that says nothing to anybody."""
    url = case["request"]["url"].replace(RETURN_URL, UNREAD)
    return {**case, "request": {**case["request"], "url": url}}


def once_more(case):
    """With a secret key of its own, so that no keys are remembered."""
    options = case["options"]
    key = options.get("secretKey")
    again = {**options, "secretKey": key + ONCE_MORE} if key else options
    return {**case, "options": again}


def restored(theirs):
    """Their answer as if the case had been the first one."""
    said = json.dumps(theirs).replace(UNREAD, RETURN_URL).replace(ONCE_MORE, "")
    theirs = json.loads(said)
    for call in theirs.get("calls", []):
        if call.get("authorization", "").endswith(NO_KEY):
            del call["authorization"]
    return theirs


def absolute_targets(case):
    changed = copy.deepcopy(case)
    here = str(request_view(case["request"], trust_forwarded_headers=True).url)
    for argument in changed["handler"]["protect"]:
        for name in TARGETS:
            if name in argument:
                argument[name] = urljoin(here, argument[name])
    return changed
