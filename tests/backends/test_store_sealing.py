"""Who can write the store can drop what is there, and make nothing up."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clerk_wsgi.backends.store_sealing import Sealer, until_of
from clerk_wsgi.core.errors import ConfigurationError

NOW = 1_800_000_000
SEALER = Sealer("sk_test_secret", "here")
KEY = SEALER.key("value", "name")
SEALED = SEALER.seal(KEY, b"value", NOW + 10)


def test_what_was_sealed_opens():
    assert SEALER.open(KEY, SEALED, NOW) == b"value"
    assert Sealer("sk_test_secret", "here").open(KEY, SEALED, NOW) == b"value"


OTHERS = {
    "another secret": Sealer("sk_test_secret2", "here"),
    "another scope": Sealer("sk_test_secret", "there"),
    "what only looks the same": Sealer("sk_test_secret here", ""),
}


@pytest.mark.parametrize("sealer", OTHERS.values(), ids=OTHERS)
def test_another_instance_opens_nothing_and_looks_elsewhere(sealer):
    assert sealer.open(KEY, SEALED, NOW) is None
    assert sealer.key("value", "name") != KEY


def test_an_entry_is_good_under_its_own_name_alone():
    other = SEALER.key("value", "name2")
    assert SEALER.open(other, SEALED, NOW) is None


def test_a_value_is_no_entry_of_a_feed():
    feed = SEALER.key("feed", "name")
    assert feed != KEY
    assert SEALER.open(feed, SEALED, NOW) is None


@pytest.mark.parametrize("place", range(len(SEALED)))
@pytest.mark.parametrize("bit", [0x01, 0x80])
def test_no_bit_of_an_entry_can_be_changed(place, bit):
    changed = bytearray(SEALED)
    changed[place] ^= bit
    assert SEALER.open(KEY, bytes(changed), NOW) is None


def test_an_entry_that_is_over_is_not_opened():
    assert SEALER.open(KEY, SEALED, NOW + 9) == b"value"
    assert SEALER.open(KEY, SEALED, NOW + 10) is None


def test_its_end_cannot_be_put_off():
    later = SEALED[:1] + (NOW + 1000).to_bytes(8) + SEALED[9:]
    assert until_of(later) == NOW + 1000
    assert SEALER.open(KEY, later, NOW) is None


@pytest.mark.parametrize("cut", range(len(SEALED)))
def test_a_part_of_an_entry_is_none(cut):
    assert SEALER.open(KEY, SEALED[:cut], NOW) is None


@pytest.mark.parametrize("found", [None, 5, "text", [SEALED], {}])
def test_what_is_no_text_of_bytes_is_none(found):
    assert SEALER.open(KEY, found, NOW) is None


def test_equal_entries_are_equal_bytes_and_others_share_no_nonce():
    assert SEALER.seal(KEY, b"value", NOW + 9.5) == SEALED
    others = [
        SEALER.seal(KEY, b"value2", NOW + 10),
        SEALER.seal(KEY, b"value", NOW + 11),
        SEALER.seal(SEALER.key("value", "name2"), b"value", NOW + 10),
    ]
    nonces = {each[9:21] for each in (SEALED, *others)}
    assert len(nonces) == 4


def test_nothing_can_be_read_from_outside():
    key = SEALER.key("user", "user_31415")
    sealed = SEALER.seal(key, b'{"private_metadata": "ours alone"}', NOW)
    assert key.startswith("clerk-wsgi:")
    assert "user" not in key
    assert "31415" not in key
    assert b"private" not in sealed
    assert b"ours" not in sealed


def test_without_a_secret_nothing_is_sealed():
    with pytest.raises(ConfigurationError, match="CLERK_SECRET_KEY"):
        Sealer("", "here")


@settings(max_examples=100)
@given(st.binary(max_size=200), st.text(max_size=20), st.floats(1, 2**33))
def test_anything_comes_back_as_it_was(value, name, until):
    key = SEALER.key("value", name)
    assert SEALER.open(key, SEALER.seal(key, value, until), until - 1) == value


@settings(max_examples=200)
@given(st.binary(max_size=100))
def test_noise_is_no_entry(noise):
    assert SEALER.open(KEY, noise, 0) is None
    assert SEALER.open(KEY, b"\x01" + noise, 0) is None
