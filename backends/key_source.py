"""One question to Clerk's Backend API: which keys sign this instance's tokens?"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from clerk_wsgi.backends.http import (
    USER_AGENT,
    Answer,
    NoAnswer,
    Transport,
    check_api_url,
)
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

    def fetch(self) -> dict[str, VerificationKey]:
        """The keys by their names. Raises `KeysUnavailable`, in Clerk's words."""
        try:
            answer = self._transport("GET", self._url, self._headers, None)
            document = read_object(answer.body, max_depth=MAX_DEPTH)
        except (NoAnswer, ValueError):
            raise KeysUnavailable("unexpected-error", "") from None
        if answer.status != 200:
            raise self._refused(answer, document)
        try:
            return read_key_set(document)
        except ValueError:
            raise KeysUnavailable(FAILED, NO_KEYS, SUPPORT) from None

    def _refused(self, answer: Answer, document: Mapping[str, Any]) -> KeysUnavailable:
        errors = document.get("errors")
        for error in errors if isinstance(errors, list) else ():
            if isinstance(error, dict) and error.get("code") == "clerk_key_invalid":
                said = str(error.get("message", ""))
                return KeysUnavailable("secret-key-invalid", said, SUPPORT)
        said = f"Error loading Clerk JWKS from {self._url} with code={answer.status}"
        return KeysUnavailable(FAILED, said, SUPPORT)


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
