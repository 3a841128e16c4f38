"""Which store an instance gets, and how revocation is chosen."""

import pytest
from clerk_tokens import PEM, PUBLISHABLE_KEY
from feeds import Clock, FeedStore

from clerk_wsgi import ClerkMiddleware, ConfigurationError
from clerk_wsgi.core.events import ignore
from clerk_wsgi.core.options import Options
from clerk_wsgi.core.ports import NothingRevoked
from clerk_wsgi.instance import Instance
from clerk_wsgi.stores import open_store, scope_of

KEYS = {"publishable_key": PUBLISHABLE_KEY, "jwt_key": PEM}
REDIS = "redis://:hunter2hunter2@cache.example.com/1"


def read(**given):
    return Options.read({**KEYS, **given}, {})


def test_without_a_url_the_store_is_the_process_own_and_shared_within_it():
    stores = [open_store(read(), ignore) for _ in range(2)]
    assert type(stores[0]).__name__ == "MemoryStore"
    assert stores[0] is stores[1]
    other = read(publishable_key="pk_live_Y2xlcmsuZXhhbXBsZS5uZXQk")
    assert open_store(other, ignore) is not stores[0]


@pytest.mark.parametrize("secret", ["secret_key", "encryption_key"])
def test_a_shared_store_is_sealed_with_a_secret(secret):
    options = read(store_url=REDIS, **{secret: "sk_live_1234567890"})
    assert type(open_store(options, ignore)).__name__ == "RedisStore"


def test_a_shared_store_without_a_secret_fails_at_start():
    with pytest.raises(ConfigurationError, match="CLERK_SECRET_KEY"):
        ClerkMiddleware(lambda *_: [], store_url=REDIS, **KEYS)


def test_every_clerk_instance_has_a_scope_of_its_own():
    scopes = {
        scope_of(read(**given))
        for given in (
            {},
            {"api_url": "https://api.example.com"},
            {"api_version": "v2"},
            {"publishable_key": "pk_live_Y2xlcmsuZXhhbXBsZS5uZXQk"},
        )
    }
    assert len(scopes) == 4


def test_who_takes_webhooks_with_the_secret_key_alone_is_heard_by_the_others():
    secret = {"secret_key": "sk_live_1234567890"}
    assert scope_of(Options.read(secret, {})) == scope_of(read(**secret))


def test_the_url_may_be_a_variable_and_is_never_shown():
    env = {"CLERK_STORE_URL": REDIS, "CLERK_REVOCATION": "required"}
    options = Options.read(KEYS, env)
    assert (options.store_url, options.revocation) == (REDIS, "required")
    for shown in (repr(options), options.told):
        assert "hunter2hunter2" not in shown


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"store_url": "localhost:6379"}, "option store_url must be memory://"),
        ({"store_url": 7}, "option store_url must be text"),
        ({"store_url": "memory://somewhere"}, "memory:// and nothing more"),
        ({"store_url": "nosuch://host"}, "No backend is called 'nosuch'.*STORE_URL"),
        ({"store_url": "pem://host"}, "'pem'.*is no store"),
        ({"revocation": "on"}, "option revocation must be one of off, best-effort"),
        ({"revocation": True}, "option revocation must be one of"),
        ({"revocation_max_age_in_ms": 1999}, "2000 or more"),
        ({"revocation_max_age_in_ms": "5000"}, "number of milliseconds"),
    ],
    ids=str,
)
def test_a_wrong_one_fails_when_the_chain_is_built(given, said):
    with pytest.raises(ConfigurationError, match=said):
        ClerkMiddleware(lambda *_: [], **KEYS, **given)


def test_a_store_of_ones_own_stands_in():
    store = FeedStore(Clock())
    instance = Instance.load(read(), store=store)
    instance.revocations.follow()
    assert store.reads == 1


def test_off_means_that_nobody_looks():
    store = FeedStore(Clock())
    instance = Instance.load(read(revocation="off"), store=store)
    assert instance.revocations is None
    assert type(instance.on_arrival.revocations) is NothingRevoked


@pytest.mark.parametrize("mode", ["best-effort", "required"])
def test_the_mode_and_its_bound_reach_the_follower(mode):
    options = read(revocation=mode, revocation_max_age_in_ms=2500)
    follower = Instance.load(options, store=FeedStore(Clock())).revocations
    assert follower.is_required is (mode == "required")
    assert follower.max_age == 2.5


def test_one_store_for_all_tenants_would_mix_them_up():
    with pytest.raises(ConfigurationError, match="store be left out"):
        ClerkMiddleware(
            lambda *_: [], options=lambda request: KEYS, store=FeedStore(Clock())
        )


def test_users_are_kept_where_other_processes_share_them():
    assert Instance.load(read()).users is None
    assert Instance.load(read(), store=FeedStore(Clock())).users is not None
    shared = read(store_url=REDIS, secret_key="sk_live_1234567890")
    assert Instance.load(shared).users is not None
