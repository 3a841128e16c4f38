"""The Backend API of a local Clerk, asked as an application asks it."""

import json

from browsing import in_process
from local_clerk import ORIGIN, SECRET_KEY


class LocalApi:
    """`ask` gives status and JSON; `get`, `post` and so on insist on success."""

    def __init__(self, local):
        self.local = local
        self.send = in_process(local)

    def ask(self, method, path, body=None, *, key=SECRET_KEY, **headers):
        given = {"Authorization": f"Bearer {key}"} if key else {}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        raw = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        status, answered, text = self.send(method, f"{ORIGIN}{path}", given, raw)
        kind = dict(answered).get("Content-Type")
        assert kind == "application/json" or status == 204, (status, kind)
        return status, json.loads(text) if text else None

    def refusal(self, method, path, body=None, **more):
        """(status, code) of an answer that is an error in Clerk's shape."""
        status, document = self.ask(method, path, body, **more)
        assert set(document) == {"errors", "clerk_trace_id"}, document
        [error] = document["errors"]
        assert set(error) == {"code", "message", "long_message", "meta"}
        assert error["message"]
        return status, error["code"]

    def done(self, method, path, body=None, **more):
        status, document = self.ask(method, path, body, **more)
        assert status in (200, 201, 204), document
        return document

    def get(self, path, **more):
        return self.done("GET", path, **more)

    def post(self, path, body=None, **more):
        return self.done("POST", path, body, **more)

    def patch(self, path, body=None, **more):
        return self.done("PATCH", path, body, **more)

    def put(self, path, body=None, **more):
        return self.done("PUT", path, body, **more)

    def delete(self, path, **more):
        return self.done("DELETE", path, **more)


def ids(page):
    """Of what is on a page, or in a list."""
    return [each["id"] for each in (page["data"] if isinstance(page, dict) else page)]
