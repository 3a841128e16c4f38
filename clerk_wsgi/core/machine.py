"""Is this machine's token good? Opaque ones are Clerk's to judge, JWTs ours.

Source: Clerk, keys and tokens, 11.
"""

from collections.abc import Callable, Mapping
from typing import Any

from clerk_wsgi.core.attempt import Attempt
from clerk_wsgi.core.errors import ClerkAPIError, MachineTokenError
from clerk_wsgi.core.machine_facts import MachineFacts
from clerk_wsgi.core.machine_jwt import require_audience, verify_machine_jwt
from clerk_wsgi.core.state import MachineSignedIn, SignedOut, explained
from clerk_wsgi.core.token_types import is_jwt

# So long Clerk's answer about an opaque token may have been remembered.
ANSWER_SECONDS = 30
VerifyOpaque = Callable[[str, str], Mapping[str, Any]]
NOT_VERIFIED = "machine-token-not-verified"
NOT_FOUND = {
    "api_key": "API key not found",
    "m2m_token": "Machine token not found",
    "oauth_token": "OAuth token not found",
}


def authenticate_machine(
    attempt: Attempt, text: str, token_type: str
) -> MachineSignedIn | SignedOut:
    """The state of a request that brought a machine's token of that type.

    An opaque one stays unverified where nobody is at hand to ask.
    """
    try:
        facts = verify_machine(attempt, text, token_type)
        if facts is None:
            return SignedOut(NOT_VERIFIED, token_type=token_type)
        require_user(attempt, text, facts)
        return MachineSignedIn(text, facts)
    except MachineTokenError as error:
        state = SignedOut(error.code, error.full_message, token_type=token_type)
        return explained(state)


def require_user(attempt: Attempt, text: str, facts: MachineFacts) -> None:
    """Nobody speaks for a user who was cut off after the token, or Clerk's word."""
    user_id, ports = facts.user_id, attempt.ports
    if user_id is None:
        return
    vouched = ports.now() / 1000 - ANSWER_SECONDS
    issued = attempt.open(text).claims.get("iat") if is_jwt(text) else vouched
    if ports.revocations.is_user_cut_off(user_id, issued):
        raise MachineTokenError("token-invalid", "The token's user was cut off.")


def verify_machine(attempt: Attempt, text: str, token_type: str) -> MachineFacts | None:
    """None where Clerk alone can tell and nobody is there to ask."""
    if is_jwt(text):
        return verify_machine_jwt(attempt, text, token_type)
    ask = attempt.ports.verify_machine_token
    return ask and verify_opaque(ask, attempt, text, token_type)


def verify_opaque(
    ask: VerifyOpaque, attempt: Attempt, text: str, token_type: str
) -> MachineFacts:
    try:
        answer = ask(token_type, text)
    except ClerkAPIError as error:
        raise refused(error, token_type) from None
    if token_type == "oauth_token":
        require_audience(answer.get("aud"), attempt.options.audience)
    return read_answer(answer, token_type)


def refused(error: ClerkAPIError, token_type: str) -> MachineTokenError:
    if error.status == 401:
        message = error.errors[0].message if error.errors else "Invalid secret key"
        return MachineTokenError("secret-key-invalid", message, 401)
    if error.status == 404:
        return MachineTokenError("token-invalid", NOT_FOUND[token_type], 404)
    return MachineTokenError("unexpected-error", "Unexpected error", error.status)


def read_answer(answer: Mapping[str, Any], token_type: str) -> MachineFacts:
    """What Clerk said of the token; an answer about nobody is no answer."""
    identity, subject = answer.get("id"), answer.get("subject")
    if not isinstance(identity, str) or not isinstance(subject, str):
        raise MachineTokenError("unexpected-error", "Unexpected error")
    scopes = answer.get("scopes")
    return MachineFacts(
        token_type=token_type,
        id=identity,
        subject=subject,
        scopes=tuple(scopes) if isinstance(scopes, list) else (),
        name=answer.get("name"),
        claims=answer.get("claims"),
        client_id=answer.get("client_id"),
    )
