"""Every refusal has a reason for programs, in Clerk's words where Clerk has one."""

import ast
import re
from pathlib import Path

from clerk_vectors import load

from clerk_wsgi.contrib.reasons import OTHER, REASONS, known

CORE = Path(__file__).parents[1] / "clerk_wsgi" / "core"

# The words of Clerk's JavaScript SDK: programs and dashboards compare them.
CLERKS = {
    *("No token in header", "active-organization-mismatch"),
    *("client-uat-but-no-session-token", "dev-browser-missing", "dev-browser-sync"),
    *("jwk-kid-mismatch", "jwk-remote-failed-to-load"),
    *("primary-domain-cross-origin-sync", "primary-responds-to-syncing"),
    *("satellite-needs-syncing", "secret-key-invalid", "session-token-expired"),
    *("session-token-and-uat-missing", "session-token-but-no-client-uat"),
    *("session-token-expired-refresh", "session-token-iat-before-client-uat"),
    *("session-token-iat-in-the-future", "session-token-missing", "session-token-nbf"),
    *("token-expired", "token-iat-in-the-future", "token-invalid"),
    *("token-invalid-algorithm", "token-invalid-authorized-parties"),
    *("token-invalid-issuer", "token-invalid-signature", "token-not-active-yet"),
    *("token-type-mismatch", "token-verification-failed", "unexpected-error"),
}
# For what Clerk's SDK does not know of: revocation, opaque tokens nobody asked about.
OURS = {
    *("machine-token-not-verified", "revocations-unavailable"),
    *("session-token-outdated", "session-token-revoked", "session-token-unvouched"),
}
GIVE = ("SignedOut", "Handshake", "signed_out", "may_handshake", "_fail", "refused")
GIVE += ("TokenVerificationError", "MachineTokenError", "KeysUnavailable")
WORD = re.compile(r"[a-z]+(-[a-z]+)+")


def reasons_in(answer):
    """Whatever an answer of Clerk's package, as it was recorded, calls a reason."""
    if isinstance(answer, dict):
        if isinstance(answer.get("reason"), str):
            yield answer["reason"]
        answer = list(answer.values())
    if isinstance(answer, list):
        for each in answer:
            yield from reasons_in(each)


def words_given(path):
    """Texts that a module hands, as words and not as sentences, to what refuses."""
    for call in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(call, ast.Call) and name_of(call.func) in GIVE:
            texts = (each.value for each in call.args if isinstance(each, ast.Constant))
            yield from filter(WORD.fullmatch, filter(is_text, texts))


def name_of(function):
    return getattr(function, "attr", None) or getattr(function, "id", None)


def is_text(value):
    return isinstance(value, str)


def test_the_reasons_are_these():
    assert REASONS == CLERKS | OURS


def test_every_reason_that_clerks_package_gave_is_known_by_its_name():
    given = set(reasons_in(load("authenticate_request")))
    assert len(given) > 25
    assert not {each for each in given if known(each) == OTHER}
    assert not {known(each) for each in given} & OURS


def test_no_module_invents_a_reason():
    given = {word for path in CORE.glob("*.py") for word in words_given(path)}
    assert len(given) > 15
    assert not {word for word in given if known(word) == OTHER}
