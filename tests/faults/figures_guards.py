"""What raw requests reach: the figures about guards, promise by promise.

`python tests/faults/figures_guards.py` sends a few hundred requests to each server;
`--long` sends thousands, and other ones each time, unless `--seed` names them.
"""

import argparse
import sys
import time
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from clerk_frameworks import FRAMEWORKS
from raw_campaign import attack, passes_line_breaks
from raw_requests import raw_requests, scripted
from raw_servers import SERVERS, all_started, missing
from raw_site import GUARDS

SHORT, LONG = 200, 3000
Figures = list[tuple[str, str, str]]


def measure(*, is_long: bool = False, seed: str = "figures") -> Figures:
    """(promise, ours, peers) each. Every server that is installed takes part."""
    names = [name for name in SERVERS if not missing(name)]
    count = LONG if is_long else SHORT
    with all_started(names) as servers:
        outcomes = [
            attack(each, scripted() + raw_requests(f"{seed} {each.name}", count))
            for each in servers.values()
        ]
        passing = [name for name, each in servers.items() if passes_line_breaks(each)]
    return told(outcomes, passing)


def told(outcomes, passing) -> Figures:
    def total(name):
        return sum(getattr(each, name) for each in outcomes)

    for failed in [each for outcome in outcomes for each in outcome.failed]:
        print(failed, file=sys.stderr)
    scale = (
        f"{len(outcomes)} servers, {len(FRAMEWORKS)} frameworks, {len(GUARDS)} guards"
    )
    reached = sum(sum(each.reached.values()) for each in outcomes)
    injected = sum(len(each.injected) for each in outcomes)
    return [
        (
            f"raw requests sent, and those that their server passed on ({scale})",
            f"{total('sent'):,}; {total('judged'):,}",
            "-",
        ),
        (
            "protected handlers reached without identity: 0",
            f"{total('guarded'):,} of {reached * len(GUARDS):,} that a router reaches",
            f"{total('naive'):,} of {reached:,}, patterns matched on PATH_INFO",
        ),
        ("answers of 500 from us to raw requests: 0", f"{total('errors'):,}", "-"),
        (
            "headers injected into our answers: 0",
            f"{injected:,}",
            f"{len(passing)} of {len(outcomes)} servers send a line break that an "
            f"application puts in a header ({', '.join(passing)})",
        ),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--long", action="store_true", help="thousands to each server")
    parser.add_argument("--seed", default="", help="the requests of an earlier run")
    arguments = parser.parse_args()
    seed = arguments.seed or (str(time.time()) if arguments.long else "figures")
    print(f"seed {seed}")
    figures = measure(is_long=arguments.long, seed=seed)
    for promise, ours, peers in figures:
        print(f"{promise}\n    ours:  {ours}\n    peers: {peers}")
    return any(not ours.startswith("0") for _, ours, _ in figures[1:])


if __name__ == "__main__":
    sys.exit(main())
