"""Whether tenants in one process mix: the figure about sites of many.

`python tests/faults/figures_tenants.py` takes seconds, `--long` brings ten thousand.
"""

import argparse
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from crowds import tenants

SHORT, LONG = 1_000, 10_000
Figures = list[tuple[str, str, str]]


def measure(*, is_long: bool = False) -> Figures:
    """(promise, ours, peers) each."""
    count = LONG if is_long else SHORT
    crowd = tenants(count)
    return [
        (
            f"mix-ups between {count:,} tenants in one process: 0",
            f"{crowd.wrong:,} of {crowd.visits:,} visits",
            "official Python SDK: keys are cached by name alone, for all tenants",
        )
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--long", action="store_true")
    for figure in measure(is_long=parser.parse_args().long):
        print(*figure, sep="\n    ")
