"""Clerk's own packages from npm, and the one process that asks them."""

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
PINS = HERE / "package.json"
FLAGS = (
    "--no-package-lock",
    "--omit=optional",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
)


def install(folder):
    """Installs what `package.json` pins, unless the folder has just that."""
    wanted, mark = hashlib.sha256(PINS.read_bytes()).hexdigest(), folder / "installed"
    if mark.exists() and mark.read_text("ascii") == wanted:
        return
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(PINS, folder)
    subprocess.run(["npm", "install", "--silent", *FLAGS], cwd=folder, check=True)
    mark.write_text(wanted, "ascii")


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
