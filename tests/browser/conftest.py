"""One Chromium for all tests; each meets the demo as if it had just been started."""

from contextlib import contextmanager

import pytest
from chromium import Tab, clerk_js_folder, forget_everything, start_chromium
from live_server import serving
from local_clerk import local_clerk

from clerk_wsgi.cli.demo import build_demo
from clerk_wsgi.local.clock import Clock


class Site:
    """The demo as somebody meets it: `mails` are what Clerk sent."""

    def __init__(self, driver, local, mails, origin):
        self.local = local
        self.clock = local.clock
        self.mails = mails
        self.primary = origin.replace("127.0.0.1", "localhost")
        self.satellite = origin
        self.tab = Tab(driver, self.primary)

    def start_again(self):
        """Nobody is signed in, and who was there at first is there."""
        self.clock.resume()
        self.mails.clear()
        self.local.reset()
        forget_everything(self.tab.driver, self.primary, self.satellite)

    def code(self):
        """The six digits of the last e-mail."""
        mail = self.tab.wait(lambda: self.mails[-1:], "an e-mail")[0]
        return next(each for each in mail.split() if each.strip(".,").isdigit())[:6]

    def open_tab(self):
        """The new tab, which is looked at from now on."""
        self.tab.driver.switch_to.new_window("tab")
        return self.tab.driver.current_window_handle

    def close_tab(self, rest):
        self.tab.driver.close()
        self.tab.driver.switch_to.window(rest)


@contextmanager
def demo(driver, folder=None):
    mails = []

    def build(origin):
        return build_demo(local, origin, clerk_js=bool(folder), clock=local.clock)

    with (
        local_clerk(Clock(), clerk_js=folder, deliver=mails.append) as local,
        serving(build) as origin,
    ):
        yield Site(driver, local, mails, origin)
        driver.get("about:blank")  # or its connections keep the server's threads


@pytest.fixture(scope="session")
def chromium():
    driver = start_chromium()
    yield driver
    driver.quit()


@pytest.fixture(scope="session")
def plain_demo(chromium):
    with demo(chromium) as site:
        yield site


@pytest.fixture(scope="session")
def component_demo(chromium):
    """One for all tests, so that the browser keeps what it fetched."""
    with demo(chromium, clerk_js_folder()) as site:
        yield site


@pytest.fixture
def plain_site(plain_demo):
    plain_demo.start_again()
    return plain_demo


@pytest.fixture
def component_site(component_demo):
    component_demo.start_again()
    return component_demo
