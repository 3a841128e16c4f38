"""A local Clerk and the demo before it, with a clock that tests can set."""

from wsgiref.validate import validator

from browsing import Browser, api_transport, in_process
from forging import private_key

from clerk_wsgi.backends.api import BackendApi
from clerk_wsgi.backends.jwks import JwksBackend
build_demo = None
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


def demo_browser(local, clock):
    """Talks to the demo, whose middleware asks the Clerk beside it; no network."""
    beside = validator(local.beside(refuse))
    keys = ("api_url", "api_version", "secret_key")
    known = {name: local.options(ORIGIN)[name] for name in keys}
    transport = api_transport(beside)
    demo = build_demo(
        local,
        ORIGIN,
        backend=JwksBackend(**known, clock=clock.seconds, transport=transport),
        api=BackendApi(**known, transport=transport),
        clock=clock,
    )
    return Browser(ORIGIN, in_process(validator(demo)), clock.seconds)


def refuse(environ, start_response):
    start_response("404 Not Found", [("Content-Type", "text/plain")])
    return [b"not found"]
