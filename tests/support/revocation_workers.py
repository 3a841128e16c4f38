"""Workers of gunicorn, each asked over a connection of its own, while sessions end."""

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from clerk_tokens import PEM, PUBLISHABLE_KEY, bearer, mint_now
from webhook_posts import SECRET, event, signed

HERE = Path(__file__).parent
WORKERS = 4
SECONDS = 20
SETTINGS = {
    "CLERK_PUBLISHABLE_KEY": PUBLISHABLE_KEY,
    "CLERK_JWT_KEY": PEM,
    "CLERK_SECRET_KEY": "sk_live_forTestsOnly",
    "CLERK_WEBHOOK_SIGNING_SECRET": SECRET,
}


class Worker:
    """One process behind the port: whoever took this connection."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
        self.pid = int(self.ask("/")[1])

    def ask(self, path, headers=None, body=None):
        method = "GET" if body is None else "POST"
        self.connection.request(method, path, body, headers or {})
        answer = self.connection.getresponse()
        return answer.status, answer.read()

    def status(self, token):
        return self.ask("/in", bearer(token))[0]


class Site:
    """Its workers, once all of them have answered."""

    def __init__(self, port):
        self.port = port
        self.workers = {}
        until = time.monotonic() + SECONDS
        with ExitStack() as spare:
            while len(self.workers) < WORKERS:
                found = Worker(port)
                if self.workers.setdefault(found.pid, found) is not found:
                    spare.callback(found.connection.close)
                assert time.monotonic() < until, "not all workers answer"

    def close(self):
        for each in self.workers.values():
            each.connection.close()

    def statuses(self, token):
        return {each.status(token) for each in self.workers.values()}

    def post(self, said):
        """A webhook, on a connection that any worker may take."""
        body, headers = signed(said, time.time())
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        with closing(connection):
            connection.request("POST", "/hook", body, headers)
            return connection.getresponse().status

    def end(self, sid):
        """Clerk says that the session ended; the status of the answer."""
        return self.post(event("session.revoked", {"id": sid}, time.time()))

    def exposure(self, sid):
        """Seconds from Clerk's webhook until no worker takes the session any more."""
        token = mint_now({"sid": sid})
        assert self.statuses(token) == {200}
        ended = threading.Event()
        accepted = {}

        def watch(worker):
            while not ended.is_set():
                asked = time.monotonic()
                if worker.status(token) == 200:
                    accepted[worker.pid] = asked

        threads = [
            threading.Thread(target=watch, args=[each])
            for each in self.workers.values()
        ]
        for each in threads:
            each.start()
        try:
            began = time.monotonic()
            assert self.end(sid) == 204
            while time.monotonic() < max([began, *accepted.values()]) + 0.5:
                ended.wait(0.05)
                assert time.monotonic() < began + SECONDS, "it is never refused"
        finally:
            ended.set()
            for each in threads:
                each.join(SECONDS)
        assert self.statuses(token) == {404}
        return max(0.0, max([began, *accepted.values()]) - began)


@contextmanager
def revocable_site(**settings):
    """Four workers that share what `CLERK_STORE_URL` names."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port, handle = listener.getsockname()[1], listener.fileno()
        command = [sys.executable, "-m", "gunicorn", "--chdir", str(HERE)]
        command += ["--bind", f"fd://{handle}", "--workers", str(WORKERS)]
        command += ["--worker-class", "gthread", "--threads", "4", "--keep-alive", "60"]
        command += ["--log-level", "warning", "--no-control-socket", "--preload"]
        environment = os.environ | SETTINGS | settings
        with subprocess.Popen(
            [*command, "revocable_app:make_app()"],
            pass_fds=[handle],
            env=environment,
        ) as process:
            try:
                with closing(Site(port)) as site:
                    yield site
                assert process.poll() is None
            finally:
                process.terminate()
                try:
                    process.wait(SECONDS)
                except subprocess.TimeoutExpired:
                    process.kill()
