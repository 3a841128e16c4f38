"""Where we differ from Clerk's packages on purpose: rules, each with its reason.

A rule explains what differs in a case that bears its sign. With `as_if`, ours must
answer as theirs answers to another case; only without it may a rule be `wider`.
"""

from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlsplit

import as_if
import signs

EVERYTHING = None


class Rule(NamedTuple):
    """What one decision explains; a `wider` one may grant what Clerk refuses."""

    name: str
    reason: str
    applies: Callable
    fields: tuple | None = EVERYTHING
    wider: bool = False
    as_if: Callable | None = None

    def explains(self, case, theirs, ours, left):
        if not self.applies(case, theirs, ours):
            return set()
        return left if self.fields is EVERYTHING else left & set(self.fields)


def answers_used(case, theirs, ours):
    """The canned answers that either has seen; all, where theirs does not tell."""
    stubs = case.get("bapi", [])
    if "calls" not in theirs:
        return stubs
    calls = [*theirs["calls"], *ours.get("calls", [])]
    called = {urlsplit(call["url"]).path for call in calls}
    return [stub for stub in stubs if stub["path"] in called]


def explain(case, theirs, ours, fields):
    """The rules that explain all that differs, or None."""
    left, rules = set(fields), []
    case = {**case, "bapi": answers_used(case, theirs, ours)}
    for rule in RULES[case["family"]]:
        explained = rule.explains(case, theirs, ours, left)
        if explained:
            rules.append(rule)
            left = left - explained
    return None if left else rules


MISTAKE = "A wrong setup fails at start, and the message names the variable."
REQUESTS = [
    Rule(
        "clean-url",
        "A handshake that came by cookie leaves no URL to clean: a redirect to the "
        "same URL would come again and again.",
        signs.has_clean_url,
        wider=True,
    ),
    Rule(
        "other-session",
        "A session that cannot be read, or is none, does not count; another one of the "
        "same request may.",
        signs.has_other_session,
        wider=True,
    ),
    Rule(
        "bearer-case",
        "`Bearer` counts without regard to case.",
        signs.is_bearer_in_other_case,
        as_if=as_if.usual_bearer,
    ),
    Rule(
        "no-key",
        "Without any key nobody is signed in, and nothing raises for that.",
        signs.has_no_key,
    ),
    Rule(
        "secret-key-optional",
        "Only one key is needed for networkless use; nobody is let in without a key.",
        signs.has_no_secret_key,
        as_if=as_if.with_secret_key,
    ),
    Rule(
        "directives",
        "Handshake directives may set only Clerk's cookies; others are not there.",
        signs.has_refused_session_cookie,
        wider=True,
    ),
    Rule("own-words", MISTAKE, signs.both_throw, ("message",)),
    Rule("wrong-setup", MISTAKE, signs.throws("(option", 1), ("kind",)),
    Rule("wrong-setup", MISTAKE, signs.throws("The option", 1), ("kind",)),
    Rule("wrong-setup", MISTAKE, signs.throws("Publishable key", 1), ("kind",)),
    Rule(
        "bad-return-url",
        "A return URL that cannot be parsed counts as absent: bad input never raises.",
        signs.has_bad_return_url,
        as_if=as_if.without_return_url,
    ),
    Rule(
        "foreign-origin",
        "What an Origin header says of another site is no mistake in the setup.",
        signs.has_foreign_origin,
        as_if=as_if.without_origin,
    ),
    Rule(
        "canonical-base64url",
        "Canonical base64url only, so one token has one spelling.",
        signs.has_odd("spelling"),
    ),
    Rule("strict-json", "Strict JSON, and objects only.", signs.has_odd("json")),
    Rule("token-size", "A token has at most 8 KiB.", signs.has_odd("size")),
    Rule(
        "header-extensions",
        "`crit`, `b64` and `zip` are refused.",
        signs.has_odd("extension"),
    ),
    Rule(
        "no-kid-no-fetch",
        "A token without kid causes no fetch: nothing a token leaves out costs a call.",
        signs.has_odd("kid"),
    ),
    Rule(
        "algorithm-of-the-key",
        "The token's algorithm must be its key's.",
        signs.has_odd("algorithm"),
    ),
    Rule("strict-times", "Times are dates, and `exp` is whole.", signs.has_odd("time")),
    Rule(
        "named-sessions",
        "A session is somebody's and has a name.",
        signs.has_odd("name"),
    ),
    Rule(
        "sessions-only",
        "Template and machine tokens are never sessions on any path.",
        signs.has_odd("kind"),
    ),
    Rule(
        "malformed-audience",
        "A malformed aud gives no rights where an audience is asked for.",
        signs.has_odd("audience"),
    ),
    Rule(
        "runtime-words",
        "Why a signature cannot be judged is told in the words of one's own runtime.",
        signs.both_fail_to_verify,
        ("message", "headers"),
    ),
    Rule(
        "directives",
        "Handshake directives may set only Clerk's cookies.",
        signs.has_refused_directives,
        ("headers",),
    ),
    Rule(
        "loop-counter",
        "The loop counter stops at 3 or more, and what is forged counts as a number "
        "only if it is a decimal.",
        signs.has_forged_counter,
    ),
    Rule(
        "empty-patterns",
        "An empty pattern list matches nothing.",
        signs.has_empty_patterns,
    ),
    Rule(
        "no-retries",
        "Keys are fetched once, without retries while somebody waits.",
        signs.has_repeated_calls,
        ("calls",),
    ),
    Rule(
        "no-keys",
        "Without keys nobody can tell whether a handshake is Clerk's: no mistake.",
        signs.has_no_keys,
    ),
    Rule(
        "machine-answers",
        "An answer about nobody is no answer.",
        signs.has_bad_answer,
    ),
    Rule(
        "malformed-features",
        "A malformed feature claim gives no rights and no exception.",
        signs.has_unreadable_features,
    ),
    Rule(
        "malformed-claims",
        "Claims of another type than they are said to have count as absent.",
        signs.has_odd("types"),
    ),
    Rule(
        "no-json",
        "An answer that is no JSON is no answer.",
        signs.has_no_json,
        ("reason", "headers"),
    ),
    Rule(
        "no-crash",
        "Bad input never raises.",
        signs.has_crashed,
    ),
    Rule(
        "no-api-client",
        "Without a Backend API client a handshake asks for a token, not for a nonce.",
        signs.has_no_api_client,
        ("headers",),
    ),
    Rule(
        "path-names-no-host",
        "The target is appended to the public origin, so that no path names a host.",
        signs.path_looks_like_host,
        ("headers", "calls"),
    ),
    Rule(
        "dotted-machine-token",
        "A machine token's prefix says what it is, even where two dots follow.",
        signs.names_machine_in_jwt,
    ),
]

MIDDLEWARE = [
    *REQUESTS,
    Rule(
        "ambiguous-paths",
        "Paths that no browser sends get 400.",
        signs.has_ambiguous_path,
    ),
    Rule(
        "unavailable",
        "No identity without certainty: 503 while keys cannot be had.",
        signs.is_unavailable,
    ),
    Rule(
        "lazy-machine-tokens",
        "Opaque machine tokens are verified when somebody asks for them.",
        signs.has_unasked_machine_token,
        ("headers",),
    ),
    Rule(
        "lost-escapes",
        "PATH_INFO does not tell an escaped slash from a slash; the server's own "
        "target does, where there is one.",
        signs.has_lost_escapes,
        ("headers",),
    ),
    Rule(
        "relative-targets",
        "Relative redirect targets are taken, and resolved against the request.",
        signs.has_relative_target,
        as_if=as_if.absolute_targets,
    ),
]


PATHS = [
    Rule(
        "dot-is-any-character",
        "A dot in a pattern is any character, line ends too.",
        signs.meets_line_end,
    ),
]


HAS = [
    Rule(
        "malformed-claims",
        "Claims of another type than they are said to have count as absent.",
        signs.has_claims_of_other_types,
    ),
    Rule(
        "malformed-features",
        "A malformed feature claim gives no rights and no exception.",
        signs.both_throw,
    ),
]

REDIRECTS = [
    Rule("own-words", MISTAKE, signs.both_throw, ("message",)),
    Rule(
        "empty-query",
        "The question mark of an empty query stays, as the URL standard has it.",
        signs.differs_by_empty_query,
    ),
]
RULES = {
    "auth": REQUESTS,
    "middleware": MIDDLEWARE,
    "paths": PATHS,
    "has": HAS,
    "redirects": REDIRECTS,
}
