"""A compact JWS, taken apart in the one spelling that is allowed (RFC 7515, 8725)."""

from binascii import a2b_base64
from collections.abc import Mapping
from functools import lru_cache
from string import ascii_letters, digits
from types import MappingProxyType
from typing import Any, NamedTuple

from clerk_wsgi.core.errors import TokenVerificationError
from clerk_wsgi.core.strict_json import read_object

MAX_TOKEN_LENGTH = 8 * 1024
MAX_HEADER_LENGTH = 1024
MAX_HEADER_MEMBERS = 64
MAX_SIGNATURE_LENGTH = 1366  # 1 KiB of signature, in base64url: RSA with 8,192 bits

REFUSED_HEADERS = frozenset({"b64", "crit", "enc", "zip"})

_ALPHABET = f"{ascii_letters}{digits}-_".encode()
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_PADDING = (None, None, b"==", b"=")
_LAST = (None, None, b"AQgw", b"AEIMQUYcgkosw048")
"""By length modulo 4: the last characters whose unused bits are zero."""


class Token(NamedTuple):
    """A token as it was received. Nothing about it has been verified."""

    text: str
    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    payload: bytes
    """The JSON text of the claims."""
    signature: bytes
    signed: bytes
    """What the signature is over: `header.payload` as received."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def private_claims(self) -> dict[str, Any]:
        """The claims once more, for somebody who may change them."""
        return read_object(self.payload)


class Segments(NamedTuple):
    """A compact JWS whose payload may be anything."""

    header: Mapping[str, Any]
    payload: bytes
    signature: bytes
    signed: bytes


def parse_token(text: str, *, max_length: int = MAX_TOKEN_LENGTH) -> Token:
    """Take `text` apart, without verifying it.

    Raises `TokenVerificationError` (`token-invalid`) for whatever is no JWT of at most
    `max_length` characters, and nothing else for any text (Clerk: keys and tokens, 6).
    """
    header, payload, signature, signed = split_token(text, max_length=max_length)
    try:
        claims = read_object(payload)
    except ValueError:
        raise _undecodable() from None
    return Token(text, header, claims, payload, signature, signed)


def split_token(text: str, *, max_length: int = MAX_TOKEN_LENGTH) -> Segments:
    """The segments of `text`, decoded; raises as `parse_token` does."""
    if len(text) > max_length:
        raise _undecodable()
    parts = text.split(".", 3)
    if len(parts) != 3:
        raise TokenVerificationError(
            "token-invalid",
            "Invalid JWT form. A JWT consists of three parts separated by dots.",
        )
    if len(parts[0]) > MAX_HEADER_LENGTH or len(parts[2]) > MAX_SIGNATURE_LENGTH:
        raise _undecodable()
    try:
        return _decode(text.encode("ascii"))
    except ValueError:
        raise _undecodable() from None


def _decode(raw: bytes) -> Segments:
    if raw.translate(None, _ALPHABET) != b"..":
        raise ValueError("a character that base64url does not have")
    header, payload, signature = raw.translate(_TO_STANDARD).split(b".")
    return Segments(
        _read_header(header),
        _decode_segment(payload),
        _decode_segment(signature),
        raw[: len(header) + 1 + len(payload)],
    )


def _decode_segment(segment: bytes) -> bytes:
    """Python's own decoder takes several spellings of the same bytes."""
    surplus = len(segment) % 4
    if not surplus:
        return a2b_base64(segment)
    last, padding = _LAST[surplus], _PADDING[surplus]
    if last is None or padding is None or segment[-1] not in last:
        raise ValueError("not the canonical spelling")
    return a2b_base64(segment + padding)


@lru_cache(256)
def _read_header(segment: bytes) -> Mapping[str, Any]:
    """All tokens that one key signs have one header: it is read once."""
    header = read_object(_decode_segment(segment))
    if len(header) > MAX_HEADER_MEMBERS:
        raise ValueError("too many members")
    if not REFUSED_HEADERS.isdisjoint(header):
        raise ValueError("an extension that nobody here understands")
    return MappingProxyType(header)


def _undecodable() -> TokenVerificationError:
    return TokenVerificationError(
        "token-invalid",
        "Invalid JWT form. The header, payload, or signature could not be decoded.",
    )
