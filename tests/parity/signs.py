"""Signs by which a deviation is known: questions about a case and both answers."""

import json
import re
from urllib.parse import urlsplit

from comparing import is_crash, joined, multiset
from token_look import names_other_types, oddities, payload_of, tokens_of

from clerk_wsgi.core.directives import CLERK_COOKIE, cookie_name
from clerk_wsgi.core.handshake_return import USED

LINE_END = re.compile("%0A|%0D|%E2%80%A8|[\n\r\u2028\u2029]", re.IGNORECASE)
MAY_COUNT_FOR_NONE = {
    "extension",
    "features",
    "json",
    "kind",
    "name",
    "size",
    "spelling",
    "time",
}
MACHINE = re.compile(r"(ak_|mt_|oat_)[\w-]*\.[\w-]+\.[\w-]+")


def header(case, name):
    return case["request"]["headers"].get(name, "")


def throws(message, whose=0):
    """The first (theirs) or second (ours) throws something that says this."""

    def applies(case, *answers):
        said = answers[whose]
        return said["kind"] == "throws" and message in said["message"]

    return applies


def has_odd(*kinds):
    return lambda case, theirs, ours: bool(oddities(case) & set(kinds))


def is_bearer_in_other_case(case, theirs, ours):
    scheme = header(case, "authorization").partition(" ")[0]
    return scheme.lower() == "bearer" and scheme != "Bearer"


def has_no_secret_key(case, theirs, ours):
    said = ("Missing Clerk Secret Key", "Missing secretKey")
    return not case["options"].get("secretKey") and any(
        throws(each)(case, theirs, ours) for each in said
    )


def has_no_key(case, theirs, ours):
    if case["options"].get("jwtKey") or ours.get("status") == "signed-in":
        return False
    return has_no_secret_key(case, theirs, ours)


def both_throw(case, theirs, ours):
    return theirs["kind"] == ours["kind"] == "throws"


def has_bad_return_url(case, theirs, ours):
    asked = "__clerk_redirect_url=" in case["request"]["url"]
    return asked and throws("Invalid URL")(case, theirs, ours)


def has_foreign_origin(case, theirs, ours):
    return throws("needs to be on a different origin")(case, theirs, ours)


def has_refused_directives(case, theirs, ours):
    """Theirs sets cookies that are no cookies of Clerk's; the others are alike."""
    if "headers" not in theirs or "headers" not in ours:
        return False
    kept = [pair for pair in multiset(theirs["headers"]) if not is_foreign_cookie(pair)]
    alike = joined if "outcome" in ours else multiset
    return alike(kept) == alike(ours["headers"]) != alike(theirs["headers"])


def is_foreign_cookie(pair):
    return pair[0] == "set-cookie" and not CLERK_COOKIE.match(cookie_name(pair[1]))


def has_refused_session_cookie(case, theirs, ours):
    """The session cookie that counts for theirs has a name that no session has."""
    told = json.dumps(case) + "".join(map(payload_of, tokens_of(case)))
    return bool(re.search(r'"(__session[^"=;_]|__session[";])', told))


def has_forged_counter(case, theirs, ours):
    found = re.search(r"__clerk_redirect_count=([^;]*)", header(case, "cookie"))
    return bool(found) and found[1].strip() not in ("", "0", "1", "2", "3")


def has_clean_url(case, theirs, ours):
    """A handshake by cookie in development, which is sent to where it is already."""
    url = urlsplit(case["request"]["url"])
    if "__clerk_handshake" not in header(case, "cookie"):
        return False
    if any(name in url.query for name in USED):
        return False
    location = dict(theirs.get("headers", ())).get("location", "")
    return bool(location) and "/v1/client/handshake" not in location


def has_empty_patterns(case, theirs, ours):
    sync = case["options"].get("organizationSyncOptions") or {}
    return [] in (sync.get("organizationPatterns"), sync.get("personalAccountPatterns"))


def has_repeated_calls(case, theirs, ours):
    """Theirs asked for keys again and again, ours once."""
    if "calls" not in theirs or "calls" not in ours:
        return False
    once = [
        a
        for a, b in zip(theirs["calls"], [None, *theirs["calls"]], strict=False)
        if a != b
    ]
    return once == ours["calls"] and "/jwks" in json.dumps(once)


def has_no_keys(case, theirs, ours):
    said = theirs.get("message") or ""
    return "Handshake token verification failed: " in said and "jwk-" in said


def has_other_session(case, theirs, ours):
    """Theirs stumbled over one session of the request, ours found another one good."""
    tokens = tokens_of(case)
    if len(tokens) < 2 or not MAY_COUNT_FOR_NONE & oddities(case):
        return False
    if "outcome" in ours:
        return "cookie" in case["request"]["headers"]
    token = ours.get("token")
    return bool(token) and token != theirs.get("token") and token in tokens


def has_no_json(case, theirs, ours):
    """Clerk's answer to a renewal is no JSON."""
    reasons = (theirs.get("reason") or "", ours.get("reason") or "")
    if "headers" in theirs and "outcome" in ours:
        reasons = [
            dict(multiset(each["headers"])).get("x-clerk-auth-reason", "")
            for each in (theirs, ours)
        ]
    return all("-refresh-" in reason for reason in reasons)


def has_bad_answer(case, theirs, ours):
    """Clerk's answer about a machine token is about nobody."""
    seen = [theirs.get("auth"), *theirs.get("observed", {}).values()]
    is_about_nobody = any(
        auth and auth["isAuthenticated"] and not auth.get("subject")
        for auth in seen
        if auth and "subject" in auth
    )
    refused = theirs.get("tokenType") in ("api_key", "m2m_token", "oauth_token")
    return is_about_nobody or (refused and ours.get("reason") == "unexpected-error")


def has_unreadable_features(case, theirs, ours):
    if throws("Invalid claim element")(case, theirs, ours):
        return True
    return "features" in oddities(case) and ours.get("status") != "signed-in"


def has_no_api_client(case, theirs, ours):
    return bool(case.get("no_api_client"))


def names_machine_in_jwt(case, theirs, ours):
    return bool(MACHINE.search(header(case, "authorization")))


def both_fail_to_verify(case, theirs, ours):
    said = "Error verifying JWT signature."
    return said in (theirs.get("message") or "") and said in (ours.get("message") or "")


def path_looks_like_host(case, theirs, ours):
    return urlsplit(case["request"]["url"]).path.startswith("//")


def has_ambiguous_path(case, theirs, ours):
    return ours.get("status") == 400 and "outcome" in ours


def is_unavailable(case, theirs, ours):
    return ours.get("status") == 503


def has_unasked_machine_token(case, theirs, ours):
    """Theirs has verified an opaque token that nobody asked for."""
    if not re.search(r"(^|\s)(ak_|mt_|oat_)", header(case, "authorization")):
        return False
    extra = set(multiset(theirs.get("headers", ())))
    extra -= set(multiset(ours.get("headers", ())))
    return all(name.startswith("x-clerk-auth-") for name, _ in extra)


def has_lost_escapes(case, theirs, ours):
    return "%2F" in urlsplit(case["request"]["url"]).path


def has_relative_target(case, theirs, ours):
    return throws("URL is malformed")(case, theirs, ours)


def meets_line_end(case, theirs, ours):
    """Wherever the answers differ, a dot may have met a line end."""
    pairs = zip(theirs["found"], ours["found"], case["paths"], strict=True)
    return "." in case["pattern"] and all(
        LINE_END.search(path) for a, b, path in pairs if a != b
    )


def differs_by_empty_query(case, theirs, ours):
    said = [
        each.get("url", "").replace("?#", "#").replace("%3F%23", "%23")
        for each in (theirs, ours)
    ]
    return said[0] == said[1]


def has_crashed(case, theirs, ours):
    return is_crash(theirs)


def has_claims_of_other_types(case, theirs, ours):
    return names_other_types(case["claims"])
