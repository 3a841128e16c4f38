"""Sends what `Webhooks` keeps, in order, from a thread of its own."""

import logging
import os
from collections.abc import Callable, Mapping
from threading import Event, Lock, Thread

from clerk_wsgi.backends.forks import renew_after_fork
from clerk_wsgi.backends.http import HttpClient, NoAnswer
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.state import Change
from clerk_wsgi.local.webhooks import Webhooks

Send = Callable[[str, Mapping[str, str], bytes], int]
"""`(url, headers, body) -> status`. Raises NoAnswer."""

PATIENCE = 15
LARGEST_ANSWER = 1024 * 1024
LOOK_SECONDS = 30.0
TURN_SECONDS = 2 * PATIENCE
OTHERS_TURN = 0.5
CLOSING_SECONDS = 2
"""Whoever answers later than that is asked again after a restart."""

LOG = logging.getLogger(__name__)


class WebhookSender:
    """One delivery after the other, also when several processes share a file: one of
    them has the turn, and loses it when it is silent for half a minute.

    The thread starts when there is something to send, again in a forked child.
    `send` makes a request.
    """

    def __init__(self, webhooks: Webhooks, send: Send | None = None) -> None:
        self.webhooks = webhooks
        self.records = webhooks.state.records
        self._send = send or over_http()
        self._stopped = Event()
        self.renew()
        renew_after_fork(self)
        webhooks.state.after.append(self._told)

    def renew(self) -> None:
        """A forked child has no thread, and is somebody else."""
        self._lock = Lock()
        self._wake = Event()
        self._thread: Thread | None = None
        self._name = f"{os.getpid()}-{id(self)}"

    def start(self) -> None:
        """Send what waits. Does nothing without a URL, or while a thread does it."""
        if self.webhooks.url is None or self._stopped.is_set():
            return
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(
                    target=self._run, name="clerk-local-webhooks", daemon=True
                )
                self._thread.start()

    def close(self) -> None:
        """Nothing is sent any more; what was not, is when the file is opened again."""
        self._stopped.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(CLOSING_SECONDS)

    def deliver(self) -> float | None:
        """Send what is due. Gives the seconds until there is more to do, if known."""
        due, later = self.webhooks.due()
        while due:
            for delivery in due:
                if self._stopped.is_set() or not self._has_turn():
                    return OTHERS_TURN
                self._try(delivery)
            due, later = self.webhooks.due()
            if not due:
                self._end_turn()
        return None if later is None else max(0.0, later - self.webhooks.now())

    def _told(self, changes: list[Change]) -> None:
        if self.webhooks.url is not None:
            self.start()
            self._wake.set()

    def _run(self) -> None:
        wake = self._wake
        while not self._stopped.is_set():
            try:
                pause = self.deliver()
            except Exception:
                pause = None
                if not self._is_closed():
                    LOG.exception("Webhooks could not be sent.")
            # Now and then it looks for what a process left that has ended.
            wake.wait(LOOK_SECONDS if pause is None else min(pause, LOOK_SECONDS))
            wake.clear()

    def _is_closed(self) -> bool:
        """Asked anew: another thread may have closed it meanwhile."""
        return self._stopped.is_set()

    def _try(self, delivery: Document) -> None:
        message = self.webhooks.begin(delivery)
        if message is None:
            return
        headers, body = self.webhooks.signed(message)
        try:
            status = self._send(str(self.webhooks.url), headers, body)
        except NoAnswer as error:
            self.webhooks.finish(message["id"], {"error": str(error)}, is_ok=False)
        else:
            is_ok = 200 <= status < 300
            self.webhooks.finish(message["id"], {"status": status}, is_ok=is_ok)

    def _has_turn(self) -> bool:
        now = self.webhooks.now()
        with self.records.changing():
            known = self.records.get("turn", "webhooks")
            if known and known["name"] != self._name and now < known["until"]:
                return False
            turn = {"id": "webhooks", "name": self._name, "until": now + TURN_SECONDS}
            self.records.keep("turn", turn)
        return True

    def _end_turn(self) -> None:
        with self.records.changing():
            known = self.records.get("turn", "webhooks")
            if known and known["name"] == self._name:
                self.records.drop("turn", "webhooks")


def over_http() -> Send:
    client = HttpClient(read=PATIENCE, total=PATIENCE, max_body=LARGEST_ANSWER)

    def send(url: str, headers: Mapping[str, str], body: bytes) -> int:
        return client.send("POST", url, headers, body).status

    return send
