"""`clerk-wsgi` in a process of its own, as people start it."""

import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager

from browsing import Browser, over_http

COMMAND = [sys.executable, "-m", "clerk_wsgi"]


def environment(**variables):
    kept = {n: v for n, v in os.environ.items() if not n.startswith("CLERK_")}
    return {**kept, **variables}


def finish(*arguments, cwd=None, **variables):
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=cwd,
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=60,
    )


@contextmanager
def started(*arguments, cwd=None, **variables):
    """The running command, its first line, and a browser for the address in it."""
    # In the background Ctrl-C is ignored, and a child inherits that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        [*COMMAND, *arguments, "--port", "0"],
        cwd=cwd,
        env=environment(**variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        line = process.stdout.readline()
        origin = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert origin, line or process.stderr.read()
        yield process, line, Browser(origin[0], over_http)
    finally:
        process.kill()
        process.communicate()
