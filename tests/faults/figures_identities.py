"""Whether anybody was taken for somebody else: the figures about identities.

`python tests/faults/figures_identities.py` sends 20,000 requests each way, 4,000 of
them to each server; `--long` a million and 200,000.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from identity_site import identity_site

HERE = Path(__file__).parent
SHORT, LONG = 20_000, 1_000_000
PATIENCE = 3600
WORKERS = 2
NOBODY = "-"
GREENLETS = {"greenlets": "early", "greenlets that come late": "late"}
SHARED = ("gunicorn gthread", "gunicorn gevent", "uwsgi threads")
Figures = list[tuple[str, str, str, bool]]


def measure(*, is_long: bool = False) -> Figures:
    """(promise, ours, peers, whether it is kept) each."""
    count = LONG if is_long else SHORT
    return [
        mixups(count, "threads"),
        mixups(count, "greenlets"),
        mixups(count, "greenlets that come late"),
        *(under(each, count // 5) for each in SHARED),
        restarts(rounds=60 if is_long else 2),
    ]


def mixups(count, kind):
    requests, looks, wrong = counted(count, GREENLETS.get(kind))
    return (
        f"identity mix-ups in {requests:,} interleaved requests of 64 users and "
        f"nobody, under {kind}: 0",
        f"{wrong:,}, in {looks:,} looks",
        NOBODY,
        wrong == 0,
    )


def counted(count, patched=None):
    """(requests, looks, wrong) in a Python of its own; `patched` by gevent when?"""
    command = [sys.executable, str(HERE / "identities.py"), str(count)]
    command += ["--greenlets", patched] if patched else []
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, timeout=PATIENCE
    )
    return json.loads(done.stdout)


def under(server, count):
    """Each answer over a connection that many users take turns on."""
    with identity_site(WORKERS, server) as site:
        site.warm_up(WORKERS)
        tally = site.count_mixups(count)
    return (
        f"identity mix-ups in {count:,} requests of 64 users and nobody, over "
        f"connections that they share, under {server}: 0",
        f"{tally.wrong}, of {tally.answers:,} answers by {len(tally.processes)} "
        f"processes; {tally.failed} errors, {tally.lost} lost connections",
        NOBODY,
        not tally.wrong and not tally.failed and tally.answers >= count,
    )


def restarts(rounds):
    tally, starts = under_restarts(rounds)
    return (
        f"wrong identities while workers are killed and reloaded, {rounds} times: 0",
        f"{tally.wrong}, of {tally.answers:,} answers by {len(tally.processes)} "
        f"processes; {tally.failed} errors, {tally.lost} lost connections",
        NOBODY,
        not tally.wrong and not tally.failed and len(tally.processes) > starts,
    )


def under_restarts(rounds, workers=2):
    """Each round kills a worker without warning, and reloads all of them."""
    with identity_site(workers) as site:
        site.warm_up(workers)
        with site.visited() as tally:
            for _ in range(rounds):
                time.sleep(1)
                os.kill(site.workers()[0], signal.SIGKILL)
                time.sleep(1.5)
                os.kill(site.process.pid, signal.SIGHUP)
                time.sleep(2.5)
    return tally, workers


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--long", action="store_true")
    for figure in measure(is_long=parser.parse_args().long):
        print(*figure, sep="\n    ")
