"""One Chromium for all tests; each has a demo, a Clerk and an address of its own."""

import pytest
from chromium import Tab, clerk_js_folder, forget_everything, start_chromium
from live_server import serving
from local_clerk import local_clerk

from clerk_wsgi.cli.demo import build_demo
from clerk_wsgi.local.clock import Clock


@pytest.fixture(scope="session")
def chromium():
    driver = start_chromium()
    yield driver
    driver.quit()


@pytest.fixture(scope="session")
def clerk_js():
    return clerk_js_folder()


class Site:
    """The demo as somebody meets it: `mails` are what Clerk sent."""

    def __init__(self, driver, local, mails, origin):
        self.local = local
        self.clock = local.clock
        self.mails = mails
        self.primary = origin.replace("127.0.0.1", "localhost")
        self.satellite = origin
        self.tab = Tab(driver, self.primary)

    def code(self):
        """The six digits of the last e-mail."""
        mail = self.tab.wait(lambda: self.mails[-1:], "an e-mail")[0]
        return next(each for each in mail.split() if each.strip(".,").isdigit())[:6]

    def another_tab(self):
        self.tab.driver.switch_to.new_window("tab")
        return self.tab.driver.current_window_handle

    def switch(self, handle):
        self.tab.driver.switch_to.window(handle)


@pytest.fixture
def open_site(chromium):
    """`open_site(clerk_js)` serves a demo until the test ends."""
    forget_everything(chromium)
    opened = []

    def open_site(folder=None):
        mails = []
        local = local_clerk(Clock(), clerk_js=folder, deliver=mails.append)
        server = serving(
            lambda origin: build_demo(
                local, origin, clerk_js=bool(folder), clock=local.clock
            )
        )
        opened.append((server, local))
        return Site(chromium, local, mails, server.__enter__())

    yield open_site
    chromium.switch_to.window(chromium.window_handles[0])
    forget_everything(chromium)
    for server, local in opened:
        server.__exit__(None, None, None)
        local.close()
