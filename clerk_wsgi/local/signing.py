"""The key that signs everything an instance says, and what others may know of it."""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from clerk_wsgi.core.token_types import SESSION_CATEGORY, TEMPLATE_CATEGORY
from clerk_wsgi.core.verification import VerificationKey

BITS, EXPONENT = 2048, 65_537


class SigningKey:
    """An RSA key with a name; without one at hand, a new one is made."""

    def __init__(self, kid: str, private_key: RSAPrivateKey | None = None) -> None:
        self.kid = kid
        self.private_key = private_key or generate_private_key(EXPONENT, BITS)
        self._public_key = self.private_key.public_key()

    def sign(self, claims: Mapping[str, Any], category: str = SESSION_CATEGORY) -> str:
        """A compact RS256 token (RFC 7515) of that category."""
        header = {"alg": "RS256", "cat": category, "kid": self.kid, "typ": "JWT"}
        return self.sign_with(header, claims)

    def sign_with(self, header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
        """With a header of the caller's own."""
        signed = f"{_segment(header)}.{_segment(claims)}"
        signature = self.private_key.sign(signed.encode(), PKCS1v15(), SHA256())
        return f"{signed}.{_base64url(signature)}"

    @property
    def verification_key(self) -> VerificationKey:
        return VerificationKey(self._public_key, kid=self.kid)

    @property
    def pem(self) -> str:
        return self._public_key.public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        ).decode()

    @property
    def jwk(self) -> dict[str, Any]:
        """The public key as an entry of a key set (RFC 7517)."""
        numbers = self._public_key.public_numbers()
        entry = {"use": "sig", "kty": "RSA", "kid": self.kid, "alg": "RS256"}
        return {**entry, "n": _number(numbers.n), "e": _number(numbers.e)}


def sign_shared(secret: str, algorithm: str, claims: Mapping[str, Any]) -> str:
    """A token that a secret signs which another service knows: HS256, HS384, HS512."""
    header = {"alg": algorithm, "cat": TEMPLATE_CATEGORY, "typ": "JWT"}
    signed = f"{_segment(header)}.{_segment(claims)}"
    digest = f"sha{algorithm.removeprefix('HS')}"
    return (
        f"{signed}.{_base64url(hmac.digest(secret.encode(), signed.encode(), digest))}"
    )


def _segment(document: Mapping[str, Any]) -> str:
    return _base64url(json.dumps(document, separators=(",", ":")).encode())


def _number(value: int) -> str:
    return _base64url(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
