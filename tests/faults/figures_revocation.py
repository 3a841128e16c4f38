"""How long a session lives on after it was revoked: four workers and a real store.

`python tests/faults/figures_revocation.py` ends a few sessions; `--long` ends fifty.
"""

import argparse
import sys
import time
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from clerk_tokens import mint_now
from redis_server import running, wait_until
from revocation_workers import WORKERS, revocable_site

SHORT, LONG = 5, 50
BOUND_MS = 2000
REQUIRED = {"CLERK_REVOCATION": "required", "MAX_AGE_IN_MS": str(BOUND_MS)}
PEERS = "60 s, the life of a token (no SDK of Clerk's looks)"
Figures = list[tuple[str, str, str]]


def measure(*, is_long: bool = False) -> Figures:
    """(promise, ours, peers) each. Raises whatever makes a figure worthless."""
    with running("redis") as store, revocable_site(CLERK_STORE_URL=store.url) as site:
        count = LONG if is_long else SHORT
        taken = [site.exposure(f"sess_{number}") for number in range(count)]
        again = site.again
    with (
        running("redis") as store,
        revocable_site(CLERK_STORE_URL=store.url, **REQUIRED) as site,
    ):
        until_closed, later = without_store(site, store)
    return [
        (
            f"a revoked session, on {WORKERS} workers: refused within 1 s",
            f"{max(taken) * 1000:.0f} ms at most, of {count}; webhooks that a store in "
            f"trouble refused, and Clerk sends again: {again}",
            PEERS,
        ),
        (
            f"required, and the store dies: closed in {BOUND_MS / 1000:g} s and a poll",
            f"{until_closed:.1f} s",
            "-",
        ),
        ("required, and accepted after that: 0", f"{later:,}", "-"),
    ]


def without_store(site, store):
    """Seconds from the store's death to the last request let in, and how many later."""
    wait_until(lambda: site.statuses(mint_now()) == {200}, "nobody gets in")
    store.stop()
    died = time.monotonic()
    wait_until(lambda: site.statuses(mint_now()) == {503}, "somebody gets in")
    closed, accepted = time.monotonic(), 0
    while time.monotonic() < closed + 2:
        accepted += 200 in site.statuses(mint_now())
    return closed - died, accepted


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--long", action="store_true")
    for figure in measure(is_long=parser.parse_args().long):
        print(*figure, sep="\n    ")
