"""For servers: tells who is there and which process says so, block by block."""

import os
import time

from clerk_wsgi import ClerkMiddleware, auth, get_auth

WIDTH = 20
TEXT = ("Content-Type", "text/plain")


def site(environ, start_response):
    told = f"{get_auth(environ).user_id}"
    length = ("Content-Length", str(3 * WIDTH))  # uWSGI does not add it
    start_response("200 OK", [TEXT, ("X-User", told), length])
    yield block(os.getpid())
    for _ in range(2):
        time.sleep(0.001)
        yield block(auth().user_id)


def block(said):
    """A line, as long for everybody."""
    return f"{said!s:<{WIDTH - 1}}\n".encode()


def keys():
    """Keys of a scripted Clerk, whose time runs `SPEED` times as fast."""
    url, speed = os.environ.get("SCRIPTED_CLERK"), float(os.environ.get("SPEED", "1"))
    if not url:
        return None
    from clerk_wsgi.backends.http import HttpClient
    from clerk_wsgi.backends.jwks import JwksBackend
    from clerk_wsgi.backends.key_refresh import Keeper, wait_for_call

    return JwksBackend(
        url,
        "v1",
        "sk_test_canary",
        clock=lambda: time.monotonic() * speed,
        transport=HttpClient(keep_alive=False).send,
        keeper=lambda owner, clock: Keeper(
            owner, clock, lambda calls, s: wait_for_call(calls, s / speed)
        ),
    )


def make_app():
    return ClerkMiddleware(site, {"/in(.*)": {}}, backend=keys())
