"""Workers of a server, each asked over a connection of its own, while sessions end."""

import http.client
import threading
import time
from contextlib import ExitStack, closing, contextmanager

from clerk_tokens import PEM, PUBLISHABLE_KEY, bearer, mint_now
from forking_servers import running_server
from webhook_posts import SECRET, event, signed

WORKERS = 4
SECONDS = 20
STARTING = 60
PAUSES = (5, 5, 5)  # Svix: five seconds after the first refusal, then longer
TAKEN = (204, b"")
QUIET = 0.5  # nobody lets it in for so long: nobody will
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

    def __init__(self, port, workers):
        self.port = port
        self.workers = {}
        self.again = 0  # webhooks that had to be sent once more
        until = time.monotonic() + STARTING
        with ExitStack() as spare:
            while len(self.workers) < workers:
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
        """A webhook, on a connection that any worker may take; status and body."""
        body, headers = signed(said, time.time())
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        with closing(connection):
            connection.request("POST", "/hook", body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()

    def end(self, sid):
        """Clerk says that the session ended; the status and body of the answer."""
        return self.post(event("session.revoked", {"id": sid}, time.time()))

    def end_as_clerk_does(self, sid):
        """Says it again where a store in trouble refused it; how often."""
        for again, pause in enumerate(PAUSES):
            answered = self.end(sid)
            if answered == TAKEN:
                return again
            assert answered[0] == 503, f"the webhook was answered {answered}"
            time.sleep(pause)
        raise AssertionError(f"the webhook was refused {len(PAUSES)} times")

    def exposure(self, sid):
        """Seconds from Clerk's first webhook until no worker takes the session."""
        token = mint_now({"sid": sid})
        assert self.statuses(token) == {200}
        with self.watched(token) as accepted:
            began = time.monotonic()
            self.again += self.end_as_clerk_does(sid)
            while time.monotonic() < max([began, *accepted.values()]) + QUIET:
                time.sleep(0.05)
                assert time.monotonic() < began + SECONDS, "it is never refused"
        assert self.statuses(token) == {404}
        return max(0.0, max([began, *accepted.values()]) - began)

    @contextmanager
    def watched(self, token):
        """When each worker was last asked with that token and let it in."""
        over, accepted = threading.Event(), {}

        def watch(worker):
            while not over.is_set():
                asked = time.monotonic()
                if worker.status(token) == 200:
                    accepted[worker.pid] = asked

        asking = self.workers.values()
        threads = [threading.Thread(target=watch, args=[each]) for each in asking]
        for each in threads:
            each.start()
        try:
            yield accepted
        finally:
            over.set()
            for each in threads:
                each.join(SECONDS)


@contextmanager
def revocable_site(server="gunicorn gthread, preloaded", workers=WORKERS, **settings):
    """Workers that share what `CLERK_STORE_URL` names. A setting of None is none."""
    given = {name: value for name, value in (SETTINGS | settings).items() if value}
    app = "revocable_app:make_app()"
    with (
        running_server(server, app, workers, **given) as (_, port),
        closing(Site(port, workers)) as site,
    ):
        yield site
