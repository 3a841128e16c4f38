"""Makes the pictures of the documentation: `python screenshots.py [folder]`.

Everything in them is the demo, with pages that need no JavaScript.
"""

import base64
import sys
from pathlib import Path

SUPPORT = Path(__file__).parents[1] / "support"
sys.path.insert(0, str(SUPPORT))

from chromium import Tab, start_chromium  # noqa: E402
from live_server import serving  # noqa: E402
from local_clerk import local_clerk  # noqa: E402

from clerk_wsgi.cli.demo import build_demo  # noqa: E402
from clerk_wsgi.local.clock import Clock  # noqa: E402

FOLDER = Path(__file__).parents[2] / "docs/screenshots"
WIDE, NARROW = 1100, 390
TALLEST = 900
"""Longer pages are cut, so that the pictures stay small."""
LARGEST = 120 * 1024
SHOTS = (
    # Name, path, width, theme; whoever is signed in stays so.
    ("home", "/", WIDE, "light"),
    ("sign-in", "/sign-in", WIDE, "light"),
    ("dashboard", "/dashboard", WIDE, "light"),
    ("organization", "/orgs/lighthouse", WIDE, "light"),
    ("admin", "/admin", WIDE, "light"),
    ("dark", "/dashboard", WIDE, "dark"),
    ("phone", "/admin", NARROW, "light"),
)
FOR_EVERYBODY = ("home", "sign-in")


def take(tab, path, width, theme):
    """The page as PNG."""
    driver = tab.driver
    driver.execute_cdp_cmd("Emulation.setScrollbarsHidden", {"hidden": True})
    tab.show_as(width, TALLEST, theme).go(path).find("h1")
    length = tab.run("return document.documentElement.scrollHeight")
    clip = {"x": 0, "y": 0, "scale": 1, "width": width, "height": min(length, TALLEST)}
    shot = driver.execute_cdp_cmd("Page.captureScreenshot", {"clip": clip})
    return base64.b64decode(shot["data"])


def take_all(tab, folder):
    for name, *where in SHOTS:
        if name not in FOR_EVERYBODY and not tab.cookies.get("__session"):
            tab.go("/sign-in").click("Ada Lovelace").see("Hello, Ada")
        picture = take(tab, *where)
        if len(picture) > LARGEST:
            raise SystemExit(f"{name}.png is too large: {len(picture)} bytes")
        (folder / f"{name}.png").write_bytes(picture)
        print(f"{name}.png", len(picture) // 1024, "KiB")


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    driver = start_chromium()
    try:
        with (
            local_clerk(Clock()) as local,
            serving(lambda origin: build_demo(local, origin)) as origin,
        ):
            take_all(Tab(driver, origin.replace("127.0.0.1", "localhost")), folder)
            driver.get("about:blank")
    finally:
        driver.quit()


if __name__ == "__main__":
    main(Path(*sys.argv[1:2]) if sys.argv[1:] else FOLDER)
