"""Servers of several processes: each forks, runs threads and patches in its own way.

An application is named as `module:make_app()`, of a module in this folder.
"""

import importlib.util
import os
import socket
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SCRIPTS = Path(sys.executable).parent
PATIENCE = 20


def gunicorn(kind, *options):
    told = ["--worker-class", kind, "--keep-alive", "60", "--no-control-socket"]
    told += ["--log-level", "critical", "--graceful-timeout", "5", *options]

    def command(handle, app, workers):
        bound = ["--bind", f"fd://{handle}", "--workers", str(workers)]
        start = [sys.executable, "-m", "gunicorn", "--chdir", str(HERE)]
        return [*start, *bound, *told, app]

    return command


def uwsgi(kind, *options):
    told = ["--virtualenv", sys.prefix, "--pythonpath", str(HERE), "--need-app"]
    told += ["--master", "--die-on-term", "--disable-logging", *options]

    def command(handle, app, workers):
        bound = [f"--{kind}", f"fd://{handle}", "--processes", str(workers)]
        return [str(SCRIPTS / "uwsgi"), *bound, *told, "--module", app]

    return command


THREADS = ("--threads", "8")
CLOSING = ("--add-header", "Connection: close")
PATCHING = ("--gevent-monkey-patch",)
SERVERS = {
    "gunicorn gthread": gunicorn("gthread", *THREADS),
    "gunicorn gthread, preloaded": gunicorn("gthread", *THREADS, "--preload"),
    "gunicorn gevent": gunicorn("gevent"),
    "gunicorn gevent, preloaded": gunicorn("gevent", "--preload"),
    "uwsgi threads": uwsgi("http11-socket", *THREADS),
    # It fails by itself where connections are kept and greenlets used.
    "uwsgi gevent": uwsgi("http-socket", *CLOSING, "--gevent", "32", *PATCHING),
}


def missing(name):
    """What this machine lacks for the server."""
    lacking = [each for each in ("gunicorn", "gevent") if is_lacking(each, name)]
    if name.startswith("uwsgi") and not (SCRIPTS / "uwsgi").exists():
        lacking.append("uwsgi")
    return lacking


def is_lacking(package, name):
    return package in name and importlib.util.find_spec(package) is None


def params(*names):
    """For `parametrize`: what is missing is left out, and said."""
    return [
        pytest.param(
            each,
            marks=pytest.mark.skipif(
                bool(missing(each)), reason=f"left out: {missing(each)} not installed"
            ),
        )
        for each in names
    ]


@contextmanager
def running_server(name, app, workers, **settings):
    """The process of the server, and its port; it may not have begun to answer."""
    quiet = {"PYTHONWARNINGS": "ignore"}  # gevent warns where it comes late
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port, handle = listener.getsockname()[1], listener.fileno()
        with subprocess.Popen(
            SERVERS[name](handle, app, workers),
            pass_fds=[handle],
            env=os.environ | quiet | settings,
            stderr=subprocess.DEVNULL if name.startswith("uwsgi") else None,
        ) as process:
            try:
                yield process, port
                assert process.poll() is None, f"{name} has ended"
            finally:
                process.terminate()
                try:
                    process.wait(PATIENCE)
                except subprocess.TimeoutExpired:
                    process.kill()
