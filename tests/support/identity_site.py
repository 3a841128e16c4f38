"""Workers of gunicorn, and visitors that know who they are, whatever happens."""

import http.client
import os
import random
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from clerk_tokens import PEM, PUBLISHABLE_KEY, bearer, mint_now

HERE = Path(__file__).parent
USERS, VISITORS, PATIENCE = 64, 8, 20
LOST = (OSError, http.client.HTTPException)


class Tally:
    """What visitors saw. Lost connections are nobody's identity."""

    def __init__(self):
        self.answers = self.wrong = self.failed = self.lost = 0
        self.processes = set()
        self.lock = threading.Lock()

    def add(self, name, status, user, blocks):
        with self.lock:
            self.answers += 1
            self.failed += status != 200
            if status == 200:
                self.processes.add(int(blocks[0]))
                self.wrong += {user, *blocks[1:]} != {name}

    def lose(self):
        with self.lock:
            self.lost += 1


class Site:
    def __init__(self, process, port):
        self.process, self.port = process, port
        until, exp = time.monotonic() + PATIENCE, int(time.time()) + 3600
        names = [f"user_{number}" for number in range(USERS)]
        self.visitors = [("None", {})] + [
            (name, bearer(mint_now({"sub": name, "exp": exp}))) for name in names
        ]
        while not self.workers():
            assert time.monotonic() < until, "no worker comes"
            time.sleep(0.05)

    def workers(self):
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(each) for each in path.read_text().split()]

    def ask(self, name, headers):
        path = "/" if name == "None" else "/in"
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=PATIENCE
        )
        with closing(connection):
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            blocks = answer.read().decode().split("\n")[:-1]
            return name, answer.status, answer.getheader("X-User"), blocks

    def warm_up(self, workers):
        """Until so many processes have let a user in."""
        tally, until = Tally(), time.monotonic() + PATIENCE
        while len(tally.processes) < workers:
            assert time.monotonic() < until, "not all workers let users in"
            with suppress(*LOST):
                tally.add(*self.ask(*self.visitors[1]))

    @contextmanager
    def visited(self):
        """Requests from all sides while the block runs; gives what comes of them."""
        tally, over = Tally(), threading.Event()

        def work(seed):
            dice = random.Random(seed)
            while not over.is_set():
                try:
                    tally.add(*self.ask(*dice.choice(self.visitors)))
                except LOST:
                    tally.lose()

        threads = [threading.Thread(target=work, args=(n,)) for n in range(VISITORS)]
        for each in threads:
            each.start()
        try:
            yield tally
        finally:
            over.set()
            for each in threads:
                each.join(PATIENCE)


@contextmanager
def identity_site(workers=2, **settings):
    given = {"CLERK_PUBLISHABLE_KEY": PUBLISHABLE_KEY, "CLERK_JWT_KEY": PEM, **settings}
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port, handle = listener.getsockname()[1], listener.fileno()
        command = [sys.executable, "-m", "gunicorn", "--chdir", str(HERE)]
        command += ["--bind", f"fd://{handle}", "--workers", str(workers)]
        command += ["--worker-class", "gthread", "--threads", "4"]
        command += ["--log-level", "critical", "--no-control-socket"]
        command += ["--graceful-timeout", "5", "identity_app:make_app()"]
        with subprocess.Popen(
            command, pass_fds=[handle], env=os.environ | given
        ) as process:
            try:
                yield Site(process, port)
                assert process.poll() is None
            finally:
                process.terminate()
                try:
                    process.wait(PATIENCE)
                except subprocess.TimeoutExpired:
                    process.kill()
