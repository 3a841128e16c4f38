"""Every promise about faults and attacks, measured: one table, and 1 if one is broken.

`python tests/faults/figures.py` takes minutes, `--long` about an hour. `--only keys`
measures what `figures_keys.py` does.
"""

import argparse
import importlib
import re
import sys
import traceback
from pathlib import Path

HERE = Path(__file__).parent
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
UNITS = {"ms": 0.001, "KiB": 1024, "MiB": 1024**2}
PER_SECOND = 60  # such promises are measured over a minute
SLACK = 1.07  # of what is cut off at a time: that has to be noticed, too


def is_kept(promise, ours):
    """Whether the number that `ours` begins with keeps to that of the promise.

    A promise says its number after its last colon, or after "at most". None where
    there is none to keep to.
    """
    if "at most" not in promise and ": " not in promise:
        return None
    said = promise.rpartition(": ")[2].rpartition("at most ")[2]
    limit, found = NUMBER.search(said), NUMBER.match(ours)
    if limit is None or found is None:
        return None
    most = scaled(said, limit) * (PER_SECOND if "a second" in said else 1)
    return scaled(ours, found) <= most * (SLACK if said.endswith(" s") else 1)


def scaled(text, number):
    unit = re.match(r" ?(\w+)", text[number.end() :])
    times = UNITS.get(unit[1], 1) if unit else 1
    return float(number[0].replace(",", "")) * times


def names():
    return sorted(each.stem for each in HERE.glob("figures_*.py"))


def measured(name, is_long):
    """(promise, ours, peers, kept) each; what cannot be measured is not kept."""
    try:
        figures = importlib.import_module(name).measure(is_long=is_long)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        traceback.print_exc()
        return [(f"the figures of {name}.py", f"none: {error!r}", "-", False)]
    return [
        (*each[:3], each[3] if len(each) > 3 else is_kept(*each[:2]))
        for each in map(tuple, figures)
    ]


def row(promise, ours, peers, kept):
    cells = [promise, ours if kept is not False else f"**broken**: {ours}", peers]
    return f"| {' | '.join(each.replace('|', chr(92) + '|') for each in cells)} |"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--long", action="store_true", help="the long form of each")
    parser.add_argument("--only", nargs="*", default=[], help="such as keys, or soak")
    arguments = parser.parse_args()
    chosen = [f"figures_{each}" for each in arguments.only] or names()
    sys.path[:0] = [str(HERE), str(HERE.parent / "support")]
    broken = 0
    print("| promise | ours | peers |\n| --- | --- | --- |", flush=True)
    for name in chosen:
        for figure in measured(name, arguments.long):
            broken += figure[3] is False
            print(row(*figure), flush=True)
    print(f"\n{broken} broken", file=sys.stderr)
    return int(broken > 0)


if __name__ == "__main__":
    sys.exit(main())
