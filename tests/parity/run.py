"""Clerk's own packages and ours, asked the same: do they answer the same?

Installs the pinned packages from npm, throws dice from a seed and compares. Whatever
differs must be a written deviation, and must not let anybody do more.

    python tests/parity/run.py --seed today
    python tests/parity/run.py --only auth:1234
"""

import sys
from pathlib import Path

TESTS = Path(__file__).parents[1]

if __name__ == "__main__":
    sys.path[1:1] = [str(TESTS / "support"), str(TESTS / "core"), str(TESTS)]
    from suite import main

    sys.exit(main(__doc__))
