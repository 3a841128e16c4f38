"""Clerk's own packages from npm, and the one process that asks them."""

import json
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
PINS = HERE / "package.json"


class ClerkPackages:
    """Answers of Clerk's packages: `ask`, and later `answers` in the same order."""

    def __init__(self, folder):
        self.process = subprocess.Popen(
            ["node", str(HERE / "clerk.mjs"), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()

    def ask(self, cases):
        self.process.stdin.write(json.dumps(cases) + "\n")
        self.process.stdin.flush()

    def answers(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("Clerk's packages ended without an answer.")
        return json.loads(line)
