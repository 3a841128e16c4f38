"""Options of one request, sealed for code behind us: a JWE that only its key opens.

Clerk's own format (middleware and auth object, 9.3) is neither authenticated nor made
with a key derivation of today, so this is RFC 7516 instead: `dir` with A256GCM. What
is carried and which errors there are is the same.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from clerk_wsgi.core.errors import ConfigurationError
from clerk_wsgi.core.strict_json import read_object

HEADER = {"alg": "dir", "enc": "A256GCM"}
MISSING = (
    "Clerk: Missing `CLERK_ENCRYPTION_KEY`. Required for propagating `secretKey` "
    "middleware option. See docs: "
    "https://clerk.com/docs/references/nextjs/clerk-middleware#dynamic-keys. "
    "(code=encryption_key_missing)"
)
INVALID = (
    "Clerk: Unable to decrypt request data, this usually means the encryption key is "
    "invalid. Ensure the encryption key is properly set. For more information, see: "
    "https://clerk.com/docs/reference/nextjs/clerk-middleware#dynamic-keys. "
    "(code=encryption_key_invalid)"
)


def encryption_key(
    given: Mapping[str, Any], encryption_key: str, secret_key: str
) -> str:
    """The key that seals `given`; `secret_key` is the site's own, not the request's.

    Raises ConfigurationError if there is none that may be used.
    """
    if encryption_key:
        return encryption_key
    if given.get("secret_key") or not secret_key:
        raise ConfigurationError(MISSING)
    return secret_key


def seal(data: Mapping[str, Any], key: str) -> str:
    """Absent values are dropped; nothing left is the empty text."""
    kept = {name: value for name, value in data.items() if value is not None}
    if not kept:
        return ""
    from joserfc import jwe

    text = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
    return jwe.encrypt_compact(dict(HEADER), text.encode(), as_key(key))


def unseal(text: str, key: str) -> dict[str, Any]:
    """What was sealed. Raises ConfigurationError for another key or a changed text."""
    if not text:
        return {}
    from joserfc import jwe
    from joserfc.errors import JoseError

    try:
        opened = jwe.decrypt_compact(
            text, as_key(key), algorithms=list(HEADER.values())
        )
        return read_object(opened.plaintext or b"")
    except (JoseError, ValueError):
        raise ConfigurationError(INVALID) from None


def as_key(key: str) -> Any:
    """256 bits from a text of any length; 32 random bytes in hex are best."""
    from joserfc.jwk import OctKey

    return OctKey.import_key(sha256(key.encode()).digest())
