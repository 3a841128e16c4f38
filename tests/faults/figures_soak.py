"""What is left of many requests, and of Clerk being gone: the figures about lasting.

`python tests/faults/figures_soak.py` takes a minute, `--long` fifteen.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from identity_site import identity_site
from scripted_clerk import ScriptedClerk

HERE = Path(__file__).parent
TEN_MINUTES = 600
FLAT = 2 * 1024 * 1024
KEY_ID = "ins_2TestKeyAAAAAAAAAAAAAAAAAA"
Figures = list[tuple[str, str, str, bool]]


def measure(*, is_long: bool = False) -> Figures:
    """(promise, ours, peers, whether it is kept) each."""
    return [memory(seconds=300 if is_long else 0), outage(speed=1 if is_long else 30)]


def memory(seconds, count=20_000):
    command = [sys.executable, str(HERE / "soak.py"), str(count)]
    command += ["--seconds", str(seconds)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    before, after, served = json.loads(done.stdout)
    grown = after.pop("rss") - before.pop("rss")
    same = "the same" if before == after else f"{before} before, {after} after"
    return (
        "memory that a soak takes after its warm-up: flat, at most 2 MiB",
        f"{grown / 1024 / 1024:.2f} MiB after {served:,} requests; "
        f"threads and open files: {same}",
        "-",
        grown <= FLAT and before == after,
    )


def outage(speed):
    """Clerk's port is closed. Workers that know its keys must not care."""
    tally, asked = under_outage(speed)
    fast = f", {speed} times as fast" if speed > 1 else ", in real time"
    return (
        f"failed requests while Clerk is gone for ten minutes{fast}, under gunicorn: 0",
        f"{tally.failed + tally.lost} of {tally.answers:,}; "
        f"wrong identities {tally.wrong}",
        "JavaScript SDK: every one after 5 minutes; "
        "official Python SDK: every one after the first bad token",
        tally.failed + tally.lost + tally.wrong == 0 and asked > 0,
    )


def under_outage(speed, workers=2):
    with ScriptedClerk(KEY_ID) as clerk:
        # Keys that are old after a minute, so that there is something to survive.
        clerk.headers = ["Cache-Control: max-age=60"]
        settings = {"SCRIPTED_CLERK": clerk.url, "SPEED": str(speed)}
        with identity_site(workers, **settings) as site:
            site.warm_up(workers)
            clerk.go_away()
            with site.visited() as tally:
                time.sleep(TEN_MINUTES / speed)
    return tally, len(clerk.requests)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--long", action="store_true")
    for figure in measure(is_long=parser.parse_args().long):
        print(*figure, sep="\n    ")
