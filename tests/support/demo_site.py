"""The demo before a local Clerk, in process."""

from wsgiref.validate import validator

from browsing import Browser, api_transport, in_process
from local_clerk import ORIGIN, refuse

from clerk_wsgi.backends.api import BackendApi
from clerk_wsgi.backends.jwks import JwksBackend
from clerk_wsgi.cli.demo import build_demo


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
    primary = ORIGIN.replace("127.0.0.1", "localhost")
    return Browser(primary, in_process(validator(demo)), clock.seconds)
