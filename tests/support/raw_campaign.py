"""What came of raw requests to a server: who got in, and what got into our answers."""

import json
from dataclasses import dataclass, field

from raw_site import FIGURES, GUARDS, REFLECTS

CLERKS = ("__session", "__client", "__clerk", "__refresh")
NOBODY = "[]"


@dataclass
class Outcome:
    """`judged` are the requests that came through the server to the site.

    `reached` counts, for each framework, those that ran a protected view without a
    guard, `naive` those that ran one behind a guard that matches PATH_INFO as it comes.
    `strangers`, `errors`, `injected` and `failed` are ours, and have to be none.
    """

    sent: int = 0
    judged: int = 0
    reached: dict = field(default_factory=dict)
    naive: int = 0
    guarded: int = 0
    strangers: int = 0
    errors: int = 0
    injected: list = field(default_factory=list)
    failed: list = field(default_factory=list)


def attack(server, requests):
    """Sends requests of which none may get in."""
    before = figures(server)
    outcome = Outcome(sent=len(requests))
    for raw in requests:
        answer = server.send(raw)
        if is_injected(answer):
            outcome.injected.append(f"{server.name}: {raw!r} gave {answer.head!r}")
        if any(told != NOBODY for told in answer.headers("X-Entered")):
            outcome.failed.append(f"{server.name}: {raw!r} got in")
    return completed(outcome, before, figures(server))


def figures(server):
    return json.loads(server.get(FIGURES).body)


def completed(outcome, before, after):
    def more(name):
        return after["sums"].get(name, 0) - before["sums"].get(name, 0)

    end = " behind bare"
    outcome.judged = more("requests")
    outcome.naive = more("entered naive")
    outcome.strangers = more("strangers")
    outcome.errors = more("errors")
    outcome.guarded = sum(more(f"entered {kind}") for kind in GUARDS)
    names = [name for name in after["sums"] if name.endswith(end)]
    outcome.reached = {
        name.removeprefix("entered ").removesuffix(end): more(name) for name in names
    }
    outcome.failed += after["failed"][len(before["failed"]) :]
    return outcome


def is_injected(answer):
    """A header that nobody of us sent, or a cookie that is none of Clerk's."""
    cookies = answer.headers("Set-Cookie")
    others = [each for each in cookies if not each.startswith(CLERKS)]
    return bool(answer.headers("X-Injected") or others)


def passes_line_breaks(server):
    """Does the server send the line breaks that an application puts in a header?"""
    target = f"{REFLECTS}%0d%0aX-Injected:%20yes"
    raw = f"GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode()
    return bool(server.send(raw).headers("X-Injected"))
