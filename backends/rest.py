"""One call of Clerk's Backend API: what is sent, and what comes back.

Source: Clerk, backend API, 1.
"""

import json
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from urllib3 import encode_multipart_formdata

from clerk_wsgi.backends.api_errors import read_answer, unexpected
from clerk_wsgi.backends.api_paths import join_path
from clerk_wsgi.backends.http import (
    USER_AGENT,
    HttpClient,
    NoAnswer,
    Transport,
    check_api_url,
)
from clerk_wsgi.backends.retries import Retrying
from clerk_wsgi.core.errors import ConfigurationError
from clerk_wsgi.core.ports import API_VERSION

TIMEOUT = 3.0
MAX_BODY = 8 * 1024 * 1024
CONNECTIONS = 10
JSON = "application/json"
KEY = re.compile(r"[!-~]+")
NO_KEY = (
    "Missing Clerk Secret Key. Go to https://dashboard.clerk.com and get your key for "
    "your instance. (Variable CLERK_SECRET_KEY, option secret_key.)"
)
ODD_KEY = (
    "CLERK_SECRET_KEY (option secret_key), or a machine's, holds a space, a line break "
    "or another character that no key has."
)

File = tuple[str, bytes, str]
"""A file's name, bytes and media type."""


class Rest:
    """Calls with one instance's keys. Safe in threads and after a fork.

    `timeout` is how many seconds a call may take, its retries included; with `retries`
    each attempt gets its share of them. A `transport` of your own keeps that time
    itself. Raises ConfigurationError for an address that keys must not be sent to.
    """

    def __init__(
        self,
        *,
        api_url: str = "https://api.clerk.com",
        api_version: str = "v1",
        secret_key: str = "",
        machine_secret_key: str = "",
        timeout: float = TIMEOUT,
        retries: int = 0,
        transport: Transport | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if not re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]*", api_version):
            raise ConfigurationError(
                "CLERK_API_VERSION (option api_version) is no version, such as v1."
            )
        self._base = check_api_url(api_url)
        self._version = api_version
        self._secret_key = secret_key
        self._machine_key = machine_secret_key
        patience = timeout / (retries + 1)
        self._send = Retrying(
            transport or client_for(patience).send,
            retries=retries,
            patience=patience,
            total=timeout,
            clock=clock,
            sleep=sleep,
        ).send

    def machine_key(self, given: str = "") -> str:
        """What machine-to-machine calls are authorized with; empty is nothing."""
        return given or self._machine_key or self._secret_key

    def call(
        self,
        method: str,
        path: Iterable[object],
        *,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | Sequence[Any] | None = None,
        files: Mapping[str, File] | None = None,
        key: str | None = None,
        versioned: bool = True,
    ) -> Any:
        """The answer's JSON, its text where it is none, None where it is empty.

        `path` are segments. Of `query`, what is None, empty, 0 or False is not sent.
        `key` replaces the secret key; an empty one sends none. Raises ClerkAPIError;
        ConfigurationError without a secret key, ValueError for a path or body that
        cannot be sent, and these two before anything is sent.
        """
        root = f"{self._base}/{self._version}" if versioned else self._base
        url = root + join_path(path) + query_string(query or {})
        data, content_type = encode(body, files) if method != "GET" else (None, JSON)
        headers = self._headers(self._require_key() if key is None else key)
        headers["Content-Type"] = content_type
        try:
            answer = self._send(method, url, headers, data)
        except NoAnswer as error:
            raise unexpected(str(error)) from error
        return read_answer(answer)

    def _require_key(self) -> str:
        if not self._secret_key:
            raise ConfigurationError(NO_KEY)
        return self._secret_key

    def _headers(self, key: str) -> dict[str, str]:
        headers = {"Clerk-API-Version": API_VERSION, "User-Agent": USER_AGENT}
        if key:
            if not KEY.fullmatch(key):
                raise ConfigurationError(ODD_KEY)
            headers["Authorization"] = f"Bearer {key}"
        return headers


def client_for(seconds: float) -> HttpClient:
    return HttpClient(
        connect=min(1, seconds),
        read=seconds,
        total=seconds,
        max_body=MAX_BODY,
        connections=CONNECTIONS,
    )


def query_string(query: Mapping[str, Any]) -> str:
    """`?a=1&b=x&b=y`, or nothing; lists repeat their name."""
    pairs = [
        (name, written(each))
        for name, value in query.items()
        if value
        for each in (value if isinstance(value, list | tuple) else (value,))
        if each is not None
    ]
    return f"?{urlencode(pairs, errors='replace')}" if pairs else ""


def written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def encode(
    body: Mapping[str, Any] | Sequence[Any] | None,
    files: Mapping[str, File] | None,
) -> tuple[bytes | None, str]:
    """The request's body and its media type."""
    if files:
        return encode_multipart_formdata(files)
    return json.dumps(body, allow_nan=False).encode() if body else None, JSON
