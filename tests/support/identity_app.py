"""For gunicorn: tells who is there and which process says so, block by block."""

import os
import time

from clerk_wsgi import ClerkMiddleware, auth, get_auth

TEXT = ("Content-Type", "text/plain")


def site(environ, start_response):
    start_response("200 OK", [TEXT, ("X-User", str(get_auth(environ).user_id))])
    yield f"{os.getpid()}\n".encode()
    for _ in range(2):
        time.sleep(0.001)
        yield f"{auth().user_id}\n".encode()


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
