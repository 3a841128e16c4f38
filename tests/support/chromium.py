"""A headless Chromium for tests, which finds nobody but this machine.

Names of other hosts lead nowhere, so that a page that needs a network fails. Where
there is no Chromium the tests are skipped, and with CI=true that is a failure.
"""

import os
import shutil
import time
from pathlib import Path
from subprocess import CalledProcessError

import pytest
from npm import install

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
DRIVER = "chromedriver"
PATIENCE = 15
"""Seconds that anything may take to appear."""

NOBODY_ELSE = (
    "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1, EXCLUDE *.localhost"
)
FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"),
    *("--disable-background-networking", "--no-first-run", "--lang=en-US"),
    f"--host-resolver-rules={NOBODY_ELSE}",
)
PINS = Path(__file__).parents[1] / "browser/package.json"
CACHE = Path.home() / ".cache/clerk-wsgi/browser"


def start_chromium(*, width=1200, height=900, dark=False):
    """A driver of selenium; `quit()` ends the browser. Skips where there is none."""
    webdriver = pytest.importorskip(
        "selenium.webdriver", reason="Left out: tests in a browser (no selenium)."
    )
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    driver = shutil.which(DRIVER)
    if not (browser and driver):
        pytest.skip(f"Left out: tests in a browser (no {BROWSERS[0]} or {DRIVER}).")
    options = webdriver.ChromeOptions()
    # Both are named so that selenium looks for neither in a network.
    options.binary_location = browser
    theme = ["--force-dark-mode"] if dark else []
    for flag in (*FLAGS, f"--window-size={width},{height}", *theme):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService(driver)
    return webdriver.Chrome(options=options, service=service)


class Tab:
    """What somebody sees and does; each step waits until it can be done."""

    def __init__(self, driver, origin):
        self.driver = driver
        self.origin = origin

    def go(self, path):
        self.driver.get(path if "://" in path else f"{self.origin}{path}")
        return self

    @property
    def url(self):
        return self.driver.current_url

    @property
    def text(self):
        return self.find("body").text

    @property
    def cookies(self):
        return {each["name"]: each["value"] for each in self.driver.get_cookies()}

    def run(self, script, *values):
        """What a script returns; a promise is waited for."""
        return self.driver.execute_script(script, *values)

    def show_as(self, width, height, theme="light"):
        """The pages from now on; `forget_everything` ends it. 390 is a telephone."""
        size = {"width": width, "height": height, "mobile": width < 500}
        self._tell("setDeviceMetricsOverride", **size, deviceScaleFactor=1)
        feature = {"name": "prefers-color-scheme", "value": theme}
        self._tell("setEmulatedMedia", features=[feature])
        return self

    def _tell(self, command, **values):
        self.driver.execute_cdp_cmd(f"Emulation.{command}", values)

    def wait(self, look, what):
        """Until `look()` gives something; it may fail while the page changes."""
        from selenium.common.exceptions import WebDriverException

        end = time.monotonic() + PATIENCE
        while True:
            try:
                found = look()
            except WebDriverException:
                found = None
            if found:
                return found
            if time.monotonic() > end:
                raise AssertionError(f"{what} did not come: {self.story()}")
            time.sleep(0.05)

    def find(self, selector):
        """The first element, once it is there."""
        return self.wait(
            lambda: self.driver.find_elements("css selector", selector)[:1], selector
        )[0]

    def see(self, text):
        self.wait(lambda: text in self.text_now(), repr(text))
        return self

    def text_now(self):
        return self.driver.find_element("css selector", "body").text

    def click(self, label):
        """Something to press that is called so, or whose label says so."""
        self.wait(lambda: self._pressed(label), f"a button {label!r}")
        return self

    def _pressed(self, label):
        pressable = "button, a, [role=button], [role=menuitem], [role=tab]"
        for each in self.driver.find_elements("css selector", pressable):
            said = each.text.strip() or each.get_attribute("aria-label") or ""
            if label in said and each.is_displayed() and each.is_enabled():
                each.click()
                return True
        return False

    def fill(self, name, text):
        """Type into the field of that name, in place of what is there."""
        self.wait(lambda: self._filled(name, text), f"the field {name}")
        return self

    def _filled(self, name, text):
        """Components put fields anew while one types, and hide some for later."""
        for field in self.driver.find_elements("css selector", f"[name='{name}']"):
            if field.is_displayed() and field.is_enabled():
                field.send_keys("\ue009a\ue000", text)
                return field.get_property("value") == text
        return False

    def fill_code(self, code):
        """The six digits that Clerk's components ask for."""
        self.find("input[autocomplete='one-time-code']").send_keys(
            "\ue009a\ue000", code
        )
        return self

    def leave(self, path):
        """Wait until the browser has gone from that page."""
        self.wait(lambda: path not in self.url, f"leaving {path}")
        return self

    def press(self, label):
        """The button whose label, which need not be shown, is just so."""
        self.find(f"button[aria-label='{label}']").click()
        return self

    def complaints(self):
        """What went wrong in pages, by the console, since this was last asked."""
        log = self.driver.get_log("browser")
        return [each["message"] for each in log if is_wrong(each)]

    def story(self):
        """Where it is, what it shows, and what the page complained of."""
        shown = [self.url, self.text_now()[:800]]
        return "\n".join([*shown, *self.complaints()[-5:]])


def is_wrong(entry):
    """What a page was kept from is told as an error, or at lower levels."""
    blocked = "Content Security Policy" in entry["message"]
    return entry["level"] == "SEVERE" or blocked


def forget_everything(driver, *origins):
    """No cookie of any host is left, and nothing that pages of `origins` kept.

    The window has its own size and colours again.
    """
    driver.get("about:blank")
    for command in (
        "Network.clearBrowserCookies",
        "Emulation.clearDeviceMetricsOverride",
        "Emulation.setEmulatedMedia",
    ):
        driver.execute_cdp_cmd(command, {})
    for origin in origins:
        kept = {"origin": origin, "storageTypes": "local_storage"}
        driver.execute_cdp_cmd("Storage.clearDataForOrigin", kept)
    driver.get_log("browser")


def clerk_js_folder():
    """The `node_modules` with Clerk's browser packages, which npm fetches once.

    CLERK_JS names another. Skips where they are not to be had.
    """
    if named := os.environ.get("CLERK_JS"):
        return Path(named)
    if shutil.which("npm") is None:
        pytest.skip("Left out: Clerk's components in a browser (no npm).")
    try:
        # The wallets that some of Clerk's customers need ask for other versions.
        return install(CACHE, PINS, "--legacy-peer-deps") / "node_modules"
    except CalledProcessError as error:
        pytest.skip(f"Left out: Clerk's components in a browser ({error}).")
