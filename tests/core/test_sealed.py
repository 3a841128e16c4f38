"""What is carried inward is sealed: as Clerk's, in a format of our own."""

import json

import pytest
from clerk_vectors import cases

from clerk_wsgi.core.errors import ConfigurationError
from clerk_wsgi.core.sealed import encryption_key, seal, unseal

CASES = cases("dynamic_keys")
SECRET = {"secret_key": "sk_test_per_request"}


def of(kind):
    found = [case for case in CASES if case["kind"] == kind]
    assert found
    return pytest.mark.parametrize("case", found, ids=lambda case: case["name"])


@of("encrypt")
def test_what_clerk_carries_we_carry(case):
    data = json.loads(case["plaintext"])
    sealed = seal(data, case["passphrase"])
    assert unseal(sealed, case["passphrase"]) == data
    assert not any(str(value) in sealed for value in data.values())


@of("decrypt")
def test_clerks_own_unauthenticated_format_is_refused_like_any_other_text(case):
    with pytest.raises(ConfigurationError, match="code=encryption_key_invalid"):
        unseal(case["base64"], case["passphrase"])


def test_each_sealing_differs_and_each_changed_letter_is_noticed():
    first, second = seal(SECRET, "k"), seal(SECRET, "k")
    assert first != second
    for place in range(0, len(first), 7):
        other = "A" if first[place] != "A" else "B"
        with pytest.raises(ConfigurationError):
            unseal(first[:place] + other + first[place + 1 :], "k")


def test_another_key_opens_nothing():
    with pytest.raises(ConfigurationError, match="code=encryption_key_invalid"):
        unseal(seal(SECRET, "one"), "other")


@pytest.mark.parametrize("text", ["x", "a.b.c.d.e", "....", "\u00fc", "[]", "\0"])
def test_what_was_never_sealed_is_refused(text):
    with pytest.raises(ConfigurationError):
        unseal(text, "k")


def test_nothing_is_the_empty_text():
    assert seal({"secret_key": None}, "k") == ""
    assert unseal("", "k") == {}


def test_a_secret_of_the_request_needs_the_encryption_key():
    with pytest.raises(ConfigurationError, match="Missing `CLERK_ENCRYPTION_KEY`"):
        encryption_key(SECRET, "", "sk_live_of_the_site")
    assert encryption_key(SECRET, "enc", "sk_live_of_the_site") == "enc"


def test_else_the_sites_own_secret_seals():
    assert encryption_key({"sign_in_url": "/in"}, "", "sk_live_x") == "sk_live_x"
    with pytest.raises(ConfigurationError, match="CLERK_ENCRYPTION_KEY"):
        encryption_key({"sign_in_url": "/in"}, "", "")
