"""Clients that keep their connections, all in one thread, with requests made before.

They do little for each request, so that the server has the processors.
"""

import re
import select
import socket
import time
from collections import Counter
from contextlib import ExitStack, closing, contextmanager
from typing import NamedTuple

LENGTH = re.compile(rb"\r\nContent-Length: (\d+)\r\n", re.I)
WORKER = re.compile(rb"\r\nX-Worker: (\d+)\r\n")
CLIENTS = 16
PATIENCE = 20


class Client:
    """One connection, and at most one request under way."""

    def __init__(self, port):
        self.port = port
        self.connect()

    def connect(self):
        self.found, self.is_waiting = b"", False
        self.socket = socket.create_connection(("127.0.0.1", self.port), PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def fileno(self):
        return self.socket.fileno()

    def close(self):
        self.socket.close()

    def send(self, raw):
        self.found, self.is_waiting = b"", True
        self.socket.sendall(raw)

    def receive(self):
        """The status once the answer is whole, None before."""
        block = self.socket.recv(65536)
        if not block:
            raise ConnectionResetError("the server has closed the connection")
        self.found += block
        head, end, body = self.found.partition(b"\r\n\r\n")
        length = end and LENGTH.search(head + b"\r\n")
        if not length or len(body) < int(length[1]):
            return None
        self.is_waiting = False
        return int(head[9:12])

    def worker(self, raw):
        """The process that answers, and will do so until this is closed."""
        self.send(raw)
        while self.receive() is None:
            pass
        named = WORKER.search(self.found)
        assert named, f"not the application's answer: {self.found[:500]}"
        return named[1]


@contextmanager
def connected(port, raw, workers):
    """16 clients, as many at each worker: else chance would decide how busy each is.

    `raw` is a request that `load_app` answers.
    """
    with ExitStack() as stack:
        places, clients, until = Counter(), [], time.monotonic() + PATIENCE
        while len(clients) < CLIENTS:
            assert time.monotonic() < until, "one worker takes all the connections"
            client = stack.enter_context(closing(Client(port)))
            worker = client.worker(raw)
            places[worker] += 1
            if places[worker] > CLIENTS // workers:
                client.close()
            else:
                clients.append(client)
        yield clients


class Rush(NamedTuple):
    seconds: float
    answers: Counter

    def rate(self):
        return self.answers.total() / self.seconds


def rush(clients, requests):
    """All of the requests, as fast as they are answered."""
    coming, answers, started = iter(requests), Counter(), time.perf_counter()
    by_handle = {each.fileno(): each for each in clients}
    with select.epoll() as poll:
        for each, raw in zip(clients, coming, strict=False):
            poll.register(each, select.EPOLLIN)
            each.send(raw)
        while answers.total() < len(requests):
            for client in awaited(poll, by_handle):
                if status := client.receive():
                    answers[status] += 1
                    if raw := next(coming, None):
                        client.send(raw)
    return Rush(time.perf_counter() - started, answers)


def awaited(poll, by_handle):
    found = poll.poll(PATIENCE)
    assert found, "no answer comes"
    return [by_handle[handle] for handle, _ in found]
