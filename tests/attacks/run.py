"""The attack suite: `python tests/attacks/run.py`; what follows is passed to pytest.

Runs whatever the register names and prints entries, tests and failures by category.
"""

import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

import pytest  # noqa: E402
from attack_register import NODES, entries  # noqa: E402


class Tally:
    """A plugin that counts what ran and what failed, by function."""

    def __init__(self):
        self.ran, self.failed, self.left_out = Counter(), Counter(), Counter()

    def pytest_runtest_logreport(self, report):
        name = report.nodeid.partition("[")[0]
        self.ran[name] += report.when == "call" or report.failed
        self.failed[name] += report.failed
        self.left_out[name] += report.skipped

    def of(self, names):
        return [
            sum(counter[n] for n in names)
            for counter in (self.ran, self.failed, self.left_out)
        ]


def told(tally):
    """A row for each category."""
    yield f"{'category':24}{'entries':>8}{'tests':>8}{'failures':>9}{'left out':>9}"
    found = entries()
    for category in dict.fromkeys(each["category"] for each in found):
        ids = [each["id"] for each in found if each["category"] == category]
        names = {node for name in ids for node in NODES[name]}
        ran, failed, left_out = tally.of(names)
        yield f"{category:24}{len(ids):>8}{ran:>8}{failed:>9}{left_out:>9}"
    every = {node for nodes in NODES.values() for node in nodes}
    ran, failed, left_out = tally.of(every)
    yield f"{'all':24}{len(found):>8}{ran:>8}{failed:>9}{left_out:>9}"


def main(arguments):
    tally = Tally()
    every = sorted({node for nodes in NODES.values() for node in nodes})
    names = [str(ROOT / node) for node in every] + [str(ROOT / "tests/attacks")]
    status = pytest.main([f"--rootdir={ROOT}", "-q", *arguments, *names], [tally])
    print(*told(tally), sep="\n")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
