"""The follower: what one process says, all know, and nobody waits for a store."""

import gc
import os
import threading
from contextlib import suppress
from functools import partial

import pytest
from clerk_tokens import PEM, mint
from feeds import Clock, FeedStore

from clerk_wsgi.backends.memory import MemoryStore
from clerk_wsgi.backends.pem import PemBackend
from clerk_wsgi.core.cutoffs import (
    FEED,
    LIFE_MS,
    MOST,
    PROFILE,
    REVOKED,
    SESSION,
    UNVOUCHED,
    USER,
    RevocationsUnavailable,
    cut_off,
    read_entry,
)
from clerk_wsgi.core.errors import StoreUnavailable
from clerk_wsgi.core.events import OutageEnded, OutageStarted, Revoked
from clerk_wsgi.core.session_tokens import note
from clerk_wsgi.core.tokens import parse_token
from clerk_wsgi.feed import MOST_TIMES, NAME, Feed
from clerk_wsgi.revocations import LOST, Revocations

KEY = PemBackend(PEM).find_key(None)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(clock):
    return FeedStore(clock)


@pytest.fixture
def follow(store, clock):
    """Makes followers of one store; their events are in `.events`."""

    def follow(**options):
        events = []
        given = {"clock": clock.ms, "ticks": clock.ticks, "emit": events.append}
        follower = Revocations(store, **given | options)
        follower.events = events
        return follower

    return follow


def session(now, sid="sess_1", sub="user_1"):
    token = mint({"sid": sid, "sub": sub}, now=int(now))
    return note(parse_token(token), KEY, 5000)


@pytest.fixture
def verified(clock):
    return session(clock.seconds - 10)


def cutoff(clock, kind=SESSION, name="sess_1", at=None):
    return cut_off(kind, name, at, clock.ms())


def published(store):
    found = [read_entry(entry) for _, entry, _ in store.appended]
    return [each.id for each in found if each.kind != FEED]


def test_nothing_is_asked_before_somebody_wants_to_know(follow, store, verified):
    follower = follow()
    assert (store.reads, store.listening) == (0, [])
    assert follower.health().status == "idle"
    assert follower.judge(verified) is None
    assert (store.reads, len(store.listening)) == (1, 1)
    for _ in range(3):
        follower.judge(verified)
    assert store.reads == 1


def test_what_is_cut_off_here_is_cut_off_at_once(follow, clock, verified):
    follower = follow()
    follower.cut(cutoff(clock))
    assert follower.judge(verified) == REVOKED
    assert follower.judge(session(clock.seconds, sid="sess_2")) is None


def test_others_know_as_soon_as_they_are_told(follow, store, clock, verified):
    one, other = follow(), follow()
    assert other.judge(verified) is None
    one.cut(cutoff(clock))
    store.tell()
    assert other.judge(verified) == REVOKED


def test_a_process_that_starts_later_knows_from_its_first_request(
    follow, clock, verified
):
    follow().cut(cutoff(clock))
    assert follow().judge(verified) == REVOKED


def test_users_are_cut_off_for_machines_too(follow, clock):
    follower = follow()
    follower.cut(cutoff(clock, USER, "user_1"), cutoff(clock))
    assert follower.is_user_cut_off("user_1", clock.seconds + 5)
    assert not follower.is_user_cut_off("user_2", clock.seconds)
    assert follower.is_session_cut_off("sess_1")
    assert not follower.is_session_cut_off("sess_2")


def test_a_store_that_is_away_changes_nothing_here(follow, store, clock, verified):
    follower = follow()
    store.trouble = "gone"
    with pytest.raises(StoreUnavailable):
        follower.cut(cutoff(clock))
    assert follower.judge(verified) == REVOKED
    other = follow()
    assert other.judge(verified) is None
    store.trouble = None
    store.tell(1)
    assert published(store) == ["sess_1"]
    store.tell(1)
    assert other.judge(verified) == REVOKED


def test_what_was_heard_is_not_said_again(follow, store, clock):
    follower = follow()
    follower.cut(cutoff(clock))
    for _ in range(60):
        store.tell(1)
    assert published(store) == ["sess_1"]


def test_what_a_full_store_drops_is_said_a_few_times_only(follow, store, clock):
    follower = follow()
    follower.cut(cutoff(clock))
    for _ in range(100):
        store.kept = {e: u for e, u in store.kept.items() if b"sess_1" not in e}
        store.tell(1)
    assert len(published(store)) == MOST_TIMES + 1


def test_what_the_store_lost_is_said_again_by_whoever_knows_it(
    follow, store, clock, verified
):
    one, other = follow(), follow()
    other.judge(verified)
    one.cut(cutoff(clock))
    store.tell()
    del one
    gc.collect()
    store.flush()
    store.tell(1)
    assert OutageStarted("revocations", LOST, 4.0) in other.events
    assert isinstance(other.events[-1], OutageEnded)
    assert other.judge(verified) == REVOKED
    assert follow().judge(verified) == REVOKED


def test_what_is_over_is_not_given_back(follow, store, clock):
    follower = follow()
    follower.cut(cutoff(clock))
    clock.seconds += 25 * 3600
    store.flush()
    store.tell()
    assert published(store) == ["sess_1"]
    store.tell(61)
    assert follower.health().cutoffs == 0


def test_an_entry_that_is_none_hurts_nobody(follow, store, clock, verified):
    store.append(NAME, b"not json", 60)
    store.append(NAME, cutoff(clock).entry, 60)
    follower = follow()
    assert follower.judge(verified) == REVOKED


def test_a_feed_that_cannot_be_read_is_told_of_once(follow, store, clock, verified):
    follower = follow()
    follower.judge(verified)
    store.trouble = "no answer"
    for _ in range(3):
        store.tell(1)
    assert follower.events == [OutageStarted("revocations", "no answer", 4.0)]
    assert follower.health() == ("fresh", 3, 0, "no answer")
    store.tell(10)
    assert follower.health().status == "stale"
    store.trouble = None
    store.tell(1)
    assert follower.events[1:] == [OutageEnded("revocations", 13)]
    assert follower.health() == ("fresh", 0, 0, None)


def test_a_feed_that_was_never_read_has_no_age(follow, store, verified):
    store.trouble = "no answer"
    follower = follow()
    assert follower.judge(verified) is None
    assert follower.health() == ("stale", None, 0, "no answer")


def test_each_cutoff_is_told_of_once(follow, store, clock, verified):
    one, other = follow(), follow()
    other.judge(verified)
    for _ in range(3):
        one.cut(cutoff(clock))
        store.tell(1)
    one.cut(cutoff(clock, PROFILE, "user_1", clock.ms()))
    store.tell(1)
    assert one.events == other.events == [Revoked(SESSION, "sess_1")]
    late = follow()
    late.judge(verified)
    assert late.events == []


def test_a_read_only_store_is_still_read(follow, store, clock, verified):
    follow().cut(cutoff(clock))
    store.read_only = True
    other = follow()
    assert other.judge(verified) == REVOKED
    assert other.events == []


def test_a_feed_that_cannot_be_begun_is_an_outage(follow, store, verified):
    store.read_only = True
    follower = follow(is_required=True)
    with pytest.raises(RevocationsUnavailable):
        follower.judge(verified)
    assert [type(each) for each in follower.events] == [OutageStarted]


def test_required_means_nobody_is_judged_by_old_news(follow, store, clock, verified):
    follow().judge(verified)
    clock.seconds += 10
    fresh = session(clock.seconds)
    follower = follow(is_required=True, max_age=5)
    assert follower.judge(fresh) is None
    store.trouble = "hangs"
    store.tell(5)
    assert follower.judge(fresh) is None
    store.tell(0.5)
    for ask in (follower.require, lambda: follower.judge(fresh)):
        with pytest.raises(RevocationsUnavailable) as caught:
            ask()
        assert caught.value.retry_after == 5
    store.trouble = None
    store.tell()
    assert follower.judge(fresh) is None


def test_required_means_a_store_that_is_away_lets_nobody_in(follow, store, verified):
    store.trouble = "refused"
    with pytest.raises(RevocationsUnavailable):
        follow(is_required=True).judge(verified)


def test_required_means_nothing_is_believed_of_before_the_feed_began(
    follow, store, clock
):
    follower = follow(is_required=True)
    old, new = session(clock.seconds), session(clock.seconds + 1)
    assert follower.judge(old) == UNVOUCHED
    assert follower.judge(new) is None
    clock.seconds += 1000
    store.flush()
    store.tell()
    assert follower.judge(new) == UNVOUCHED
    assert follower.judge(session(clock.seconds + 1)) is None
    assert follow().judge(old) is None


def test_processes_that_start_together_agree_on_the_first_beginning(
    follow, store, clock
):
    old = clock.seconds
    first = follow(is_required=True)
    first.require()
    kept = dict(store.kept)
    store.kept.clear()
    clock.seconds += 5
    second = follow(is_required=True)
    second.require()
    store.kept |= kept
    store.tell()
    for follower in (first, second):
        assert follower.judge(session(old)) == UNVOUCHED
        assert follower.judge(session(old + 1)) is None


def test_the_beginning_of_the_feed_does_not_pass_away(follow, store, clock):
    began = clock.seconds
    follower = follow(is_required=True)
    follower.require()
    for _ in range(40):
        store.tell(LIFE_MS[FEED] / 1000 / 10)
    assert follower.judge(session(began + 1)) is None
    assert len([e for _, e, _ in store.appended if b'"feed"' in e]) < 12


def test_nobody_is_called_who_is_gone(follow, store, verified):
    follower = follow()
    follower.judge(verified)
    del follower
    gc.collect()
    assert store.listening == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_forked_child_follows_by_itself_and_knows_what_was_known(
    follow, store, clock, verified
):
    follower = follow()
    follower.cut(cutoff(clock))
    parent = store.listening[0]
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        said = "unknown"
        if follower.judge(verified) == REVOKED and parent not in store.listening:
            said = f"{len(store.listening)} {store.reads}"
        os.write(writing, said.encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        assert answer.read() == f"1 {store.reads + 1}"
    assert store.listening == [parent]


def test_with_a_real_store_the_news_come_by_themselves(clock, verified):
    """A thread of the store's; the events tell when, so nothing sleeps."""
    store, heard = MemoryStore(), threading.Event()

    def emit(event):
        heard.set()

    one = Revocations(store, clock=clock.ms)
    other = Revocations(store, clock=clock.ms, emit=emit)
    assert other.judge(verified) is None
    one.cut(cutoff(clock))
    assert heard.wait(5)
    assert other.judge(verified) == REVOKED


def test_what_is_cut_off_while_many_threads_ask_for_the_first_time_stays_so(
    follow, clock, verified
):
    for _ in range(100):
        follower, gate = follow(), threading.Barrier(4)

        def ask(follower=follower, gate=gate):
            gate.wait(10)
            follower.judge(verified)

        threads = [threading.Thread(target=ask) for _ in range(3)]
        for each in threads:
            each.start()
        gate.wait(10)
        follower.cut(cutoff(clock))
        for each in threads:
            each.join(10)
        assert follower.judge(verified) == REVOKED


def in_time(work):
    """Does it end, where it might wait for itself?"""
    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    worker.join(10)
    return not worker.is_alive()


def test_a_listener_to_events_may_ask_while_it_is_told(store, follow):
    followers = []
    store.trouble = "away"
    followers.append(follow(emit=lambda event: followers[0].require()))
    assert in_time(followers[0].require)


def test_a_listener_to_events_may_revoke_while_it_is_told(store, follow, clock):
    def told(event):
        if event == Revoked(SESSION, "sess_1"):
            followers[0].cut(cut_off(USER, "user_1", None, clock.ms()))

    followers = [follow(emit=told)]
    followers[0].require()
    store.append(NAME, cut_off(SESSION, "sess_1", None, clock.ms()).entry, 60)
    assert in_time(partial(store.tell, 1))
    assert followers[0].is_user_cut_off("user_1", 0)


def test_what_could_not_be_told_does_not_grow_without_end(store, clock):
    store.trouble = "away"
    feed = Feed(store, clock.ms, clock.ticks)
    for number in range(MOST + 10):
        with suppress(StoreUnavailable):
            feed.share(cut_off(SESSION, f"sess_{number}", None, clock.ms()))
    assert len(feed._pending) == MOST
