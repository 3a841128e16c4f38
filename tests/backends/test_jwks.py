import gc
import json
import os
import weakref
from types import SimpleNamespace

import pytest
from key_clerk import (
    SECRET,
    URL,
    Clerk,
    Gate,
    exit_status_of_child,
    in_threads,
    is_found,
    join,
    jwk,
    unavailable,
)

from clerk_wsgi.backends.jwks import JwksBackend
from clerk_wsgi.core.errors import ConfigurationError, KeyNotFound

SUPPORT = "Contact support@clerk.com"
NO_KEYS = (
    "The JWKS endpoint did not contain any signing keys. Contact support@clerk.com."
)


@pytest.fixture
def clerk():
    return Clerk()


def test_clerk_is_asked_once_and_in_its_way(clerk):
    backend = clerk.backend()
    assert clerk.requests == []
    assert is_found(backend)
    assert is_found(backend)
    assert clerk.requests == [("GET", URL, None)]
    version = clerk.headers.pop("User-Agent").removeprefix("clerk-wsgi@")
    assert version[0].isdigit()
    assert clerk.headers == {
        "Authorization": f"Bearer {SECRET}",
        "Clerk-API-Version": "2026-05-12",
        "Content-Type": "application/json",
    }


@pytest.mark.parametrize(
    ("api_url", "expected"),
    [
        ("https://api.clerk.test", URL),
        ("https://api.clerk.test/", URL),
        ("https://api.clerk.test//", URL),
        ("https://proxy.test//clerk/", "https://proxy.test/clerk/v1/jwks"),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5000/v1/jwks"),
        ("http://localhost/x", "http://localhost/x/v1/jwks"),
        ("http://[::1]:5000", "http://[::1]:5000/v1/jwks"),
        ("http://clerk.localhost", "http://clerk.localhost/v1/jwks"),
    ],
)
def test_the_url_may_hold_a_path_and_slashes(clerk, api_url, expected):
    is_found(JwksBackend(api_url, "v1", SECRET, transport=clerk.transport))
    assert clerk.requests == [("GET", expected, None)]


BAD_URLS = {
    "http": "http://api.clerk.test",
    "http to a private network": "http://10.0.0.1",
    "http to the metadata service": "http://169.254.169.254",
    "http to a look-alike": "http://127.0.0.1.evil.test",
    "http to another look-alike": "http://localhost.evil.test",
    "file": "file:///etc/passwd",
    "no scheme": "api.clerk.test",
    "no host": "https://",
    "empty": "",
    "credentials": "https://user:pass@api.clerk.test",
    "empty credentials": "https://@api.clerk.test",
    "a query": "https://api.clerk.test?a=b",
    "a fragment": "https://api.clerk.test#a",
    "a port that is none": "https://api.clerk.test:x",
    "a bracket": "https://[::1",
    "a space": "https://api.clerk .test",
    "a line break": "https://api.clerk.test\n.evil.test",
    "a backslash": "https://api.clerk.test\\@evil.test",
    "another script": "https://api.clerk.tést",
}


@pytest.mark.parametrize("url", BAD_URLS.values(), ids=BAD_URLS)
def test_secrets_are_sent_to_https_hosts_only(url):
    with pytest.raises(ConfigurationError, match="CLERK_API_URL"):
        JwksBackend(url, "v1", SECRET)


@pytest.mark.parametrize("version", ["", "v1/../..", "v 1", "v1?", "/v1", "v1\n"])
def test_a_version_is_a_word(version):
    with pytest.raises(ConfigurationError, match="CLERK_API_VERSION"):
        JwksBackend("https://api.clerk.test", version, SECRET)


@pytest.mark.parametrize("key", [None, ""])
def test_without_a_secret_key_it_does_not_start(key):
    with pytest.raises(ConfigurationError, match=r"CLERK_SECRET_KEY.*missing"):
        JwksBackend("https://api.clerk.test", "v1", key)


@pytest.mark.parametrize("key", ["canary\n", " canary", "canary\r\nX: y", "canaré"])
def test_a_secret_key_that_no_header_can_hold_is_refused(key):
    with pytest.raises(ConfigurationError, match="CLERK_SECRET_KEY") as caught:
        JwksBackend("https://api.clerk.test", "v1", key)
    assert "canar" not in str(caught.value)


def test_it_is_made_from_the_options():
    options = SimpleNamespace(
        api_url="https://api.clerk.test",
        api_version="v1",
        secret_key=SECRET,
        jwt_key="",
    )
    backend = JwksBackend.from_options(options)
    assert SECRET not in repr(backend)
    options.secret_key = ""
    with pytest.raises(ConfigurationError, match="CLERK_SECRET_KEY"):
        JwksBackend.from_options(options)


FAILED = "jwk-remote-failed-to-load"
CODE = f"Error loading Clerk JWKS from {URL} with code="
INVALID_KEY = {"errors": [{}, 5, {"code": "clerk_key_invalid", "message": "Wrong."}]}
WITHOUT_MESSAGE = {"errors": [{"code": "clerk_key_invalid"}]}
KEYS = {"keys": [jwk()]}
FAULTS = {
    "invalid key": (401, INVALID_KEY, "secret-key-invalid", "Wrong."),
    "invalid key, no words": (401, WITHOUT_MESSAGE, "secret-key-invalid", ""),
    "server error": (500, {}, FAILED, CODE + "500"),
    "keys in an error": (500, KEYS, FAILED, CODE + "500"),
    "too many requests": (429, {"errors": [{"code": "x"}]}, FAILED, CODE + "429"),
    "odd errors": (403, {"errors": {"code": "x"}}, FAILED, CODE + "403"),
    "redirect with keys": (302, KEYS, FAILED, CODE + "302"),
    "created": (201, KEYS, FAILED, CODE + "201"),
    "no content": (204, b"", "unexpected-error", ""),
    "no keys": (200, {}, FAILED, NO_KEYS),
    "empty set": (200, {"keys": []}, FAILED, NO_KEYS),
    "odd set": (200, {"keys": {}}, FAILED, NO_KEYS),
    "unusable keys": (200, {"keys": [jwk(alg="HS256")]}, FAILED, NO_KEYS),
    "HTML": (200, b"<html>", "unexpected-error", ""),
    "HTML error": (502, b"<html>", "unexpected-error", ""),
    "nothing": (200, b"", "unexpected-error", ""),
    "a list": (200, [jwk()], "unexpected-error", ""),
    "truncated": (200, json.dumps(KEYS).encode()[:-1], "unexpected-error", ""),
    "compressed": (200, b"\x1f\x8b\x08", "unexpected-error", ""),
    "too deep": (200, b'{"keys":' + b"[" * 9 + b"]" * 9 + b"}", "unexpected-error", ""),
    "duplicate members": (200, b'{"keys":[],"keys":[]}', "unexpected-error", ""),
}


@pytest.mark.parametrize(
    ("status", "document", "reason", "message"), FAULTS.values(), ids=FAULTS
)
def test_an_outage_is_told_in_clerks_words(clerk, status, document, reason, message):
    clerk.say(status, document)
    error = unavailable(clerk.backend())
    action = "" if reason == "unexpected-error" else SUPPORT
    assert (error.reason, error.message, error.action) == (reason, message, action)
    assert error.retry_after == 1
    assert SECRET not in str(error)


@pytest.mark.parametrize(("status", "document"), [f[:2] for f in FAULTS.values()])
def test_a_bad_answer_never_replaces_a_good_set(clerk, status, document):
    backend = clerk.backend()
    assert is_found(backend)
    clerk.say(status, document)
    clerk.now += 301
    assert is_found(backend)
    assert len(clerk.requests) == 2


def test_no_answer_is_an_outage_without_words(clerk):
    clerk.be_down()
    error = unavailable(clerk.backend())
    assert (error.reason, error.message, error.action) == ("unexpected-error", "", "")


@pytest.mark.parametrize("kid", [None, ""])
def test_a_token_without_a_name_asks_nobody(clerk, kid):
    assert not is_found(clerk.backend(), kid)
    assert clerk.requests == []


@pytest.mark.parametrize("kid", ["keys", "__class__", "../x", "a\r\nb", "\ud800", "é"])
def test_a_name_is_only_compared(clerk, kid):
    backend = clerk.backend()
    with pytest.raises(KeyNotFound) as caught:
        backend.find_key(kid)
    assert kid not in str(caught.value)
    assert [url for _, url, _ in clerk.requests] == [URL]


def test_a_set_is_fetched_again_after_five_minutes(clerk):
    backend = clerk.backend()
    assert is_found(backend)
    clerk.now += 299.9
    assert is_found(backend)
    assert len(clerk.requests) == 1
    clerk.now += 0.1
    assert is_found(backend)
    assert len(clerk.requests) == 2


def test_a_new_key_is_found_at_once(clerk):
    backend = clerk.backend()
    assert is_found(backend, "a")
    clerk.publish("a", "b")
    assert is_found(backend, "b")
    assert len(clerk.requests) == 2


def test_a_new_key_is_found_right_after_the_set_was_fetched(clerk):
    backend = clerk.backend()
    for _ in range(3):
        assert is_found(backend, "a")
        clerk.now += 300
    assert is_found(backend, "a")
    clerk.publish("a", "b")
    assert is_found(backend, "b")


def test_a_removed_key_dies_with_its_set(clerk):
    backend = clerk.backend()
    assert is_found(backend, "a")
    clerk.publish("b")
    clerk.now += 299
    assert is_found(backend, "a")
    clerk.now += 1
    assert not is_found(backend, "a")
    assert is_found(backend, "b")


def test_a_flood_of_unknown_names_fetches_twice_in_thirty_seconds(clerk):
    backend = clerk.backend()
    assert is_found(backend)
    clerk.requests.clear()
    for number in range(60_000):
        clerk.now = 1000 + number / 1000
        assert not is_found(backend, f"unknown-{number}")
    assert len(clerk.requests) == 4
    assert is_found(backend)


def test_an_unknown_name_is_remembered_for_thirty_seconds(clerk):
    backend = clerk.backend()
    assert not is_found(backend, "b")
    assert not is_found(backend, "b")
    assert len(clerk.requests) == 1
    clerk.publish("a", "b")
    clerk.now += 29
    assert not is_found(backend, "b")
    clerk.now += 1
    assert is_found(backend, "b")


def test_one_unknown_name_leaves_a_fetch_for_another(clerk):
    backend = clerk.backend()
    assert is_found(backend)
    for _ in range(100):
        assert not is_found(backend, "x")
    clerk.publish("a", "b")
    assert is_found(backend, "b")


def test_good_tokens_do_not_notice_an_hour_of_outage(clerk):
    backend = clerk.backend()
    assert is_found(backend)
    clerk.now += 299
    clerk.be_down()
    for _ in range(3600):
        clerk.now += 1
        assert is_found(backend)
    assert len(clerk.requests) < 1 + 6 + 3600 / 30


def test_keys_are_too_old_an_hour_after_their_time(clerk):
    backend = clerk.backend()
    assert is_found(backend)
    clerk.be_down()
    clerk.now += 3899
    assert is_found(backend)
    clerk.now += 1
    assert unavailable(backend).reason == "unexpected-error"


def test_an_unknown_name_is_undecided_while_clerk_is_down(clerk):
    backend = clerk.backend()
    assert is_found(backend)
    clerk.be_down()
    assert unavailable(backend, "b").retry_after == 1
    assert is_found(backend, "a")
    clerk.publish("a", "b")
    clerk.now += 1
    assert is_found(backend, "b")


def test_a_cold_outage_is_asked_about_ever_more_seldom(clerk):
    backend = clerk.backend()
    clerk.be_down()
    asked, waits = [], []
    for second in range(120):
        clerk.requests.clear()
        for kid in ("a", "b", "c"):
            waits.append(unavailable(backend, kid).retry_after)
        asked += [second] * len(clerk.requests)
        clerk.now += 1
    assert asked == [0, 1, 3, 7, 15, 31, 61, 91]
    assert set(waits) == set(range(1, 31))


def test_a_success_forgets_the_failures(clerk):
    backend = clerk.backend()
    clerk.be_down()
    for _ in range(3):
        unavailable(backend)
        clerk.now += 5
    clerk.publish("a")
    assert is_found(backend)
    clerk.be_down()
    clerk.now += 300
    assert is_found(backend)
    assert unavailable(backend, "b").retry_after == 1


def test_two_instances_share_no_keys(clerk):
    other = Clerk("b")
    ours, theirs = clerk.backend(), other.backend()
    assert is_found(ours, "a")
    assert is_found(theirs, "b")
    assert not is_found(ours, "b")
    assert not is_found(theirs, "a")


def test_cold_threads_wait_for_one_fetch(clerk):
    backend, gate = clerk.backend(), Gate(clerk)
    threads, results = in_threads(50, lambda: is_found(backend))
    assert gate.asked.wait(30)
    gate.open.set()
    join(threads)
    assert results == [True] * 50
    assert len(clerk.requests) == 1


def test_who_has_a_key_does_not_wait_for_its_successor(clerk):
    backend = clerk.backend()
    assert is_found(backend)
    clerk.now += 300
    gate = Gate(clerk)
    threads, _ = in_threads(1, lambda: is_found(backend))
    assert gate.asked.wait(30)
    assert is_found(backend)
    gate.open.set()
    join(threads)
    assert len(clerk.requests) == 2


def test_nobody_waits_for_ever(clerk):
    backend, gate = clerk.backend(patience=0.01), Gate(clerk)
    threads, _ = in_threads(1, lambda: is_found(backend))
    assert gate.asked.wait(30)
    error = unavailable(backend)
    assert (error.reason, error.retry_after) == ("unexpected-error", 1)
    gate.open.set()
    join(threads)
    assert is_found(backend)


class Interrupted(BaseException):
    pass


def test_a_fetch_that_dies_does_not_stop_the_next(clerk):
    backend = clerk.backend()

    def die():
        raise Interrupted

    clerk.answer = die
    with pytest.raises(Interrupted):
        backend.find_key("a")
    clerk.publish("a")
    assert is_found(backend)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_forked_child_fetches_though_its_parent_was_fetching(clerk):
    backend, gate = clerk.backend(), Gate(clerk)
    threads, _ = in_threads(1, lambda: is_found(backend))
    assert gate.asked.wait(30)

    def child_finds_it():
        clerk.publish("a")
        return is_found(backend) and len(clerk.requests) == 2

    assert exit_status_of_child(child_finds_it) == 0
    gate.open.set()
    join(threads)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_forked_child_keeps_the_keys(clerk):
    backend = clerk.backend()
    assert is_found(backend)
    clerk.be_down()
    assert exit_status_of_child(lambda: is_found(backend)) == 0


def test_a_backend_that_nobody_uses_goes_away(clerk):
    gone = weakref.ref(clerk.backend())
    gc.collect()
    assert gone() is None
