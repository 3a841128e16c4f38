"""Public keys, and everything that must hold before one of them may verify a token."""

from collections.abc import Mapping
from math import prod
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from clerk_wsgi.core.verification import ALGORITHMS, VerificationKey

MAX_KEYS = 32
MIN_BITS, MAX_BITS = 2048, 8192
MIN_EXPONENT, MAX_EXPONENT = 65_537, 2**32

PRIVATE_PARTS = frozenset({"d", "dp", "dq", "k", "oth", "p", "q", "qi"})

# Keys of a broken Infineon library (ROCA, CVE-2017-15361) can be factored. Modulo each
# of these primes their modulus is a power of 65537, which chance alone hardly brings.
ROCA_PRIMES = (11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157)
ROCA_POWERS = {p: {pow(65_537, n, p) for n in range(p - 1)} for p in ROCA_PRIMES}


def read_key_set(document: object) -> dict[str, VerificationKey]:
    """The usable keys of a JWKS document, by their names (RFC 7517, 5).

    An entry that cannot be used is left out; so is a name that stands for several
    different entries. Raises `ValueError` if the document is no key set, has more than
    32 entries or no usable one.
    """
    entries = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise ValueError("The document is no key set.")
    if len(entries) > MAX_KEYS:
        raise ValueError(f"The key set has more than {MAX_KEYS} entries.")
    keys = {}
    for entry in entries:
        if not is_ambiguous(entry, entries):
            try:
                key = read_key(entry)
            except ValueError:
                continue
            keys[str(key.kid)] = key
    if not keys:
        raise ValueError("The key set has no usable key.")
    return keys


def is_ambiguous(entry: object, entries: list[Any]) -> bool:
    """Does another entry, however bad, have the same name and other content?"""
    return isinstance(entry, dict) and any(
        isinstance(other, dict)
        and other.get("kid") == entry.get("kid")
        and other != entry
        for other in entries
    )


def read_key(entry: object) -> VerificationKey:
    """A JWK (RFC 7517) as the key that verifies. Raises `ValueError`, saying why not.

    Without `alg` the key is for RS256: a token never chooses its algorithm.
    """
    if not isinstance(entry, dict):
        raise ValueError("The key is no JSON object.")
    require_purpose(entry)
    try:
        RSAKey.validate_dict_key(entry)
        public_key = RSAKey.binding.import_from_dict(entry)
    except (JoseError, TypeError, ValueError):
        raise ValueError("The key is no well-formed RSA key.") from None
    require_strength(public_key)
    return VerificationKey(public_key, entry.get("alg", "RS256"), entry["kid"])


def require_purpose(entry: Mapping[str, Any]) -> None:
    """Raise `ValueError` unless the key says that it is there to verify RS*."""
    kid, operations = entry.get("kid"), entry.get("key_ops", ["verify"])
    if entry.get("kty") != "RSA":
        raise ValueError("The key is no RSA key.")
    if not PRIVATE_PARTS.isdisjoint(entry):
        raise ValueError("The key has private parts.")
    if not isinstance(kid, str) or not kid:
        raise ValueError("The key has no name (kid).")
    if entry.get("use", "sig") != "sig":
        raise ValueError("The key is not for signatures (use).")
    if not isinstance(operations, list) or "verify" not in operations:
        raise ValueError("The key is not for verifying (key_ops).")
    if entry.get("alg", "RS256") not in ALGORITHMS:
        raise ValueError("The key is for another algorithm (alg).")


def require_strength(public_key: RSAPublicKey) -> None:
    """Raise `ValueError` if the key is too small, too large or known to be broken."""
    numbers = public_key.public_numbers()
    if not MIN_BITS <= numbers.n.bit_length() <= MAX_BITS:
        raise ValueError(
            f"The key has {numbers.n.bit_length()} bits; "
            f"it must have {MIN_BITS} to {MAX_BITS}."
        )
    if numbers.e % 2 == 0 or not MIN_EXPONENT <= numbers.e < MAX_EXPONENT:
        raise ValueError("The key's public exponent is none that anyone should use.")
    if numbers.n % 2 == 0:
        raise ValueError("The key's modulus is even.")
    if has_roca_fingerprint(numbers.n):
        raise ValueError("The key was made by a broken library (ROCA).")


def has_roca_fingerprint(modulus: int) -> bool:
    """Is the modulus a power of 65537 modulo every one of those primes?"""
    rest = modulus % prod(ROCA_PRIMES)
    return all(rest % prime in powers for prime, powers in ROCA_POWERS.items())
