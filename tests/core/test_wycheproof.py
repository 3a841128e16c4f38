"""Published attacks on JWS and RSA signatures: Wycheproof, RFC 7520.

Every group is judged as we would judge it: keys go through the same door as Clerk's,
and nothing but RS256, RS384 and RS512 is known.
"""

import json

import pytest
from clerk_vectors import VECTORS
from cryptography.hazmat.primitives.serialization import load_der_public_key

from clerk_wsgi.backends.keys import PRIVATE_PARTS, read_key_set
from clerk_wsgi.core.errors import TokenVerificationError
from clerk_wsgi.core.tokens import Token, split_token
from clerk_wsgi.core.verification import (
    VerificationKey,
    verify_header,
    verify_signature,
)

OURS = ("RS256", "RS384", "RS512")

# Marked valid, and refused here: the token's algorithm is not that of its key (346,
# 347, 350, 351), and a character that base64url does not have (372, 373).
DEVIATIONS = {346, 347, 350, 351, 372, 373}


def read(name):
    return json.loads((VECTORS / name).read_text("utf-8"))


def as_key_set(key):
    """What a key set would publish of it: a private RSA key's public half."""
    keys = key.get("keys", [key])
    public = [
        {
            k: v
            for k, v in each.items()
            if each["kty"] != "RSA" or k not in PRIVATE_PARTS
        }
        for each in keys
    ]
    return {"keys": public}


def is_accepted(jws, key):
    """Is it a JWS that some key of that set has signed? The payload may be anything."""
    try:
        keys = read_key_set(as_key_set(key))
        header, payload, signature, signed = split_token(jws)
        token = Token(jws, header, {}, payload, signature, signed)
        verify_header(token)
        verify_signature(token, keys[header["kid"]])
    except (KeyError, TokenVerificationError, ValueError):
        return False
    return True


def each_test(name):
    for group in read(f"wycheproof/{name}.json")["testGroups"]:
        key = group.get("public") or group["private"]
        for test in group["tests"]:
            if "jws" in test:
                yield key, test


def uses_our_algorithms(key):
    return all(
        each.get("alg", "RS256") in OURS and each["kty"] == "RSA"
        for each in key.get("keys", [key])
    )


@pytest.mark.parametrize(
    ("name", "invalid", "valid"),
    [
        ("json_web_signature_test", 355, 16),
        ("json_web_key_test", 21, 1),
        ("json_web_crypto_test", 45, 1),
    ],
)
def test_no_invalid_jws_is_accepted_and_every_valid_one_of_ours(name, invalid, valid):
    refused, accepted = 0, 0
    for key, test in each_test(name):
        good = is_accepted(test["jws"], key)
        if test["result"] == "invalid":
            assert not good, f"{name} {test['tcId']} {test['comment']}"
            refused += 1
        elif uses_our_algorithms(key):
            assert good, f"{name} {test['tcId']} {test['comment']}"
            accepted += 1
        else:
            assert not good, f"{name} {test['tcId']} {test['comment']}"
    assert (refused, accepted) == (invalid, valid)


def test_the_deviations_are_refused_though_marked_valid():
    marked = {
        test["tcId"]: is_accepted(test["jws"], key)
        for key, test in each_test("json_web_signature_test")
        if test["result"] == "valid" and test["tcId"] in DEVIATIONS
    }
    assert marked == dict.fromkeys(DEVIATIONS, False)


@pytest.mark.parametrize(
    "case", read("rs256_profile_jws.json"), ids=lambda case: str(case["tcId"])
)
def test_a_verifier_of_rs256_alone_accepts_exactly_its_own(case):
    key = {**case["jwk"], "alg": case["jwk"].get("alg", "RS256")}
    is_rs256 = key["alg"] == "RS256"
    expected = case["rs256_only_expected"] == "accept"
    assert (is_rs256 and is_accepted(case["jws"], key)) is expected


RSA_SIGNATURES = [
    *("2048_sha256", "2048_sha384", "2048_sha512"),
    *("3072_sha256", "4096_sha256", "8192_sha256"),
]


@pytest.mark.parametrize("name", RSA_SIGNATURES)
def test_rsa_signatures_are_judged_as_wycheproof_does(name):
    judged = {"valid": 0, "invalid": 0, "acceptable": 0}
    document = read(f"wycheproof/rsa_signature_{name}_test.json")
    algorithm = f"RS{name[-3:]}"
    for group in document["testGroups"]:
        public_key = load_der_public_key(bytes.fromhex(group["publicKeyDer"]))
        key = VerificationKey(public_key, algorithm)
        for test in group["tests"]:
            good = is_signed(test, key)
            if test["result"] != "acceptable":
                assert good is (test["result"] == "valid"), test["tcId"]
            judged[test["result"]] += 1
    assert judged["invalid"] > 200
    assert judged["valid"] > 5


def is_signed(test, key):
    signature, signed = bytes.fromhex(test["sig"]), bytes.fromhex(test["msg"])
    token = Token("", {"alg": key.algorithm}, {}, b"", signature, signed)
    try:
        verify_signature(token, key)
    except TokenVerificationError:
        return False
    return True


RFC_7520 = sorted(path.name for path in (VECTORS / "rfc7520/jws").iterdir())


@pytest.mark.parametrize("name", RFC_7520)
def test_of_the_examples_in_rfc_7520_only_the_first_is_ours(name):
    example = read(f"rfc7520/jws/{name}")
    keys = example["input"]["key"]
    outputs = example["output"]
    written = [outputs.get("compact", ""), json.dumps(outputs.get("json", {}))]
    for key in keys if isinstance(keys, list) else [keys]:
        published = {**key, "alg": "RS256"} if key["kty"] == "RSA" else key
        accepted = [is_accepted(jws, published) for jws in written]
        assert accepted == [name.startswith("4_1"), False]
