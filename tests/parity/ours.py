"""Our answers, in the form in which Clerk's packages are asked to give theirs."""

from types import SimpleNamespace

import test_authenticate
import test_middleware_vectors
from clerk_requests import snake

from clerk_wsgi.core.auth_object import AuthObject, Proof
from clerk_wsgi.core.authorization import has
from clerk_wsgi.core.claims import SessionFacts, has_unreadable_features
from clerk_wsgi.core.errors import ClerkError, MalformedURLError
from clerk_wsgi.core.patterns import compile_pattern
from clerk_wsgi.core.redirects import (
    RedirectSettings,
    redirect_to_sign_in,
    redirect_to_sign_up,
)
from clerk_wsgi.routes import create_route_matcher

PROPERTIES = (
    "tokenType",
    "isAuthenticated",
    "userId",
    "sessionId",
    "sessionStatus",
    "sessionClaims",
    "actor",
    "orgId",
    "orgRole",
    "orgSlug",
    "orgPermissions",
    "factorVerificationAge",
    "id",
    "subject",
    "scopes",
    "name",
    "claims",
    "machineId",
    "clientId",
)
REDIRECTS = {
    "redirectToSignIn": redirect_to_sign_in,
    "redirectToSignUp": redirect_to_sign_up,
}
SETTINGS = {"devBrowserToken": "dev_browser"}
ASKED = ("role", "permission", "feature", "plan", "reverification")
OUTCOMES = {True: "continue", False: "respond"}


def answer(family, case):
    """What we say; mistakes and outages are answers, anything else is a crash."""
    try:
        return FAMILIES[family](case)
    except (ClerkError, Thrown) as error:
        return {"kind": "throws", "message": str(error)}
    except Exception as error:
        return {"kind": "crash", "message": f"{type(error).__name__}: {error}"}


class Thrown(Exception):
    """Something that the case itself, or a caller's mistake, throws."""


def auth(case):
    state, calls, _ = test_authenticate.answered(case)
    return {
        "kind": "state",
        "status": state.status,
        "reason": state.reason,
        "message": state.message,
        "tokenType": state.token_type,
        "token": text_of(state),
        "headers": state.headers,
        "calls": calls,
        "auth": properties(state.to_auth()),
        "pending": properties(state.to_auth(treat_pending_as_signed_out=False)),
    }


def text_of(state):
    token = getattr(state, "token", None)
    return token.text if token else getattr(state, "text", None)


def properties(auth):
    if auth is None:
        return None
    return {name: getattr(auth, snake(name)) for name in PROPERTIES}


def paths(case):
    pattern = compile_pattern(case["pattern"])
    matches = create_route_matcher(case["pattern"])
    return {
        "kind": "matches",
        "found": [matched(path, matches, pattern) for path in case["paths"]],
    }


def matched(path, matches, pattern):
    found = {"params": pattern.match(path)}
    try:
        return found | {"matches": matches(path)}
    except MalformedURLError:
        return found | {"throws": "MalformedURLError"}


def questions(case):
    if has_unreadable_features(case["claims"]):
        raise Thrown("No session is made of claims that cannot be read.")
    facts = SessionFacts(case["claims"])
    token = SimpleNamespace(private_claims=lambda: case["claims"])
    return {
        "kind": "has",
        "auth": properties(AuthObject(Proof(facts, token))),
        "has": [
            has(facts, **{name: each[name] for name in ASKED if name in each})
            for each in case["questions"]
        ],
    }


def redirects(case):
    given = {SETTINGS.get(k, snake(k)): v for k, v in case["params"].items()}
    back = case["args"].get("returnBackUrl")
    try:
        url = REDIRECTS[case["method"]](RedirectSettings(**given), back)
    except ValueError as error:
        raise Thrown(str(error)) from None
    return {"kind": "url", "url": url}


def middleware(case):
    response, observed = test_middleware_vectors.answered(case)
    continued = observed.pop("continued", False)
    return {
        "kind": "response",
        "outcome": outcome_of(response, continued),
        "status": response.status_int,
        "headers": response.headerlist,
        "observed": {name: properties(auth) for name, auth in observed.items()},
    }


def outcome_of(response, continued):
    if not continued and response.headers.get("Location"):
        return "redirect"
    if not continued and response.status_int == 404:
        return "not_found"
    return OUTCOMES[continued]


FAMILIES = {
    "auth": auth,
    "paths": paths,
    "has": questions,
    "redirects": redirects,
    "middleware": middleware,
}
