"""The Backend API's calls about machines (Clerk: backend API, 3.5)."""

from collections.abc import Mapping

from clerk_wsgi.local.bapi_calls import Asked, Call, Part
from clerk_wsgi.local.machines import (
    KIND,
    add_scope,
    change_machine,
    create_machine,
    delete_machine,
    remove_scope,
    rotate_secret,
    told,
)
from clerk_wsgi.local.params import read, seconds, text, texts, whole
from clerk_wsgi.local.records import Document

CHANGED = {"name": text, "default_token_ttl": seconds}
NEW = {**CHANGED, "scoped_machines": texts}
LONGEST_OVERLAP = 8 * 60 * 60


class BackendMachines(Part):
    def calls(self) -> Mapping[str, Call]:
        one = "/v1/machines/<machine_id>"
        return {
            "GET /v1/machines": self.machines,
            "POST /v1/machines": self.create,
            f"GET {one}": self.machine,
            f"PATCH {one}": self.update,
            f"DELETE {one}": self.delete,
            f"GET {one}/secret_key": self.secret_key,
            f"POST {one}/secret_key/rotate": self.rotate,
            f"POST {one}/scopes": self.add_scope,
            f"DELETE {one}/scopes/<other_id>": self.remove_scope,
        }

    def machines(self, asked: Asked) -> Document:
        sought = asked.query.get("query", "").strip().casefold()
        found = [
            told(self.state, each)
            for each in self.state.records.find(KIND)
            if sought in f"{each['id']} {each['name']}".casefold()
        ]
        return asked.page(asked.ordered(found, ("name", "created_at")))

    def create(self, asked: Asked) -> Document:
        given = read(asked.body, NEW, required=["name"])
        machine, secret = create_machine(self.state, given.pop("name"), **given)
        return {**machine, "secret_key": secret}

    def machine(self, asked: Asked, machine_id: str) -> Document:
        return told(self.state, self.state.need(KIND, machine_id))

    def update(self, asked: Asked, machine_id: str) -> Document:
        return change_machine(self.state, machine_id, **read(asked.body, CHANGED))

    def delete(self, asked: Asked, machine_id: str) -> Document:
        return delete_machine(self.state, machine_id)

    def secret_key(self, asked: Asked, machine_id: str) -> Document:
        return shown_key(self.state.need(KIND, machine_id)["_secret"])

    def rotate(self, asked: Asked, machine_id: str) -> Document:
        name = "previous_token_ttl"
        given = read(asked.body, {name: whole(0, LONGEST_OVERLAP)}, required=[name])
        return shown_key(rotate_secret(self.state, machine_id, given[name]))

    def add_scope(self, asked: Asked, machine_id: str) -> Document:
        name = "to_machine_id"
        given = read(asked.body, {name: text}, required=[name])
        return add_scope(self.state, machine_id, given[name])

    def remove_scope(self, asked: Asked, machine_id: str, other_id: str) -> Document:
        return remove_scope(self.state, machine_id, other_id)


def shown_key(secret: str) -> Document:
    return {"object": "machine_secret_key", "secret": secret}
