"""One key from the configuration: no network, in whatever shape it was pasted."""

import re
from typing import Protocol, Self

from cryptography.exceptions import UnsupportedAlgorithm
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from clerk_wsgi.backends.health import KeyHealth
from clerk_wsgi.backends.keys import require_strength
from clerk_wsgi.core.errors import ConfigurationError
from clerk_wsgi.core.verification import VerificationKey

BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----", re.DOTALL)
ESCAPED_NEWLINE = re.compile(r"\\+[nr]")
AROUND = "\"'\ufeff"
PUBLIC_LABELS = ("PUBLIC KEY", "RSA PUBLIC KEY")


class PemOptions(Protocol):
    """What this backend reads of the options."""

    @property
    def jwt_key(self) -> str | None: ...


class PemBackend:
    """Finds the one public key that it was given; raises ConfigurationError early."""

    def __init__(self, pem: str) -> None:
        try:
            self._key = read_pem(pem)
        except ValueError as error:
            raise ConfigurationError(
                f"CLERK_JWT_KEY (option jwt_key) {error} "
                "Copy the PEM public key from the API keys page of Clerk's dashboard."
            ) from None

    @classmethod
    def from_options(cls, options: PemOptions) -> Self:
        return cls(options.jwt_key or "")

    def find_key(self, kid: str | None) -> VerificationKey:
        """The key, whatever the token calls it (Clerk: keys and tokens, 9)."""
        return self._key

    def health(self) -> KeyHealth:
        """A key from the configuration is fresh for ever."""
        return KeyHealth("fresh", keys=1)


def read_pem(pem: str) -> VerificationKey:
    """The RS256 key in `pem`. Raises `ValueError` with the end of a sentence."""
    label, body = find_block(ESCAPED_NEWLINE.sub("\n", pem))
    if "PRIVATE KEY" in label:
        raise ValueError("holds a private key; only the public one belongs here.")
    if label not in PUBLIC_LABELS:
        raise ValueError(f"holds a {label.lower()}, no public key.")
    body += "=" * (-len(body) % 4)
    text = f"-----BEGIN {label}-----\n{body}\n-----END {label}-----\n"
    try:
        public_key = RSAKey.binding.import_from_bytes(text.encode("ascii"))
    except (JoseError, UnsupportedAlgorithm, ValueError):
        raise ValueError("holds no RSA public key that can be read.") from None
    try:
        require_strength(public_key)
    except ValueError as error:
        raise ValueError(f"cannot be used. {error}") from None
    return VerificationKey(public_key)


def find_block(text: str) -> tuple[str, str]:
    """The label and the bare base64 of the one PEM block; the lines may be missing."""
    blocks = BLOCK.findall(text)
    if len(blocks) > 1:
        raise ValueError("holds more than one key.")
    around = "".join(BLOCK.sub("", text).split()).strip(AROUND)
    if not blocks:
        blocks, around = [("PUBLIC KEY", around)], ""
    label, body = blocks[0][0], "".join(blocks[0][1].split())
    if not body:
        raise ValueError("is empty.")
    if around or "-" in body:
        raise ValueError("holds something besides one key, or half of one.")
    return label, body
