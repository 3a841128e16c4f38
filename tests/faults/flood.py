"""Good tokens without end, all let in: prints what they leave in the process.

`python tests/faults/flood.py 20000` sends so many requests, each token in two of them;
with `--kind headers` one token comes in as many different sets of headers.
"""

import argparse
import json
import sys
from itertools import chain, count, islice
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import identities
from clerk_server import environ_for
from clerk_tokens import bearer
from soak import holdings
from token_press import pressed

WARM = 50
PADDING = "x" * 8000  # about the longest header that gunicorn takes


class Visits:
    """Requests to the chain, and how many of them were let in."""

    def __init__(self):
        self.app, self.signed_in = identities.chain(), 0

    def add(self, headers):
        environ = environ_for("/in", headers, **{"wsgi.url_scheme": "http"})
        body = self.app(environ, self.note)
        for _ in body:
            pass
        if close := getattr(body, "close", None):
            close()

    def note(self, status, headers, exc_info=None):
        self.signed_in += status == "200 OK"
        return lambda block: None


def tokens_flood(tokens):
    """Each twice: only what comes again is remembered with its headers, too."""
    return chain.from_iterable((bearer(each), bearer(each)) for each in tokens)


def headers_flood(tokens):
    headers = bearer(next(tokens))
    return (headers | {"Cookie": f"n={n}; padding={PADDING}"} for n in count())


KINDS = {"tokens": tokens_flood, "headers": headers_flood}


def flood(requests, kind):
    """What was held after a few, what in the end, and how many were let in."""
    visits = Visits()
    with pressed(requests) as tokens:
        coming = KINDS[kind](tokens)
        for headers in islice(coming, WARM):
            visits.add(headers)
        before = holdings()["rss"]
        for headers in islice(coming, requests - WARM):
            visits.add(headers)
        return before, holdings()["rss"], visits.signed_in


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("requests", type=int)
    parser.add_argument("--kind", choices=KINDS, default="tokens")
    print(json.dumps(flood(**vars(parser.parse_args()))))
