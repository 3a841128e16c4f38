"""A host may have many addresses; the deadline is one."""

import socket
import time

import pytest

from clerk_wsgi.backends.http import HttpClient, NoAnswer
from clerk_wsgi.backends.reaching import connect


@pytest.fixture
def listening():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()


@pytest.fixture
def closed():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()


@pytest.fixture
def silent():
    """An address that does not answer, as if packets to it were lost."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        address = server.getsockname()
        fillers = [socket.socket() for _ in range(8)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(address)
        time.sleep(0.05)
        yield address
        for filler in fillers:
            filler.close()


def soon(seconds=10):
    return time.monotonic() + seconds


def test_the_first_address_that_answers_is_taken(closed, listening):
    with connect([closed, listening], 5, soon()) as found:
        assert found.getpeername() == listening
        assert 0 < found.gettimeout() <= 5


def test_an_address_that_is_silent_costs_its_patience_only(silent, listening):
    started = time.monotonic()
    with connect([silent, listening], 0.1, soon()) as found:
        assert found.getpeername() == listening
    assert time.monotonic() - started < 5


def test_many_silent_addresses_cost_no_more_than_the_deadline(silent):
    started = time.monotonic()
    with pytest.raises(TimeoutError):
        connect([silent] * 100, 0.1, soon(0.3))
    assert 0.25 < time.monotonic() - started < 5


def test_what_follows_has_the_rest_of_the_time(listening):
    with connect([listening], 5, soon(2)) as found:
        assert found.gettimeout() <= 2


def test_the_last_failure_is_told(closed):
    with pytest.raises(ConnectionRefusedError):
        connect([closed, closed], 5, soon())


def test_a_host_without_addresses_cannot_be_reached():
    with pytest.raises(OSError, match="no address"):
        connect([], 5, soon())


def test_after_the_deadline_nobody_is_asked(listening):
    with pytest.raises(TimeoutError, match="deadline"):
        connect([listening], 5, soon(-1))


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("no-such-host.invalid", "NameResolutionError"),
        ("a..b", "LocationParseError"),
        ("a" * 64 + ".test", "LocationParseError"),
    ],
)
def test_a_name_that_means_no_host_is_no_answer(host, said):
    with pytest.raises(NoAnswer, match=said):
        HttpClient().send("GET", f"http://{host}/", {})
