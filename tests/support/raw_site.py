"""One site in every framework and behind every guard, all asked about each request.

Whatever a server makes of the bytes that it got, each framework and each guard is given
a copy of that very environ. The answer on the wire is the answer of one of them, taken
in turn; its header `X-Entered` tells who entered any of the others. `GET /-figures` has
the sums.
"""

import json
import re
from collections import Counter
from io import BytesIO, StringIO
from itertools import cycle
from threading import Lock

from clerk_frameworks import FRAMEWORKS
from clerk_tokens import DEVELOPMENT_KEY, PEM, PUBLISHABLE_KEY

from clerk_wsgi import ClerkMiddleware, auth, create_route_matcher

PROTECTED = ["/admin", "/admin/", "/admin/users", "/users/{name}/admin"]
OPEN = ["/", "/public/{page}", "/users"]
RULES = {"/admin(.*)": {}, "/users/:name/admin": {}}
PUBLIC = ["/", "/public/:page", "/users", "/-figures"]
KEYS = {"publishable_key": PUBLISHABLE_KEY, "jwt_key": PEM}
DEVELOPMENT = {
    "publishable_key": DEVELOPMENT_KEY,
    "jwt_key": PEM,
    "trust_forwarded_headers": True,
}
FIGURES = "/-figures"
# Servers write what they are given; some of them a line break, too.
REFLECTS = "/-reflected"

is_protected = create_route_matcher(list(RULES))


def with_a_handler(auth, request):
    if is_protected(request):
        auth.protect()


NAIVE = re.compile(r"/admin(.*)[/#?]?$|/users/[^/#?]+?/admin[/#?]?$", re.IGNORECASE)


def naive(app):
    """A guard as people write it: patterns over PATH_INFO, as it came."""

    def guard(environ, start_response):
        if NAIVE.match(environ.get("PATH_INFO", "")):
            start_response("404 Not Found", [])
            return [b""]
        return app(environ, start_response)

    return guard


def unguarded(app):
    return app


GUARDS = {
    "rules": lambda app: ClerkMiddleware(app, RULES, **KEYS),
    "handler": lambda app: ClerkMiddleware(app, with_a_handler, **KEYS),
    "default-deny": lambda app: ClerkMiddleware(app, public=PUBLIC, **KEYS),
    "development": lambda app: ClerkMiddleware(app, RULES, **DEVELOPMENT),
}
OTHERS = {"bare": unguarded, "naive": naive}


class House:
    """A framework behind a guard; `entered` is who its protected views were run for."""

    def __init__(self, framework, guard):
        self.name = f"{framework} behind {guard}"
        self.is_ours = guard in GUARDS
        self.kind = guard
        self.entered = []
        views = dict.fromkeys(PROTECTED, self.view) | dict.fromkeys(OPEN, str)
        self.app = {**GUARDS, **OTHERS}[guard](FRAMEWORKS[framework](views))

    def view(self):
        who = auth() if self.is_ours else None
        self.entered.append((who.user_id, who.session_id) if who else (None, None))
        return "Nobody may read this."

    def ask(self, environ):
        """Status, headers, body, and who entered."""
        self.entered.clear()
        answered = [("500 Nothing", [])]

        def start_response(status, headers, exc_info=None):
            answered.append((status, headers))
            return lambda _: None

        copied = {"wsgi.input": BytesIO(), "wsgi.errors": StringIO()}
        try:
            body = self.app({**environ, **copied}, start_response)
            content = b"".join(body)
            getattr(body, "close", int)()
        except Exception as error:  # as servers do
            answered.append(("500 Error", []))
            content = repr(error).encode()
        return *answered[-1], content, list(self.entered)


class Site:
    def __init__(self):
        kinds = [*OTHERS, *GUARDS]
        self.houses = [[House(f, kind) for kind in kinds] for f in FRAMEWORKS]
        ours = [house for row in self.houses for house in row if house.is_ours]
        self.turn = cycle(ours)
        self.sums = Counter()
        self.failed = []
        self.lock = Lock()

    def __call__(self, environ, start_response):
        with self.lock:
            path = environ.get("PATH_INFO", "")
            if path == FIGURES:
                return self.tell(start_response)
            if path.startswith(REFLECTS):
                start_response("307 Temporary", [("Location", path)])
                return [b""]
            return self.answer(environ, start_response)

    def tell(self, start_response):
        told = {"sums": dict(self.sums), "failed": self.failed[:20]}
        body = json.dumps(told).encode()
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    def answer(self, environ, start_response):
        chosen, entered = next(self.turn), set()
        self.sums["requests"] += 1
        for row in self.houses:
            bare_status = ""
            for house in row:
                status, headers, body, seen = house.ask(environ)
                self.sums[f"entered {house.kind}"] += bool(seen)
                if house.kind == "bare":
                    bare_status = status
                    self.sums[f"entered {house.name}"] += bool(seen)
                if house.is_ours:
                    entered.update(seen)
                    self.note(environ, house, seen, status, bare_status, body)
                if house is chosen:
                    sent = status, headers, body
        status, headers, body = sent
        told = json.dumps(sorted(map(str, entered)))
        start_response(status, [*headers, ("X-Entered", told)])
        return [body]

    def note(self, environ, house, seen, status, bare_status, body):
        nobody = [each for each in seen if not each[0]]
        is_error = status >= "500" and bare_status < "500"
        if nobody or is_error:
            told = f"{environ.get('PATH_INFO')!a}: {status} {body[:80]!a} {seen}"
            self.failed.append(f"{house.name}, {told}")
        self.sums["strangers"] += bool(nobody)
        self.sums["errors"] += is_error


app = Site()
