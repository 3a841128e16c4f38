import pytest
from forging import encode, private_key, vector_keys

from clerk_wsgi.backends.keys import read_key, read_key_set

NUMBERS = private_key("a").public_key().public_numbers()


def base64_integer(number):
    return encode(number.to_bytes((number.bit_length() + 7) // 8, "big"))


def jwk(**changes):
    """Key a of the vectors; a member that is `...` is left out."""
    entry = {**vector_keys()["a"]["public_jwk"], **changes}
    return {name: value for name, value in entry.items() if value is not ...}


def other_jwk(**changes):
    return {**vector_keys()["b"]["public_jwk"], **changes}


GOOD = {
    "as Clerk writes it": {},
    "without use": {"use": ...},
    "with operations": {"use": ..., "key_ops": ["verify"]},
    "with both": {"key_ops": ["verify"]},
    "unknown members": {"x5t": "x", "new": [1]},
}


@pytest.mark.parametrize("changes", GOOD.values(), ids=GOOD)
def test_a_good_key_is_read(changes):
    key = read_key(jwk(**changes))
    assert key.public_key.public_numbers() == NUMBERS
    assert (key.algorithm, key.kid) == ("RS256", "ins_2TestKeyAAAAAAAAAAAAAAAAAA")


@pytest.mark.parametrize(
    ("alg", "algorithm"), [(..., "RS256"), ("RS384", "RS384"), ("RS512", "RS512")]
)
def test_the_algorithm_is_the_keys_own(alg, algorithm):
    assert read_key(jwk(alg=alg)).algorithm == algorithm


BAD = {
    "symmetric": ({"kty": "oct", "k": "c2VjcmV0"}, "no RSA key"),
    "elliptic": ({"kty": "EC"}, "no RSA key"),
    "no kty": ({"kty": ...}, "no RSA key"),
    "private exponent": ({"d": "AQAB"}, "private parts"),
    "prime": ({"p": None}, "private parts"),
    "for encryption": ({"use": "enc"}, "signatures"),
    "odd use": ({"use": ["sig"]}, "signatures"),
    "null use": ({"use": None}, "signatures"),
    "operation of encryption": ({"use": ..., "key_ops": ["encrypt"]}, "verifying"),
    "operation as text": ({"use": ..., "key_ops": "verify"}, "verifying"),
    "no operations": ({"use": ..., "key_ops": []}, "verifying"),
    "operations against use": ({"key_ops": ["verify", "encrypt"]}, "well-formed"),
    "odd operations": ({"key_ops": ["verify", []]}, "well-formed"),
    "another algorithm": ({"alg": "PS256"}, "algorithm"),
    "HMAC": ({"alg": "HS256"}, "algorithm"),
    "odd algorithm": ({"alg": ["RS256"]}, "algorithm"),
    "null algorithm": ({"alg": None}, "algorithm"),
    "no name": ({"kid": ...}, "name"),
    "empty name": ({"kid": ""}, "name"),
    "number for a name": ({"kid": 5}, "name"),
    "no modulus": ({"n": ...}, "well-formed"),
    "empty modulus": ({"n": ""}, "well-formed"),
    "number for a modulus": ({"n": 5}, "well-formed"),
    "null modulus": ({"n": None}, "well-formed"),
    "padded modulus": ({"n": jwk()["n"] + "="}, "well-formed"),
    "odd modulus text": ({"n": "\ud800"}, "well-formed"),
    "no exponent": ({"e": ...}, "well-formed"),
    "empty exponent": ({"e": ""}, "well-formed"),
    "exponent 1": ({"e": "AQ"}, "well-formed"),
    "exponent 3": ({"e": "Aw"}, "exponent"),
    "even exponent": ({"e": base64_integer(65538)}, "well-formed"),
    "huge exponent": ({"e": base64_integer(2**32 + 1)}, "exponent"),
    "512 bits": ({"n": base64_integer(NUMBERS.n >> 1536 | 1)}, "bits"),
    "2047 bits": ({"n": base64_integer(NUMBERS.n >> 1 | 1)}, "2047 bits"),
    "leading zeros": ({"n": encode(bytes(200) + b"\x81" * 100)}, "bits"),
    "16,384 bits": ({"n": base64_integer((1 << 16383) + 1)}, "bits"),
    "even modulus": ({"n": base64_integer(NUMBERS.n ^ 1)}, "even"),
}


@pytest.mark.parametrize(("changes", "reason"), BAD.values(), ids=BAD)
def test_a_bad_key_is_refused_and_the_reason_said(changes, reason):
    with pytest.raises(ValueError, match=reason):
        read_key(jwk(**changes))


@pytest.mark.parametrize("entry", [None, 1, "key", [], ["kty"]])
def test_what_is_no_object_is_no_key(entry):
    with pytest.raises(ValueError, match="no JSON object"):
        read_key(entry)


def test_a_key_of_the_broken_library_is_refused():
    """Made like ROCA's: every prime is a power of 65537 modulo small primes."""
    primorial = 11 * 13 * 17 * 19 * 37 * 53 * 61 * 71 * 73 * 79 * 97 * 103 * 107
    primorial *= 109 * 127 * 151 * 157
    modulus = pow(65537, 1001, primorial) + primorial * (2**2047 // primorial + 2)
    with pytest.raises(ValueError, match="ROCA"):
        read_key(jwk(n=base64_integer(modulus + primorial * (1 - modulus % 2))))


def test_a_set_is_read_by_names():
    keys = read_key_set({"keys": [jwk(), other_jwk()]})
    assert {name: key.kid for name, key in keys.items()} == {
        "ins_2TestKeyAAAAAAAAAAAAAAAAAA": "ins_2TestKeyAAAAAAAAAAAAAAAAAA",
        "ins_2TestKeyBBBBBBBBBBBBBBBBBB": "ins_2TestKeyBBBBBBBBBBBBBBBBBB",
    }


def test_bad_entries_are_left_out_and_good_ones_kept():
    bad = [1, None, {}, [], {"kid": 5}, {"kty": "oct", "kid": "x", "k": "eA"}]
    assert list(read_key_set({"keys": [*bad, jwk(), jwk(use="enc", kid="y")]})) == [
        jwk()["kid"]
    ]


def test_a_name_for_two_keys_stands_for_none():
    keys = read_key_set({"keys": [jwk(), jwk(kid="b"), other_jwk(kid="b")]})
    assert list(keys) == [jwk()["kid"]]


def test_a_bad_twin_makes_a_name_ambiguous_too():
    twin = {"kty": "oct", "kid": jwk()["kid"], "k": "c2VjcmV0"}
    assert list(read_key_set({"keys": [jwk(), twin, jwk(kid="b")]})) == ["b"]


def test_the_same_key_twice_is_one():
    assert list(read_key_set({"keys": [jwk(), jwk()]})) == [jwk()["kid"]]


NO_SETS = {
    "null": None,
    "a list": [jwk()],
    "a key": jwk(),
    "keys as an object": {"keys": {}},
    "keys as null": {"keys": None},
    "no keys": {"keys": []},
    "only bad keys": {"keys": [1, jwk(alg="HS256")]},
    "33 entries": {"keys": [jwk(kid=str(number)) for number in range(33)]},
}


@pytest.mark.parametrize("document", NO_SETS.values(), ids=NO_SETS)
def test_a_document_without_usable_keys_is_refused(document):
    with pytest.raises(ValueError, match="key set"):
        read_key_set(document)


def test_32_entries_are_taken():
    entries = [jwk(kid=str(number)) for number in range(32)]
    assert len(read_key_set({"keys": entries})) == 32
