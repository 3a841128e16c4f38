"""Packages of Clerk's from npm, as the tests pin them."""

import hashlib
import shutil
import subprocess
from pathlib import Path

CACHE = Path.home() / ".cache/clerk-wsgi/contracts"
PINS = Path(__file__).parents[1] / "contracts/package.json"
FLAGS = (
    *("--silent", "--no-package-lock", "--omit=optional", "--ignore-scripts"),
    *("--no-audit", "--no-fund"),
)


def missing_tools():
    """What has to be there before the packages can be asked, and is not."""
    return [each for each in ("node", "npm") if shutil.which(each) is None]


def install(folder=CACHE, pins=PINS, *flags):
    """Installs what `pins` names, unless the folder has just that."""
    wanted, mark = hashlib.sha256(pins.read_bytes()).hexdigest(), folder / "installed"
    if mark.exists() and mark.read_text("ascii") == wanted:
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(pins, folder)
    subprocess.run(["npm", "install", *FLAGS, *flags], cwd=folder, check=True)
    mark.write_text(wanted, "ascii")
    return folder
