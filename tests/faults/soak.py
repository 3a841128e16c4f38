"""Requests without end, good and bad: prints what they left behind in the process.

`python tests/faults/soak.py 20000` counts them; `--seconds 300` goes by the clock.
"""

import argparse
import itertools
import json
import os
import random
import sys
import threading
import time
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from clerk_server import environ_for
from clerk_tokens import bearer, mint
from identities import PATHS, chain

MANY, FEW = 12_000, 300


def requests(tokens):
    """(path, headers): users, nobody, forgeries of which none comes twice, nonsense."""
    dice = random.Random(0)
    for number in itertools.count():
        token = tokens[number % len(tokens)]
        forged = f"{token[:-41]}{dice.randbytes(20).hex()}{token[-1]}"
        headers = ({}, bearer(forged), {"Cookie": f"__session={forged}"}, bearer(token))
        path = "/a\\b%" if number % 50 == 0 else PATHS[number % len(PATHS)]
        yield path, headers[number % 4]


def serve(app, path, headers):
    body = app(
        environ_for(path, headers, **{"wsgi.url_scheme": "http"}),
        lambda *_: lambda block: None,
    )
    for _ in body:
        pass
    if close := getattr(body, "close", None):
        close()


def holdings():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return {
        "rss": pages * os.sysconf("SC_PAGE_SIZE"),
        "files": len(os.listdir("/proc/self/fd")),
        "threads": threading.active_count(),
    }


def soak(count, seconds):
    """What was held after the warm-up, what in the end, and after how many requests."""
    tokens = [mint({"sid": f"sess_{n}"}) for n in range(MANY if seconds else FEW)]
    app, coming = chain(), requests(tokens)
    for path, headers in itertools.islice(coming, max(count // 4, 16 * len(tokens))):
        serve(app, path, headers)
    before, served, over = holdings(), 0, time.monotonic() + seconds
    while served < count or time.monotonic() < over:
        serve(app, *next(coming))
        served += 1
    return before, holdings(), served


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("--seconds", type=float, default=0)
    arguments = parser.parse_args()
    print(json.dumps(soak(arguments.count, arguments.seconds)))
