"""A local Clerk, with a clock that tests can set."""

from wsgiref.validate import validator

from browsing import Browser, in_process
from forging import private_key

from clerk_wsgi.local import LocalClerk

ORIGIN = "http://127.0.0.1:4747"
NOW = 1_800_000_000
HOST = "lucky-otter-12.clerk.accounts.dev"
PUBLISHABLE_KEY = "pk_test_bHVja3ktb3R0ZXItMTIuY2xlcmsuYWNjb3VudHMuZGV2JA"
SECRET_KEY = "sk_test_forTestsOnly"


class Clock:
    """Epoch milliseconds when called, seconds from `seconds`."""

    def __init__(self, seconds=NOW):
        self.now = seconds

    def __call__(self):
        return self.now * 1000

    def seconds(self):
        return self.now


def local_clerk(clock=None, **given):
    keys = {"publishable_key": PUBLISHABLE_KEY, "secret_key": SECRET_KEY}
    private = private_key("a")
    return LocalClerk(
        **{**keys, "private_key": private, **given}, clock=clock or Clock()
    )


def clerk_browser(local, clock=None):
    """Talks to the local Clerk alone, at its root."""
    clock = clock or Clock()
    return Browser(ORIGIN, in_process(validator(local)), clock.seconds)


def refuse(environ, start_response):
    start_response("404 Not Found", [("Content-Type", "text/plain")])
    return [b"not found"]
