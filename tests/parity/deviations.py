"""Where we differ from Clerk's packages on purpose: rules, each with its reason."""

import json
import re
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from comparing import is_crash, joined, multiset
from token_look import names_other_types, oddities, payload_of, tokens_of

from clerk_wsgi.core.directives import CLERK_COOKIE, cookie_name

EVERYTHING = None
LINE_END = re.compile("%0A|%0D|%E2%80%A8|[\n\r\u2028\u2029]")
MACHINE = re.compile(r"(ak_|mt_|oat_)[\w-]*\.[\w-]+\.[\w-]+")


class Rule(NamedTuple):
    """What one decision explains; `wider` ones may grant what Clerk refuses."""

    name: str
    reason: str
    applies: Callable
    fields: tuple | None = EVERYTHING
    wider: bool = False

    def explains(self, case, theirs, ours, left):
        if not self.applies(case, theirs, ours):
            return set()
        return left if self.fields is EVERYTHING else left & set(self.fields)


def explain(case, theirs, ours, fields):
    """The rules that explain all that differs, or None."""
    left, rules = set(fields), []
    for rule in RULES[case["family"]]:
        explained = rule.explains(case, theirs, ours, left)
        if explained:
            rules.append(rule)
            left = left - explained
    return None if left else rules


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
    if len(tokens) < 2 or not {"json", "time", "name", "kind"} & oddities(case):
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
    return ours.get("reason") == "unexpected-error" and theirs.get("tokenType") in (
        "api_key",
        "m2m_token",
        "oauth_token",
    )


def has_unreadable_features(case, theirs, ours):
    return "auth_throws" in theirs and ours.get("status") != "signed-in"


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


MISTAKE = "A wrong setup fails at start, and the message names the variable."
REQUESTS = [
    Rule(
        "other-session",
        "A session that cannot be read, or is none, does not count; another one of the "
        "same request may.",
        has_other_session,
        wider=True,
    ),
    Rule(
        "bearer-case",
        "`Bearer` counts without regard to case.",
        is_bearer_in_other_case,
        wider=True,
    ),
    Rule(
        "secret-key-optional",
        "Only one key is needed for networkless use; nobody is let in without a key.",
        has_no_secret_key,
        wider=True,
    ),
    Rule(
        "directives",
        "Handshake directives may set only Clerk's cookies; others are not there.",
        has_refused_session_cookie,
        wider=True,
    ),
    Rule("own-words", MISTAKE, both_throw, ("message",)),
    Rule("wrong-setup", MISTAKE, throws("(option", 1), ("kind",)),
    Rule("wrong-setup", MISTAKE, throws("The option", 1), ("kind",)),
    Rule("wrong-setup", MISTAKE, throws("Publishable key", 1), ("kind",)),
    Rule(
        "bad-return-url",
        "A return URL that cannot be parsed counts as absent: bad input never raises.",
        has_bad_return_url,
        wider=True,
    ),
    Rule(
        "foreign-origin",
        "What an Origin header says of another site is no mistake in the setup.",
        has_foreign_origin,
        wider=True,
    ),
    Rule(
        "canonical-base64url",
        "Canonical base64url only, so one token has one spelling.",
        has_odd("spelling"),
    ),
    Rule("strict-json", "Strict JSON, and objects only.", has_odd("json")),
    Rule("token-size", "A token has at most 8 KiB.", has_odd("size")),
    Rule(
        "header-extensions",
        "`crit`, `b64` and `zip` are refused.",
        has_odd("extension"),
    ),
    Rule(
        "no-kid-no-fetch",
        "A token without kid causes no fetch: nothing a token leaves out costs a call.",
        has_odd("kid"),
    ),
    Rule(
        "algorithm-of-the-key",
        "The token's algorithm must be its key's.",
        has_odd("algorithm"),
    ),
    Rule("strict-times", "Times are dates, and `exp` is whole.", has_odd("time")),
    Rule("named-sessions", "A session is somebody's and has a name.", has_odd("name")),
    Rule(
        "sessions-only",
        "Template and machine tokens are never sessions on any path.",
        has_odd("kind"),
    ),
    Rule(
        "malformed-audience",
        "A malformed aud gives no rights where an audience is asked for.",
        has_odd("audience"),
    ),
    Rule(
        "runtime-words",
        "Why a signature cannot be judged is told in the words of one's own runtime.",
        both_fail_to_verify,
        ("message", "headers"),
    ),
    Rule(
        "directives",
        "Handshake directives may set only Clerk's cookies.",
        has_refused_directives,
        ("headers",),
    ),
    Rule(
        "loop-counter",
        "The loop counter stops at 3 or more, and what is forged counts as a number "
        "only if it is a decimal.",
        has_forged_counter,
    ),
    Rule(
        "empty-patterns",
        "An empty pattern list matches nothing.",
        has_empty_patterns,
    ),
    Rule(
        "no-retries",
        "Keys are fetched once, without retries while somebody waits.",
        has_repeated_calls,
        ("calls",),
    ),
    Rule(
        "no-keys",
        "Without keys nobody can tell whether a handshake is Clerk's; it is no mistake.",
        has_no_keys,
    ),
    Rule(
        "machine-answers",
        "An answer about nobody is no answer.",
        has_bad_answer,
    ),
    Rule(
        "malformed-features",
        "A malformed feature claim gives no rights and no exception.",
        has_unreadable_features,
    ),
    Rule(
        "malformed-claims",
        "Claims of another type than they are said to have count as absent.",
        has_odd("types"),
    ),
    Rule(
        "no-json",
        "An answer that is no JSON is no answer.",
        has_no_json,
        ("reason", "headers"),
    ),
    Rule(
        "no-crash",
        "Bad input never raises.",
        lambda case, theirs, ours: is_crash(theirs),
    ),
    Rule(
        "no-api-client",
        "Without a Backend API client a handshake asks for a token, not for a nonce.",
        has_no_api_client,
        ("headers",),
    ),
    Rule(
        "path-names-no-host",
        "The target is appended to the public origin, so that no path names a host.",
        path_looks_like_host,
        ("headers",),
    ),
    Rule(
        "dotted-machine-token",
        "A machine token's prefix says what it is, even where two dots follow.",
        names_machine_in_jwt,
    ),
]

MIDDLEWARE = [
    *REQUESTS,
    Rule(
        "ambiguous-paths",
        "Paths that no browser sends get 400.",
        has_ambiguous_path,
    ),
    Rule(
        "unavailable",
        "No identity without certainty: 503 while keys cannot be had.",
        is_unavailable,
    ),
    Rule(
        "lazy-machine-tokens",
        "Opaque machine tokens are verified when somebody asks for them.",
        has_unasked_machine_token,
        ("headers",),
    ),
    Rule(
        "lost-escapes",
        "PATH_INFO does not tell an escaped slash from a slash; the server's raw target "
        "does, where there is one.",
        has_lost_escapes,
        ("headers",),
    ),
    Rule(
        "relative-targets",
        "Relative redirect targets are taken, and resolved against the request.",
        has_relative_target,
        wider=True,
    ),
]


def meets_line_end(case, theirs, ours):
    """Wherever the answers differ, a dot may have met a line end."""
    pairs = zip(theirs["found"], ours["found"], case["paths"], strict=True)
    return "." in case["pattern"] and all(
        LINE_END.search(path) for a, b, path in pairs if a != b
    )


PATHS = [
    Rule(
        "dot-is-any-character",
        "A dot in a pattern is any character, line ends too.",
        meets_line_end,
    ),
]


def differs_by_empty_query(case, theirs, ours):
    said = [
        each.get("url", "").replace("?#", "#").replace("%3F%23", "%23")
        for each in (theirs, ours)
    ]
    return said[0] == said[1]


HAS = [
    Rule(
        "malformed-claims",
        "Claims of another type than they are said to have count as absent.",
        lambda case, theirs, ours: names_other_types(case["claims"]),
    ),
    Rule(
        "malformed-features",
        "A malformed feature claim gives no rights and no exception.",
        both_throw,
    ),
]

REDIRECTS = [
    Rule("own-words", MISTAKE, both_throw, ("message",)),
    Rule(
        "empty-query",
        "The question mark of an empty query stays, as the URL standard has it.",
        differs_by_empty_query,
    ),
]
RULES = {
    "auth": REQUESTS,
    "middleware": MIDDLEWARE,
    "paths": PATHS,
    "has": HAS,
    "redirects": REDIRECTS,
}
