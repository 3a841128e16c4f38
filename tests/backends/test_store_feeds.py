"""A server that is not itself does not lead a feed astray, nor round in circles."""

import pytest
from redis_server import wait_until
from scripted_redis import say, scripted

from clerk_wsgi.backends.store_connections import Connections
from clerk_wsgi.backends.store_feeds import MOST_PAGES, PAGE, Feeds
from clerk_wsgi.backends.store_sealing import Sealer
from clerk_wsgi.core.errors import StoreUnavailable

NOW = 1_800_000_000
SEALER = Sealer("sk_test_1", "here")
KEY = SEALER.key("feed", "feed")


def sealed(entry):
    return SEALER.seal(KEY, entry, NOW + 100)


class Server:
    """Answers transactions about a feed with what the test says is there."""

    def __init__(self, epoch=b"-7", count=b"0", news=(), members=()):
        self.look = [epoch, count, list(news)]
        self.members = list(members)
        self.asked = []

    def ask(self, *commands):
        self.asked += [each[0] for each in commands]
        if commands[0][0] == "ZRANGEBYSCORE":
            start, most = commands[0][5:7]
            return [self.members[start : start + most]]
        if commands[0][0] == "MULTI":
            return [None] * (len(commands) - 1) + [self.look]
        return [1] * len(commands)


def feeds_of(server):
    return Feeds(server.ask, SEALER, lambda: NOW)


@pytest.mark.parametrize(
    "look",
    [
        None,
        5,
        b"OK",
        [],
        [b"-7"],
        [b"-7", b"0", None],
        [b"-7", b"many", []],
        [[], b"0", []],
        [b"-7", b"0", [5]],
        [b"-7", b"0", [[b"1-1", [b"e"]]]],
        [None, None, []],
    ],
)
def test_an_answer_that_makes_no_sense_is_an_outage(look):
    server = Server()
    server.look = look
    with pytest.raises(StoreUnavailable, match="no sense"):
        feeds_of(server).entries(KEY)
    with pytest.raises(StoreUnavailable, match="no sense"):
        feeds_of(server).append(KEY, b"1", 10)


@pytest.mark.parametrize("last", [b"", b"1", b"x-y", b"1-2-3", 5, None])
def test_a_place_in_the_stream_that_makes_no_sense_is_one_too(last):
    server = Server(count=b"1", news=[[last, [b"e", sealed(b"1")]]])
    feeds = feeds_of(server)
    with pytest.raises(StoreUnavailable, match="no sense"):
        [feeds.entries(KEY) for _ in range(2)]


def test_members_that_are_none_of_ours_are_left_out():
    odd = [b"", b"x" * 100, 5, None, [b"x"], sealed(b"1")[:-1]]
    server = Server(members=[*odd, sealed(b"1"), *odd])
    assert feeds_of(server).entries(KEY) == (b"1",)


def test_members_that_are_no_list_are_an_outage():
    server = Server()
    feeds = Feeds(
        lambda *c: [b"OK"] if c[0][0] == "ZRANGEBYSCORE" else server.ask(*c),
        SEALER,
        lambda: NOW,
    )
    with pytest.raises(StoreUnavailable):
        feeds.entries(KEY)


def test_a_stream_without_an_end_is_not_followed_for_ever():
    server = Server()
    feeds = feeds_of(server)
    feeds.entries(KEY)
    server.look = [b"-7", b"1e12", [[b"1-1", [b"e", b"x"]]] * PAGE]
    server.asked.clear()
    assert feeds.entries(KEY) == ()
    assert server.asked.count("XRANGE") == MOST_PAGES


def test_what_is_unchanged_is_not_read_again():
    server = Server(count=b"1", members=[sealed(b"1")])
    feeds = feeds_of(server)
    feeds.entries(KEY)
    server.look[2] = []
    server.asked.clear()
    assert feeds.entries(KEY) == (b"1",)
    assert "ZRANGEBYSCORE" not in server.asked
    assert "PEXPIRE" not in server.asked


def test_what_came_since_is_read_alone():
    server = Server(count=b"1", members=[sealed(b"1")])
    feeds = feeds_of(server)
    feeds.entries(KEY)
    server.look[1:] = [b"2", [[b"2-1", [b"e", sealed(b"2")]]]]
    server.asked.clear()
    assert sorted(feeds.entries(KEY)) == [b"1", b"2"]
    assert "ZRANGEBYSCORE" not in server.asked


def test_a_forked_child_knows_what_its_parent_read():
    server = Server(count=b"1", members=[sealed(b"1")])
    feeds = feeds_of(server)
    mark = feeds.entries(KEY).mark
    with feeds._lock, feeds._turn.lock:  # as a thread of the parent may have them
        feeds.renew()
    assert feeds.entries(KEY).mark == mark


def test_a_connection_that_comes_too_late_is_kept():
    """The next caller has it: a slow handshake is no outage for ever."""
    with scripted(say(b"+OK\r\n")) as server:
        server.greeting_after = 0.1
        connections = Connections(server.url, seconds=0.03)
        with pytest.raises(Exception, match="timeout"):
            connections.ask(("PING",))
        wait_until(lambda: connections._idle, "the connection is lost")
        server.greeting_after = 0
        assert server.asked == 0
        connections._seconds = 10
        assert connections.ask(("PING",)) == [b"OK"]
        assert server.connections == 1
