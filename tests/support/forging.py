"""Tokens made by hand, good ones and others, with the keys of the vectors."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import cache

from clerk_vectors import load
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import load_pem_private_key

NOW = 1_700_000_000
HEADER = {"alg": "RS256", "typ": "JWT", "kid": "ins_2TestKeyAAAAAAAAAAAAAAAAAA"}
CLAIMS = {"sub": "user_1", "sid": "sess_1", "iat": NOW, "nbf": NOW, "exp": NOW + 60}
HASHES = {"RS256": SHA256(), "RS384": SHA384(), "RS512": SHA512()}


@cache
def vector_keys():
    return load("jwt_verify")["keys"]


@cache
def private_key(name="a"):
    pem = vector_keys()[name]["private_key_pem_pkcs8"]
    return load_pem_private_key(pem.encode(), None)


def encode(raw):
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(segment):
    return urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


def as_bytes(value):
    """Bytes as they are, so that a test may write JSON that json would not."""
    return value if isinstance(value, bytes) else json.dumps(value).encode()


def compact(header=HEADER, claims=CLAIMS, key="a"):
    """A token whose signature is good for `header` and `claims` as they are given."""
    signed = f"{encode(as_bytes(header))}.{encode(as_bytes(claims))}"
    algorithm = header.get("alg") if isinstance(header, dict) else None
    hashed = HASHES.get(algorithm if isinstance(algorithm, str) else None, SHA256())
    signature = private_key(key).sign(signed.encode(), PKCS1v15(), hashed)
    return f"{signed}.{encode(signature)}"


def mint(header=None, /, **claims):
    """A good token, but for what is named; a claim that is `...` is left out."""
    merged = {k: v for k, v in {**CLAIMS, **claims}.items() if v is not ...}
    chosen = {k: v for k, v in {**HEADER, **(header or {})}.items() if v is not ...}
    return compact(chosen, merged)
