"""Workers of a server, and visitors that know who they are, whatever happens."""

import http.client
import random
import threading
import time
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from clerk_tokens import PEM, PUBLISHABLE_KEY, bearer, mint_now
from forking_servers import running_server

USERS, VISITORS, PATIENCE = 64, 8, 20
MOST_LOST = 100  # the server is gone
SLOWEST = 20  # requests a second
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
                self.wrong += {user, *blocks[1:]} != {name} or len(blocks) != 3

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

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)

    def ask(self, name, headers):
        with closing(self.connect()) as connection:
            return asked(connection, name, headers)

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

        def work(dice):
            while not over.is_set():
                try:
                    tally.add(*self.ask(*dice.choice(self.visitors)))
                except LOST:
                    tally.lose()

        threads = begun(work)
        try:
            yield tally
        finally:
            over.set()
            ended(threads)

    def count_mixups(self, count):
        """So many answers, on a few connections; each request is somebody's."""
        tally = Tally()

        def work(dice):
            connection = self.connect()
            while tally.answers < count and tally.lost < MOST_LOST:
                try:
                    tally.add(*asked(connection, *dice.choice(self.visitors)))
                except LOST:
                    tally.lose()
                    connection.close()
            connection.close()

        ended(begun(work), PATIENCE + count / SLOWEST)
        return tally


def asked(connection, name, headers):
    """(name, status, user, blocks): who asks, and who was told that they are."""
    path = "/" if name == "None" else "/in"
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    blocks = [line.strip() for line in answer.read().decode().split("\n")[:-1]]
    return name, answer.status, answer.getheader("X-User"), blocks


def begun(work):
    dice = [random.Random(seed) for seed in range(VISITORS)]
    threads = [threading.Thread(target=work, args=(each,)) for each in dice]
    for each in threads:
        each.start()
    return threads


def ended(threads, patience=PATIENCE):
    for each in threads:
        each.join(patience)
        assert not each.is_alive(), "visitors do not come to an end"


@contextmanager
def identity_site(workers=2, server="gunicorn gthread", **settings):
    given = {"CLERK_PUBLISHABLE_KEY": PUBLISHABLE_KEY, "CLERK_JWT_KEY": PEM, **settings}
    app = "identity_app:make_app()"
    with running_server(server, app, workers, **given) as (process, port):
        yield Site(process, port)
