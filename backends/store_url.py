"""`CLERK_STORE_URL`, read: where the shared store is and how to get in."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from redis import RedisError
from redis.backoff import NoBackoff
from redis.connection import Connection, SSLConnection, parse_url
from redis.retry import Retry

from clerk_wsgi.core.errors import ConfigurationError

FILES = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
TLS = {*FILES, "ssl_cert_reqs", "ssl_check_hostname", "ssl_password"}


def read_url(url: str, *, patience: float) -> dict[str, Any]:
    """What a connection of the client library is made with.

    `patience` is in seconds, for each read and write. Raises ConfigurationError, which
    tells nothing of the URL but names: it may hold a password.
    """
    try:
        parts = urlsplit(url)
        settings: dict[str, Any] = parse_url(url)  # type: ignore[no-untyped-call]
        settings.pop("connection_class", None)
        is_tls = parts.scheme == "rediss"
        path, query = parts.path, parse_qs(parts.query, keep_blank_values=True)
    except ValueError:
        raise unusable("it is no URL") from None
    if parts.scheme not in ("redis", "rediss") or parts.fragment:
        raise unusable("it is no URL of a Redis or Valkey server")
    if not re.fullmatch(r"/?|/\d{1,4}", path, re.ASCII):
        raise unusable("its path is no number of a database")
    for name in query:
        if not is_tls or name not in TLS:
            raise unusable(f"it has a parameter that is not known: {name!r}")
    for name in FILES:
        if name in settings and not Path(settings[name]).is_file():
            raise unusable(f"its {name} is no file")
    settings |= fixed(patience)
    check(SSLConnection if is_tls else Connection, settings)
    return settings


def fixed(patience: float) -> dict[str, Any]:
    """What nobody chooses: no call is made twice, and answers are bytes."""
    return {
        "socket_timeout": patience,
        "socket_connect_timeout": patience,
        "retry": Retry(NoBackoff(), 0),
        "protocol": 2,
    }


def check(kind: type[Connection], settings: dict[str, Any]) -> None:
    """Would the client library take it? Nothing is connected yet."""
    try:
        kind(**settings)
    except (RedisError, TypeError, ValueError):
        raise unusable("the redis package refuses it") from None


def unusable(reason: str) -> ConfigurationError:
    return ConfigurationError(
        f"CLERK_STORE_URL (option store_url) is not usable, since {reason}. Write "
        "redis://[[user]:password@]host[:port][/number], or rediss:// for TLS."
    )
