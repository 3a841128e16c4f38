"""Password digests that come from elsewhere, as far as they can be checked here.

Source: Clerk, backend API, 3.1 (`password_digest`, `password_hasher`).
"""

import re
from base64 import b64decode
from collections.abc import Callable

from werkzeug.security import check_password_hash

from clerk_wsgi.local.answers import ApiError

SCRYPT = re.compile(r"scrypt:[0-9]{1,5}:[1-9]:[1-9]\$[^$]+\$[0-9a-f]{128}")
DJANGO = re.compile(r"pbkdf2_sha256\$([1-9][0-9]{0,6})\$([^$]+)\$([A-Za-z0-9+/]{43}=)")


def imported_digest(hasher: str | None, text: str) -> str:
    """The digest in our own form. Raises ApiError (422)."""
    if not hasher:
        said = "`password_hasher` is required when `password_digest` is present."
        raise ApiError(422, "form_conditional_param_missing", said, "password_hasher")
    if hasher not in HASHERS:
        said = f"A local Clerk knows the hashers {', '.join(HASHERS)} only."
        raise ApiError(422, "form_param_value_invalid", said, "password_hasher")
    digest = HASHERS[hasher](text)
    if digest is None:
        said = f"password_digest is no digest of {hasher}."
        code = "form_password_digest_invalid_code"
        raise ApiError(422, code, said, "password_digest")
    return digest


def of_werkzeug(text: str) -> str | None:
    if not SCRYPT.fullmatch(text):
        return None
    try:
        check_password_hash(text, "")
    except ValueError:
        return None
    return text


def of_django(text: str) -> str | None:
    found = DJANGO.fullmatch(text)
    if found is None:
        return None
    return f"pbkdf2:sha256:{found[1]}${found[2]}${b64decode(found[3]).hex()}"


HASHERS: dict[str, Callable[[str], str | None]] = {
    "scrypt_werkzeug": of_werkzeug,
    "pbkdf2_sha256_django": of_django,
}
