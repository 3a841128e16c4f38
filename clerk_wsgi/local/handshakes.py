"""Handshakes that wait for the application to ask for them: once, within a minute."""

from collections.abc import Sequence

from clerk_wsgi.local.state import State

NONCE_SECONDS = 60


def keep_handshake(state: State, directives: Sequence[str]) -> str:
    """A nonce that buys the directives."""
    nonce = state.ids.secret()
    with state.changing():
        ends_at = state.clock() + NONCE_SECONDS
        document = {"id": nonce, "directives": list(directives), "ends_at": ends_at}
        state.records.keep("handshake", document, ends_at)
    return nonce


def take_handshake(state: State, nonce: str) -> list[str] | None:
    with state.changing():
        found = state.records.get("handshake", nonce)
        if found is None or not state.records.drop("handshake", nonce):
            return None
    is_good = state.clock() < found["ends_at"]
    return list(found["directives"]) if is_good else None
