"""What lies in a shared store is sealed: its writers can drop entries, not make them.

Each entry is encrypted and authenticated with AES-256-GCM under a key that comes from
the Clerk secret key and the scope (HKDF, RFC 5869). Its name and its end are part of
what is authenticated, so that no entry passes under another name or after its time.

The nonce is a MAC of all that is sealed, as in a synthetic IV (RFC 5297): equal entries
are equal bytes, different ones never share a nonce, and a forked child needs no luck.
"""

import hmac
from base64 import urlsafe_b64encode
from math import ceil

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from clerk_wsgi.core.errors import ConfigurationError

VERSION = b"\x01"
UNTIL = slice(1, 9)
NONCE = slice(9, 21)
SEALED = slice(21, None)
TAG_BYTES = 16
PREFIX = "clerk-wsgi:"
NO_SECRET = (
    "A shared store needs CLERK_SECRET_KEY (option secret_key): what lies there is "
    "sealed with it."
)


class Sealer:
    """Seals for one Clerk instance: another secret or scope opens nothing of it."""

    def __init__(self, secret: str, scope: str) -> None:
        if not secret:
            raise ConfigurationError(NO_SECRET)
        info = b"clerk-wsgi shared store 1 " + scope.encode()
        keys = HKDF(SHA256(), 96, None, info).derive(secret.encode())
        self._cipher = AESGCM(keys[:32])
        self._nonces, self._names = keys[32:64], keys[64:]

    def key(self, kind: str, name: str) -> str:
        """The store's name for it, which tells nothing to who does not know it."""
        digest = hmac.digest(self._names, f"{kind} {name}".encode(), "sha256")
        return PREFIX + urlsafe_b64encode(digest[:24]).decode()

    def seal(self, key: str, value: bytes, until: float) -> bytes:
        """The entry; `until` is in seconds since 1970, rounded up to whole ones."""
        head = VERSION + ceil(until).to_bytes(8)
        bound = head + key.encode()
        nonce = hmac.digest(self._nonces, bound + value, "sha256")[:12]
        return head + nonce + self._cipher.encrypt(nonce, value, bound)

    def open(self, key: str, entry: object, now: float) -> bytes | None:
        """What was sealed under this key; None for anything else, and what is over."""
        if not isinstance(entry, bytes) or len(entry) < SEALED.start + TAG_BYTES:
            return None
        if entry[:1] != VERSION or until_of(entry) <= now:
            return None
        bound = entry[: UNTIL.stop] + key.encode()
        try:
            return self._cipher.decrypt(entry[NONCE], entry[SEALED], bound)
        except InvalidTag:
            return None


def until_of(entry: bytes) -> int:
    """When it ends. Somebody's word only, before it was opened."""
    return int.from_bytes(entry[UNTIL])
