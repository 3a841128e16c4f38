"""Is anybody ever taken for somebody else? Requests of many, in turns that mix them.

`python tests/faults/identities.py --greenlets early 20000` does it under gevent. Where
that comes `late`, it replaces locks and threads after they were imported.
"""

import argparse
import json
import random
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import NamedTuple

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
    if "early" in sys.argv:
        # Before anybody makes a lock.
        __import__("gevent.monkey").monkey.patch_all()

from clerk_server import environ_for
from clerk_tokens import PEM, PUBLISHABLE_KEY, bearer, cookie_header, epoch_ms, mint
from forging import NOW

from clerk_wsgi import ClerkMiddleware, auth, get_auth

USERS = 64
WORKERS = 16
OPEN_AT_ONCE = 8
PATHS = ("/list", "/stream", "/write", "/late", "/in")
TEXT = ("Content-Type", "text/plain")


class Count(NamedTuple):
    """`looks` are the times that the application asked who is there."""

    requests: int = 0
    looks: int = 0
    wrong: int = 0

    def __add__(self, other):
        return Count(*map(int.__add__, self, other))


def site(environ, start_response):
    """Says who is there, in every way in which an answer may come."""
    path = environ["PATH_INFO"]
    if path == "/late":
        return late(environ, start_response)
    write = start_response("200 OK", [TEXT, ("X-User", who(environ))])
    if path == "/stream":
        return stream(environ)
    if path == "/write":
        write(who(environ).encode())
    return [who(environ).encode()]


def who(environ):
    """Both ways to ask; where they do not agree, nobody is right."""
    ambient, carried = auth().user_id, get_auth(environ).user_id
    return str(ambient) if ambient == carried else f"{ambient} and {carried}"


def stream(environ):
    for _ in range(3):
        yield who(environ).encode()
        time.sleep(0)


def late(environ, start_response):
    start_response("200 OK", [TEXT, ("X-User", who(environ))])
    yield from stream(environ)


def chain(**given):
    """The whole of it, with a guard that agrees with `site` about `/in`."""
    settings = {"publishable_key": PUBLISHABLE_KEY, "jwt_key": PEM, "clock": epoch_ms}
    return ClerkMiddleware(
        site, {"/in": {}}, content_security_policy={}, **settings, **given
    )


def visitors():
    """(name, headers) of 64 users, half of them with cookies, and of nobody."""
    found = [("None", {})]
    for number in range(USERS):
        name = f"user_{number}"
        token = mint({"sub": name, "sid": f"sess_{number}"})
        cookies = {"__session": token, "__client_uat": str(NOW - 100)}
        in_cookie = {"Cookie": cookie_header(cookies)}
        found.append((name, in_cookie if number % 2 else bearer(token)))
    return found


class Exchange:
    """A request under way: one block is read at each turn."""

    def __init__(self, app, path, name, headers):
        self.name = name
        self.is_refused = path == "/in" and name == "None"
        self.said, self.status = [], ""
        environ = environ_for(path, headers, **{"wsgi.url_scheme": "http"})
        self.body = app(environ, self.start)
        self.blocks = iter(self.body)

    def start(self, status, headers, exc_info=None):
        self.status = status
        self.said += [value for key, value in headers if key == "X-User"]
        return lambda block: self.said.append(block.decode())

    def goes_on(self):
        block = next(self.blocks, None)
        if block is not None:
            self.said.append(block.decode())
            return True
        if close := getattr(self.body, "close", None):
            close()
        return False

    def count(self):
        if self.is_refused:
            return Count(1, 0, int(self.status[:3] != "404"))
        wrong = sum(each != self.name for each in self.said)
        return Count(1, len(self.said), wrong + (len(self.said) < 2))


def visit(app, everybody, count, seed):
    """So many requests, some open at a time; each turn is somebody's at random."""
    dice, total, opened, turns = random.Random(seed), Count(), 0, []
    while opened < count or turns:
        if opened < count and len(turns) < OPEN_AT_ONCE:
            turns.append(Exchange(app, dice.choice(PATHS), *dice.choice(everybody)))
            opened += 1
        place = dice.randrange(len(turns))
        if not turns[place].goes_on():
            total += turns.pop(place).count()
        if opened % 16 == 0:
            time.sleep(0)
    return total


def count_mixups(requests, workers=WORKERS, app=None):
    """In threads, or in greenlets where gevent has put those in their place."""
    app, everybody = app or chain(), visitors()
    counts = []

    def work(seed):
        counts.append(visit(app, everybody, requests // workers, seed))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(workers)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(counts) == workers, "a worker failed"
    return sum(counts, Count())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("requests", type=int)
    parser.add_argument("--greenlets", choices=["early", "late"])
    arguments = parser.parse_args()
    app = chain()
    if arguments.greenlets == "late":
        warnings.simplefilter("ignore")  # gevent says that it is late
        __import__("gevent.monkey").monkey.patch_all()
    print(json.dumps(count_mixups(arguments.requests, app=app)))
