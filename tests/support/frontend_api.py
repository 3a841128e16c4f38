"""The Frontend API of a local Clerk, asked as Clerk's browser library asks it."""

import json
import re
from typing import NamedTuple
from urllib.parse import urlencode

from browsing import Page as PageSeen
from local_clerk import ORIGIN, clerk_browser

GOT, SENT = ("GET",), ("GET", "POST")


class Said(NamedTuple):
    status: int
    body: object
    page: object

    @property
    def response(self):
        return self.body["response"]

    @property
    def client(self):
        return self.body["client"]

    @property
    def error(self):
        return self.body["errors"][0]

    @property
    def code(self):
        return self.error["code"]

    def header(self, name):
        return self.page.header(name)

    @property
    def cookies(self):
        """Set-Cookie by name: (value, attributes)."""
        found = (v.partition(";") for n, v in self.page.headers if n == "Set-Cookie")
        return {
            p.partition("=")[0]: (p.partition("=")[2], more) for p, _, more in found
        }


class Page:
    """A page with Clerk's library: in development it has the browser's token."""

    def __init__(self, local, clock=None, *, origin=ORIGIN):
        self.local = local
        self.browser = clerk_browser(local, clock)
        self.origin = origin
        self.token = None

    @property
    def state(self):
        return self.local.state

    def ask(self, method, path, query=(), headers=(), **fields):
        """`fields` are the form; lists become several pairs of one name."""
        named = dict(query)
        if self.token:
            named["__clerk_db_jwt"] = self.token
        if method not in SENT:
            named["_method"] = method
        url = f"/v1{path}?{urlencode(named, doseq=True)}"
        head = {} if self.origin is None else {"Origin": self.origin}
        pairs = [
            (name, each)
            for name, value in fields.items()
            for each in (value if isinstance(value, list) else [value])
        ]
        page = self.browser.request(
            "GET" if method in GOT else "POST",
            url,
            {**head, **dict(headers)},
            None if method in GOT else pairs,
        )
        is_json = page.header("Content-Type") == "application/json"
        return Said(page.status, json.loads(page.text) if is_json else None, page)

    def send_file(self, method, path, raw, name="file"):
        """As a form of several parts, in which files are sent."""
        named = {"__clerk_db_jwt": self.token, "_method": method}
        part = f'Content-Disposition: form-data; name="{name}"; filename="x"'
        body = f"--cut\r\n{part}\r\n\r\n".encode() + raw + b"\r\n--cut--\r\n"
        kind = {"Content-Type": "multipart/form-data; boundary=cut"}
        url = f"{self.browser.origin}/v1{path}?{urlencode(named)}"
        status, headers, text = self.browser.send("POST", url, kind, body)
        return Said(status, json.loads(text), PageSeen(url, status, headers, text))

    def get(self, path, **query):
        return self.ask("GET", path, query)

    def post(self, path, **fields):
        return self.ask("POST", path, **fields)

    def open(self):
        """As the library begins: with a browser's token of its own."""
        self.token = self.post("/dev_browser").body["id"]
        return self

    def sign_in(self, who="grace", password="compiler-1952"):
        """The session."""
        if not (self.token or self.local.settings.is_production):
            self.open()
        said = self.post(
            "/client/sign_ins",
            identifier=f"{who}@example.com",
            password=password,
            strategy="password",
        )
        assert said.status == 200, said
        session_id = said.response["created_session_id"]
        return self.touch(session_id).response

    def touch(self, session_id, **fields):
        return self.post(f"/client/sessions/{session_id}/touch", **fields)

    def code(self):
        """The one in the e-mail that was sent last."""
        mail = self.state.records.find("outbox")[-1]
        [code] = re.findall(r"\b\d{6}\b", mail["body_plain"])
        return code

    def other_code(self):
        """One that is certainly wrong."""
        return f"{(int(self.code()) + 1) % 10**6:06}"
