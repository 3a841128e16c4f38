"""Who listens is told in time, not too often, and whatever happens."""

import logging
import threading
import time
from contextlib import contextmanager

import pytest
from redis_server import wait_until

from clerk_wsgi.backends.store_listening import Listening
from clerk_wsgi.backends.store_news import News
from clerk_wsgi.core.errors import StoreUnavailable


class Source:
    """News on demand; `fail` makes the next subscription or the current wait fail."""

    def __init__(self):
        self.news = threading.Event()
        self.failing = False
        self.subscriptions = 0

    @contextmanager
    def subscribe(self):
        self.subscriptions += 1
        if self.failing:
            raise OSError("no feed")
        yield self.wait

    def wait(self, seconds):
        self.news.wait(seconds)
        self.news.clear()
        if self.failing:
            raise OSError("the feed was cut")


@pytest.fixture
def source():
    return Source()


@pytest.fixture
def listen(source):
    begun = []

    def listen(told, poll=30.0):
        begun.append(Listening(source.subscribe, told, poll=poll, dice=lambda: 0.5))
        return begun[-1]

    yield listen
    for each in begun:
        each.end()
        source.news.set()


def test_it_is_told_at_the_beginning_and_of_news(source, listen):
    told = []
    listen(lambda: told.append(1))
    wait_until(lambda: len(told) == 1, "it is not told")
    source.news.set()
    wait_until(lambda: len(told) == 2, "it is not told of news")


def test_without_news_it_is_told_now_and_then(source, listen):
    told = []
    listen(lambda: told.append(1), poll=0.01)
    wait_until(lambda: len(told) > 4, "it is not told")
    assert source.subscriptions == 1


def test_a_flood_of_news_is_told_of_a_few_times(source, listen):
    told = []
    listen(lambda: told.append(1))
    until = time.monotonic() + 0.5
    while time.monotonic() < until:
        source.news.set()
        time.sleep(0.001)
    assert 2 <= len(told) <= 12


def test_who_takes_long_is_not_always_at_work(source, listen):
    told = []

    def slowly():
        told.append(1)
        time.sleep(0.05)

    listen(slowly)
    until = time.monotonic() + 0.6
    while time.monotonic() < until:
        source.news.set()
        time.sleep(0.001)
    assert len(told) <= 4


def test_a_feed_that_was_cut_is_subscribed_to_again(source, listen):
    told = []
    listen(lambda: told.append(1), poll=0.05)
    wait_until(lambda: told, "it is not told")
    source.failing = True
    wait_until(lambda: source.subscriptions > 2, "it does not try again")
    seen = len(told)
    wait_until(lambda: len(told) > seen, "it is not told meanwhile")
    source.failing = False
    tried = source.subscriptions
    wait_until(lambda: source.subscriptions > tried, "it gave up")
    seen = len(told)
    source.news.set()
    wait_until(lambda: len(told) > seen, "it is told no more")


@pytest.mark.parametrize(
    ("error", "is_logged"), [(StoreUnavailable("away"), False), (KeyError("x"), True)]
)
def test_who_fails_is_told_again(source, listen, caplog, error, is_logged):
    told = []

    def fail():
        told.append(1)
        raise error

    with caplog.at_level(logging.ERROR, "clerk_wsgi"):
        listen(fail, poll=0.01)
        wait_until(lambda: len(told) > 2, "it is told no more")
    assert bool(caplog.records) is is_logged


@pytest.mark.parametrize("trouble", [False, StoreUnavailable("away")], ids=repr)
def test_who_could_not_read_need_not_wait_for_other_news(listen, trouble):
    told = []

    def fail_twice():
        told.append(1)
        if len(told) < 3 and trouble:
            raise trouble
        return len(told) == 3

    listen(fail_twice, poll=3600)
    wait_until(lambda: len(told) == 3, "it is told no more")


def test_the_end_ends_the_thread(source, listen):
    before = set(threading.enumerate())
    listening = listen(lambda: None)
    (thread,) = set(threading.enumerate()) - before
    assert thread.daemon
    listening.end()
    source.news.set()
    thread.join(10)
    assert not thread.is_alive()


class Line:
    """A connection on which the server says what it is told to."""

    def __init__(self, *said):
        self.said = list(said)
        self.sent = []

    def allow(self, until):
        pass

    def pack_commands(self, commands):
        return commands

    def send_packed_command(self, packed, check_health):
        self.sent += packed

    def can_read(self, seconds):
        if not self.said:
            time.sleep(seconds)
        return bool(self.said)

    def read_response(self):
        return self.said.pop(0)


TAKEN = [b"subscribe", b"channel", 1]
MESSAGE = [b"message", b"channel", b""]
PONG = [b"pong", b""]


def test_messages_that_came_together_are_read_together():
    line = Line(TAKEN, *[MESSAGE] * 5)
    News(line, "channel").wait(10)
    assert line.said == []
    assert line.sent == [("SUBSCRIBE", "channel")]


def test_a_silent_server_is_asked_and_then_given_up():
    line = Line(TAKEN)
    news = News(line, "channel")
    news.wait(0.01)
    assert line.sent[1:] == [("PING",)]
    with pytest.raises(ConnectionError, match="silent"):
        news.wait(0.01)


def test_one_that_answers_is_no_news_and_asked_again():
    line = Line(TAKEN)
    news = News(line, "channel")
    for _ in range(3):
        news.wait(0.01)
        line.said.append(PONG)
    assert line.sent[1:] == [("PING",)] * 3


@pytest.mark.parametrize("said", [b"OK", 5, [], [b"message"], ValueError("no")])
def test_a_subscription_that_is_not_taken_is_none(said):
    with pytest.raises(ConnectionError, match="not taken"):
        News(Line(said), "channel")
