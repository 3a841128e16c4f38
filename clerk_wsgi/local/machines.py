"""Machines: services of one's own that talk to each other.

Source: Clerk, backend API, 3.5. The instance's own: `_secret`, since Clerk shows it
again to whoever asks. Keys that were replaced are kept as digests for their last hours.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.state import State
from clerk_wsgi.local.tickets import digest_of, find_by_secret, new_ticket

KIND, OLD_KEY = "machine", "machine_key"
TTL = 3600
MOST_SCOPES = 150


def create_machine(
    state: State,
    name: str,
    *,
    scoped_machines: Sequence[str] = (),
    default_token_ttl: int = TTL,
    identity: str | None = None,
) -> tuple[Document, str]:
    """The machine, and its secret key (`ak_...`).

    Its tokens are good for itself and for `scoped_machines` (ids); they live for
    `default_token_ttl` seconds. Raises ApiError (404, 422).
    """
    with state.changing():
        for each in scoped_machines:
            state.need(KIND, each)
        secret, digest = new_ticket(state, "ak")
        machine = {
            "id": identity or state.ids.new("mch"),
            "object": KIND,
            "name": name,
            "instance_id": state.need("instance", "instance")["instance_id"],
            "default_token_ttl": default_token_ttl,
            "created_at": state.now_ms,
            "updated_at": state.now_ms,
            "_scopes": scopes_of(scoped_machines),
            "_secret": secret,
            "_digest": digest,
        }
        if state.records.get(KIND, machine["id"]):
            said = "There is a machine with that id already."
            raise ApiError(422, "form_already_exists", said, "id")
        state.records.keep(KIND, machine)
    return told(state, machine), secret


def scopes_of(machines: Sequence[str]) -> list[str]:
    scopes = list(dict.fromkeys(machines))
    if len(scopes) > MOST_SCOPES:
        said = f"A machine has at most {MOST_SCOPES} scopes."
        code = "form_param_array_size_exceeded"
        raise ApiError(422, code, said, "scoped_machines")
    return scopes


def change_machine(state: State, machine_id: str, **members: Any) -> Document:
    with state.changing():
        return told(state, state.update(KIND, machine_id, **members))


def delete_machine(state: State, machine_id: str) -> Document:
    """Nobody can talk to it any longer, nor it to anybody."""
    with state.changing():
        state.need(KIND, machine_id)
        state.records.drop(KIND, machine_id)
        for other in state.records.find(KIND):
            if machine_id in other["_scopes"]:
                remove_scope(state, other["id"], machine_id)
    return {"id": machine_id, "object": KIND, "deleted": True}


def rotate_secret(state: State, machine_id: str, previous_ttl: int) -> str:
    """A new secret key; the old one is good for `previous_ttl` seconds more."""
    with state.changing():
        machine = state.need(KIND, machine_id)
        if previous_ttl:
            expires_at = state.clock() + previous_ttl
            old = {"id": digest_of(machine["_secret"]), "machine_id": machine_id}
            state.records.keep(OLD_KEY, {**old, "expires_at": expires_at}, expires_at)
        secret, digest = new_ticket(state, "ak")
        state.update(KIND, machine_id, _secret=secret, _digest=digest)
    return secret


def find_by_key(state: State, secret: str) -> Document | None:
    """The machine whose secret key that is, or was a short while ago."""
    found = find_by_secret(state, KIND, secret)
    if found:
        return found
    old = state.records.get(OLD_KEY, digest_of(secret))
    if old is None or state.clock() >= old["expires_at"]:
        return None
    return state.records.get(KIND, old["machine_id"])


def add_scope(state: State, machine_id: str, other_id: str) -> Document:
    """The one may talk to the other. Raises ApiError (404, 422)."""
    with state.changing():
        machine, other = state.need(KIND, machine_id), state.need(KIND, other_id)
        if other_id in machine["_scopes"]:
            said = "The machine has that scope already."
            raise ApiError(422, "form_already_exists", said, "to_machine_id")
        scopes = scopes_of([*machine["_scopes"], other["id"]])
        state.update(KIND, machine_id, _scopes=scopes)
    between = {"from_machine_id": machine_id, "to_machine_id": other_id}
    return {"object": "machine_scope", **between, "created_at": state.now_ms}


def remove_scope(state: State, machine_id: str, other_id: str) -> Document:
    with state.changing():
        machine = state.need(KIND, machine_id)
        if other_id not in machine["_scopes"]:
            said = "The machine has no such scope."
            raise ApiError(404, "resource_not_found", said)
        left = [each for each in machine["_scopes"] if each != other_id]
        state.update(KIND, machine_id, _scopes=left)
    between = {"from_machine_id": machine_id, "to_machine_id": other_id}
    return {"object": "machine_scope", **between, "deleted": True}


def told(state: State, machine: Mapping[str, Any]) -> Document:
    """With the machines that it may talk to."""
    found = (state.records.get(KIND, each) for each in machine["_scopes"])
    return {**machine, "scoped_machines": [each for each in found if each]}
