"""One question to Clerk's Backend API: which keys sign this instance's tokens?"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from clerk_wsgi.backends.api_errors import header, retry_after
from clerk_wsgi.backends.http import (
    USER_AGENT,
    Answer,
    NoAnswer,
    Transport,
    check_api_url,
)
from clerk_wsgi.backends.key_snapshot import fresh_seconds
from clerk_wsgi.backends.keys import read_key_set
from clerk_wsgi.core.errors import ConfigurationError, KeysUnavailable
from clerk_wsgi.core.ports import API_VERSION
from clerk_wsgi.core.strict_json import read_object
from clerk_wsgi.core.verification import VerificationKey

SUPPORT = "Contact support@clerk.com"
FAILED = "jwk-remote-failed-to-load"
NO_KEYS = (
    "The JWKS endpoint did not contain any signing keys. Contact support@clerk.com."
)
MAX_DEPTH = 8
MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?([0-9]{1,9})", re.IGNORECASE)


class KeyDocument(NamedTuple):
    """A key set as it came, the usable keys in it, and for how long it is fresh."""

    document: Mapping[str, Any]
    keys: dict[str, VerificationKey]
    seconds: float


class KeySource:
    """Asks `GET <api_url>/<api_version>/jwks` (Clerk: keys and tokens, 10)."""

    def __init__(
        self,
        api_url: str,
        api_version: str,
        secret_key: str | None,
        transport: Transport,
    ) -> None:
        self._url = jwks_url(api_url, api_version)
        self._headers = headers_with(secret_key)
        self._transport = transport

    def fetch(self) -> KeyDocument:
        """The key set. Raises `KeysUnavailable`, in Clerk's words."""
        try:
            answer = self._transport("GET", self._url, self._headers, None)
            document = read_object(answer.body, max_depth=MAX_DEPTH)
        except (NoAnswer, ValueError) as error:
            raise nobody_can_tell() from error
        if answer.status != 200:
            raise self._refused(answer, document)
        try:
            keys = read_key_set(document)
        except ValueError:
            raise KeysUnavailable(FAILED, NO_KEYS, SUPPORT, retry_after=0) from None
        return KeyDocument(document, keys, fresh_seconds(max_age(answer)))

    def _refused(self, answer: Answer, document: Mapping[str, Any]) -> KeysUnavailable:
        errors = document.get("errors")
        for error in errors if isinstance(errors, list) else ():
            if isinstance(error, dict) and error.get("code") == "clerk_key_invalid":
                said = str(error.get("message", ""))
                return KeysUnavailable(
                    "secret-key-invalid", said, SUPPORT, retry_after=0
                )
        said = f"Error loading Clerk JWKS from {self._url} with code={answer.status}"
        pause = max(retry_after(answer) or 0, 0)
        return KeysUnavailable(FAILED, said, SUPPORT, retry_after=pause)


def nobody_can_tell() -> KeysUnavailable:
    """What is said where there was no answer, or none that can be read."""
    return KeysUnavailable("unexpected-error", "", retry_after=0)


def max_age(answer: Answer) -> float | None:
    """The seconds for which the answer says that it is fresh (RFC 9111, 5.2.2.1)."""
    found = MAX_AGE.search(header(answer, "Cache-Control"))
    return int(found[1]) if found else None


def jwks_url(api_url: str, api_version: str) -> str:
    """Where the keys are; slashes that came double are one."""
    if not re.fullmatch(r"[A-Za-z0-9._-]+", api_version):
        raise ConfigurationError(
            "CLERK_API_VERSION (option api_version) is no version, such as v1."
        )
    parts = urlsplit(f"{check_api_url(api_url)}/{api_version}/jwks")
    return parts._replace(path=re.sub("//+", "/", parts.path)).geturl()


def headers_with(secret_key: str | None) -> dict[str, str]:
    """What every request to Clerk says. A key that no header can hold is none."""
    if not secret_key:
        raise ConfigurationError(
            "CLERK_SECRET_KEY (option secret_key) is missing: Clerk hands out its keys "
            "to nobody without. Set it, or set CLERK_JWT_KEY to do without the network."
        )
    if not re.fullmatch(r"[!-~]+", secret_key):
        raise ConfigurationError(
            "CLERK_SECRET_KEY (option secret_key) holds a space, a line break or "
            "another character that no key has."
        )
    return {
        "Authorization": f"Bearer {secret_key}",
        "Clerk-API-Version": API_VERSION,
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
    }
