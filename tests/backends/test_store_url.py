"""Which URLs name a store; a wrong one stops at the start and tells no secret."""

import ssl
import subprocess
import sys

import pytest

from clerk_wsgi.backends.memory import MemoryStore
from clerk_wsgi.backends.redis import RedisStore
from clerk_wsgi.backends.store_url import read_url
from clerk_wsgi.core.errors import ConfigurationError

GIVEN = {"secret": "sk_test_1", "scope": "here"}


@pytest.mark.parametrize(
    ("url", "settings"),
    [
        ("redis://", {}),
        ("redis://cache", {"host": "cache"}),
        ("redis://cache:7000/3", {"host": "cache", "port": 7000, "db": 3}),
        ("redis://:p%40ss@cache/", {"host": "cache", "password": "p@ss"}),
        ("redis://me:pass@cache", {"username": "me", "password": "pass"}),
        ("redis://[::1]:7000", {"host": "::1", "port": 7000}),
        ("rediss://cache", {"host": "cache"}),
        ("rediss://me:pass@cache:1/2?ssl_cert_reqs=none", {"port": 1, "db": 2}),
    ],
)
def test_a_url_says_where_and_how(url, settings):
    assert settings.items() <= read_url(url, patience=1).items()


@pytest.mark.parametrize("url", ["redis://cache", "rediss://cache/1"])
def test_no_call_is_made_twice_and_none_is_endless(url):
    read = read_url(url, patience=0.5)
    assert read["retry"]._retries == 0
    assert read["socket_timeout"] == read["socket_connect_timeout"] == 0.5
    assert read["protocol"] == 2


REQUIRED = True, ssl.CERT_REQUIRED


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", REQUIRED),
        ("?ssl_cert_reqs=required", REQUIRED),
        ("?ssl_check_hostname=True", REQUIRED),
        ("?ssl_check_hostname=false", (False, ssl.CERT_REQUIRED)),
        ("?ssl_cert_reqs=none", (False, ssl.CERT_NONE)),
        ("?ssl_cert_reqs=None&ssl_check_hostname=true", (False, ssl.CERT_NONE)),
    ],
)
def test_a_certificate_is_checked_unless_the_url_says_no(query, expected):
    tls = read_url(f"rediss://cache{query}", patience=1)["tls"]()
    assert (tls.check_hostname, tls.verify_mode) == expected


def test_without_tls_there_is_none():
    assert "tls" not in read_url("redis://cache", patience=1)


HIDDEN = "hush-hush"
WRONG = {
    "no number of a port": f"redis://:{HIDDEN}@cache:port",
    "a port too high": f"redis://:{HIDDEN}@cache:70000",
    "half a bracket": f"redis://:{HIDDEN}@[::1",
    "a name for a number": f"redis://:{HIDDEN}@cache/{HIDDEN}",
    "two numbers": f"redis://:{HIDDEN}@cache/1/2",
    "a number from afar": f"redis://:{HIDDEN}@cache/\u0661",
    "a fragment": f"redis://:{HIDDEN}@cache#{HIDDEN}",
    "another scheme": f"unix://:{HIDDEN}@cache",
    "no scheme": f":{HIDDEN}@cache",
    "a parameter that we choose": f"redis://:{HIDDEN}@cache?socket_timeout=9",
    "one that nobody knows": f"redis://:{HIDDEN}@cache?colour={HIDDEN}",
    "one of TLS without TLS": f"redis://:{HIDDEN}@cache?ssl_cert_reqs=none",
    "a TLS check that is none": f"rediss://:{HIDDEN}@cache?ssl_cert_reqs={HIDDEN}",
    "a certificate that is not there": f"rediss://:{HIDDEN}@c?ssl_certfile=/{HIDDEN}",
    "an optional check": f"rediss://:{HIDDEN}@cache?ssl_cert_reqs=optional",
    "a parameter without a value": f"rediss://:{HIDDEN}@cache?ssl_ca_certs=",
    "a file that is not there": f"rediss://:{HIDDEN}@cache?ssl_ca_certs=/{HIDDEN}",
}


@pytest.mark.parametrize("url", WRONG.values(), ids=WRONG)
def test_a_wrong_url_is_refused_and_not_repeated(url):
    with pytest.raises(ConfigurationError, match="CLERK_STORE_URL") as raised:
        RedisStore.from_url(url, **GIVEN)
    error = raised.value
    while error:
        assert HIDDEN not in str(error) or error.__suppress_context__
        error = error.__cause__
    assert HIDDEN not in str(raised.value)


def test_a_store_never_shows_its_password():
    store = RedisStore.from_url(f"redis://:{HIDDEN}@127.0.0.1:1", **GIVEN)
    assert repr(store) == "<RedisStore at 127.0.0.1:1>"
    assert HIDDEN not in repr(store._connections)
    store.read("name")
    with pytest.raises(Exception, match="does not answer") as raised:
        store.entries("feed")
    assert HIDDEN not in str(raised.value)
    assert HIDDEN not in repr(store.health())


def test_without_a_secret_key_there_is_no_shared_store():
    with pytest.raises(ConfigurationError, match="CLERK_SECRET_KEY"):
        RedisStore.from_url("redis://cache", secret="", scope="here")


@pytest.mark.parametrize("url", ["memory:", "memory://here", "memory://?a=b", "", "x"])
def test_a_store_in_memory_is_nowhere_else(url):
    with pytest.raises(ConfigurationError, match="CLERK_STORE_URL"):
        MemoryStore.from_url(url, **GIVEN)


def test_a_store_in_memory_needs_no_secret():
    store = MemoryStore.from_url("memory://", secret="", scope="a scope of its own")
    store.write("name", b"1", 10)
    assert store.read("name") == b"1"


WITHOUT = """
import sys
sys.modules["redis"] = None
from clerk_wsgi.backends.redis import RedisStore
try:
    RedisStore.from_url("redis://cache", secret="s", scope="x")
except Exception as error:
    print(type(error).__name__, error)
"""


def test_a_missing_package_is_named():
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=True
    )
    assert "ConfigurationError CLERK_STORE_URL (option store_url)" in done.stdout
    assert "pip install redis" in done.stdout
