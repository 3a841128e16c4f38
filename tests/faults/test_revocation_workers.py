"""Four workers and a real store: who is revoked is out, everywhere, and soon.

How soon `figures_revocation.py` measures: on a busy machine that is no matter of tests.
"""

import time

import pytest
from clerk_tokens import mint_now
from redis_server import KINDS, running, wait_until
from revocation_workers import revocable_site

TOKENS_LIFE = 60
REQUIRED = {"CLERK_REVOCATION": "required", "MAX_AGE_IN_MS": "2000"}


@pytest.fixture(scope="module", params=KINDS)
def store(request):
    with running(request.param) as server:
        yield server


@pytest.fixture(scope="module")
def site(store):
    with revocable_site(CLERK_STORE_URL=store.url) as site:
        yield site


@pytest.mark.parametrize("number", range(3))
def test_a_revoked_session_is_refused_by_every_worker(site, number):
    assert site.exposure(f"sess_{number}") < TOKENS_LIFE / 2


def test_other_sessions_stay(site):
    site.exposure("sess_gone")
    assert site.statuses(mint_now({"sid": "sess_stays"})) == {200}


def test_what_the_store_forgets_the_workers_know(site, store):
    token = mint_now({"sid": "sess_flushed"})
    site.exposure("sess_flushed")
    store.say("FLUSHALL")
    assert site.statuses(token) == {404}
    with revocable_site(CLERK_STORE_URL=store.url) as later:
        wait_until(lambda: later.statuses(token) == {404}, "nobody told them")


def test_what_was_said_while_the_store_was_away_all_know_when_it_is_back():
    token = mint_now({"sid": "sess_away"})
    with (
        running("redis") as store,
        revocable_site(CLERK_STORE_URL=store.url) as site,
    ):
        assert site.statuses(token) == {200}
        store.stop()
        assert site.end("sess_away")[0] == 503
        assert site.statuses(token) == {200, 404}
        store.start()
        wait_until(lambda: site.statuses(token) == {404}, "not all were told")


@pytest.mark.parametrize("trouble", ["stop", "hang"])
def test_where_it_is_required_a_dead_store_lets_nobody_in(trouble):
    with (
        running("redis") as store,
        revocable_site(CLERK_STORE_URL=store.url, **REQUIRED) as site,
    ):
        site.statuses(mint_now())  # the feed begins; tokens of this second are older
        wait_until(lambda: site.statuses(mint_now()) == {200}, "nobody gets in")
        getattr(store, trouble)()
        wait_until(lambda: site.statuses(mint_now()) == {503}, "somebody gets in")
        for _ in range(20):
            assert site.statuses(mint_now()) == {503}


def test_where_it_is_not_a_dead_store_stops_nobody():
    with (
        running("redis") as store,
        revocable_site(CLERK_STORE_URL=store.url) as site,
    ):
        assert site.statuses(mint_now()) == {200}
        store.stop()
        until = time.monotonic() + 1
        while time.monotonic() < until:
            assert site.statuses(mint_now()) == {200}
