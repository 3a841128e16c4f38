"""Where two answers differ, and whether ours grants what theirs does not."""

import json

ONE_BY_ONE = (
    "status",
    "reason",
    "message",
    "tokenType",
    "token",
    "calls",
    "outcome",
    "url",
)

OWN_HEADERS = {"cache-control", "vary", "content-type", "content-length"}


def differences(theirs, ours):
    """The names of the fields that differ."""
    if theirs["kind"] != ours["kind"]:
        return ["kind"]
    if theirs["kind"] == "throws":
        return [] if same_words(theirs["message"], ours["message"]) else ["message"]
    return COMPARED[theirs["kind"]](theirs, ours)


def same_words(theirs, ours):
    theirs = theirs.removeprefix("@clerk/backend: ").removeprefix("@clerk/nextjs: ")
    return theirs.strip() != "" and theirs in ours


def of_state(theirs, ours):
    found = [
        name
        for name in ONE_BY_ONE
        if name in ours and plain(theirs[name]) != plain(ours[name])
    ]
    if multiset(theirs["headers"]) != multiset(ours["headers"]):
        found.append("headers")
    if "auth_throws" in theirs:
        found.append("auth_throws")
    elif not same_auth(theirs["auth"], ours["auth"]):
        found.append("auth")
    pending = theirs["pending"].get("auth", ...)
    if pending is not ... and not same_auth(pending, ours["pending"]):
        found.append("pending")
    return found


def of_response(theirs, ours):
    found = [name for name in ("outcome", "status") if theirs[name] != ours[name]]
    headers = theirs["headers"], ours["headers"]
    if joined(headers[0]) != joined(headers[1]) or is_kept_longer(*headers):
        found.append("headers")
    for name in theirs["observed"].keys() | ours["observed"].keys():
        auths = theirs["observed"].get(name), ours["observed"].get(name)
        if not same_auth(*auths):
            found.append("observed")
    return found


def of_matches(theirs, ours):
    pairs = zip(theirs["found"], ours["found"], strict=True)
    return [f"path {n}" for n, (a, b) in enumerate(pairs) if plain(a) != plain(b)]


def of_has(theirs, ours):
    found = [] if same_auth(theirs["auth"], ours["auth"]) else ["auth"]
    pairs = zip(theirs["has"], ours["has"], strict=True)
    return found + [f"question {n}" for n, (a, b) in enumerate(pairs) if a != b]


def of_url(theirs, ours):
    return [] if theirs["url"] == ours["url"] else ["url"]


COMPARED = {
    "state": of_state,
    "response": of_response,
    "matches": of_matches,
    "has": of_has,
    "url": of_url,
}


def shown(field, theirs, ours):
    """What differs in that field, without what does not."""
    name, _, number = field.partition(" ")
    if name == "path":
        return theirs["found"][int(number)], ours["found"][int(number)]
    if name == "question":
        return theirs["has"][int(number)], ours["has"][int(number)]
    theirs, ours = theirs.get(name), ours.get(name)
    if name == "pending":
        theirs = theirs.get("auth")
    if name == "headers":
        theirs, ours = multiset(theirs), multiset(ours)
        ours = [pair for pair in ours if pair[0] not in OWN_HEADERS - {"cache-control"}]
        return (
            [pair for pair in theirs if pair not in ours],
            [pair for pair in ours if pair not in theirs],
        )
    if name in ("auth", "pending") and theirs and ours:
        names = differing(theirs, ours)
        return {n: theirs[n] for n in names}, {n: ours.get(n) for n in names}
    return theirs, ours


def same_auth(theirs, ours):
    """All that their object has, ours has and says alike."""
    if theirs is None or ours is None:
        return theirs is ours
    return not differing(theirs, ours)


def differing(theirs, ours):
    return [name for name in theirs if plain(theirs[name]) != plain(ours.get(name))]


def plain(value):
    """As JSON has it: numbers are numbers, tuples are lists."""
    return json.loads(json.dumps(value), parse_float=number, parse_int=number)


def number(text):
    return float(text)


def multiset(headers):
    return sorted((name.lower(), value.strip()) for name, value in headers)


def joined(headers):
    """{name: values}: several headers of one name are one, as HTTP has it."""
    found = {}
    for name, value in headers:
        found.setdefault(name.lower(), []).extend(value.strip().split(", "))
    return {name: sorted(found[name]) for name in found if name not in OWN_HEADERS}


def is_kept_longer(theirs, ours):
    """May caches keep ours, and not theirs? The other way round is our decision."""
    return forbids_keeping(theirs) and not forbids_keeping(ours)


def forbids_keeping(headers):
    return any(
        name.lower() == "cache-control" and "no-store" in value
        for name, value in headers
    )


def is_looser(theirs, ours):
    """Do we let somebody do or see what Clerk's packages refuse him?"""
    if ours["kind"] in ("throws", "crash"):
        return False
    return LOOSER[ours["kind"]](theirs, ours)


def state_is_looser(theirs, ours):
    if ours["status"] != "signed-in":
        return bool(cookies_beyond(theirs, ours)) and not is_crash(theirs)
    if asks_for_organization(theirs):
        return False
    if theirs["kind"] != "state" or theirs["status"] != "signed-in":
        return True
    if "auth_throws" in theirs or cookies_beyond(theirs, ours):
        return True
    return says_more(theirs["auth"], ours["auth"])


def asks_for_organization(said):
    """Signed in, and sent away to change the organization."""
    reasons = dict(multiset(said.get("headers", ())))
    return reasons.get("x-clerk-auth-reason") == "active-organization-mismatch"


def is_crash(said):
    """An error of the JavaScript runtime, which nobody meant as an answer."""
    words = (
        "Cannot read prop",
        "Cannot destructure",
        "is not a function",
        "ByteString",
    )
    message = said.get("message") or ""
    return said["kind"] == "throws" and any(each in message for each in words)


def says_more(theirs, ours):
    """Another identity, or rights that theirs does not have."""
    for name in (
        "isAuthenticated",
        "userId",
        "orgId",
        "orgRole",
        "subject",
        "machineId",
    ):
        if ours.get(name) and plain(theirs.get(name)) != plain(ours[name]):
            return True
    granted, known = ours.get("orgPermissions") or [], theirs.get("orgPermissions")
    return any(each not in (known or []) for each in granted)


def cookies_beyond(theirs, ours):
    """Cookies that ours sets and theirs does not; the counter stops loops."""
    return [
        pair
        for pair in multiset(ours["headers"])
        if pair[0] == "set-cookie"
        and not pair[1].startswith("__clerk_redirect_count")
        and pair not in multiset(theirs.get("headers", []))
    ]


def response_is_looser(theirs, ours):
    if asks_for_organization(theirs):
        return False
    if theirs["kind"] == "throws" and is_nobody(ours):
        return False
    if ours["outcome"] == "continue" and theirs.get("outcome") != "continue":
        return not (is_handshake(theirs) and is_signed_out(ours))
    if theirs["kind"] == "throws" and "URL is malformed" in theirs["message"]:
        return False  # Decided alike; theirs cannot write the Location.
    if cookies_beyond(theirs, ours):
        return True
    seen = theirs.get("observed", {})
    return any(
        auth and says_more(seen.get(name) or {}, auth)
        for name, auth in ours["observed"].items()
    )


def is_handshake(said):
    return ["x-clerk-auth-status", "handshake"] in said.get("headers", ())


def is_signed_out(said):
    return ["x-clerk-auth-status", "signed-out"] in said["headers"]


def is_nobody(said):
    """The handler asked who it is, if it asked, and was told that it is nobody."""
    seen = said["observed"].values()
    return "returned" not in said["observed"] and not any(
        auth and auth["isAuthenticated"] for auth in seen
    )


def matches_are_looser(theirs, ours):
    """What a pattern of theirs protects, ours must protect."""
    if theirs["kind"] == "throws":
        return True
    pairs = zip(theirs["found"], ours["found"], strict=True)
    return any(
        "throws" not in b and ("throws" in a or (a["matches"] and not b["matches"]))
        for a, b in pairs
    )


def has_is_looser(theirs, ours):
    if theirs["kind"] == "throws":
        return any(ours["has"])
    pairs = zip(theirs["has"], ours["has"], strict=True)
    return any(b and not a for a, b in pairs) or says_more(theirs["auth"], ours["auth"])


def url_is_looser(theirs, ours):
    return theirs["kind"] == "throws"


LOOSER = {
    "state": state_is_looser,
    "response": response_is_looser,
    "matches": matches_are_looser,
    "has": has_is_looser,
    "url": url_is_looser,
}
