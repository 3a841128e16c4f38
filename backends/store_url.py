"""`CLERK_STORE_URL`, read: where the shared store is and how to get in."""

import re
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from redis._parsers import _RESP2Parser
from redis.backoff import NoBackoff
from redis.retry import Retry

from clerk_wsgi.backends.store_sockets import LATE_BYTES
from clerk_wsgi.core.errors import ConfigurationError

TLS = re.compile("ssl_(ca_certs|certfile|keyfile|password|cert_reqs|check_hostname)")
WORDS = {
    "ssl_cert_reqs": ("none", "required"),
    "ssl_check_hostname": ("false", "true"),
}


def read_url(url: str, *, patience: float) -> dict[str, Any]:
    """What a `BoundedConnection` is made with.

    `patience` is in seconds, for each read and write. Raises ConfigurationError, which
    tells nothing of the URL but names: it may hold a password.
    """
    try:
        parts = urlsplit(url)
        settings = address(parts)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
    except ValueError:
        raise unusable("it is no URL") from None
    if parts.scheme not in ("redis", "rediss") or parts.fragment:
        raise unusable("it is no URL of a Redis or Valkey server")
    if not re.fullmatch(r"/?|/\d{1,4}", parts.path, re.ASCII):
        raise unusable("its path is no number of a database")
    check(query, is_tls=parts.scheme == "rediss")
    if parts.scheme == "rediss":
        settings["tls"] = TLSContext(query)
    return settings | fixed(patience)


def address(parts: SplitResult) -> dict[str, Any]:
    """Raises ValueError for a port that is none."""
    found = {
        "host": parts.hostname or "localhost",
        "port": parts.port or 6379,
        "username": unquote(parts.username or "") or None,
        "password": unquote(parts.password or "") or None,
    }
    number = parts.path.strip("/")
    return {**found, "db": int(number) if number.isdecimal() else 0}


def fixed(patience: float) -> dict[str, Any]:
    """What nobody chooses: no call is made twice, and answers are bytes.

    The parser is the one in Python: the one in C makes room for as many parts as an
    answer says that it has, be it a billion. It reads little at a time, since the clock
    is looked at between two reads.
    """
    return {
        "socket_timeout": patience,
        "socket_connect_timeout": patience,
        "retry": Retry(NoBackoff(), 0),
        "protocol": 2,
        "parser_class": _RESP2Parser,
        "socket_read_size": LATE_BYTES,
    }


def check(query: Mapping[str, str], *, is_tls: bool) -> None:
    for name, value in query.items():
        if not is_tls or not TLS.fullmatch(name):
            raise unusable(f"it has a parameter that is not known: {name!r}")
        if not value:
            raise unusable(f"its {name} is empty")
        if value.lower() not in WORDS.get(name, (value.lower(),)):
            raise unusable(f"its {name} is none of: {', '.join(WORDS[name])}")


class TLSContext:
    """Gives the context. Raises ConfigurationError here, for files that cannot be read.

    Made once: that takes longer than a caller would wait for a connection. And once
    more where gevent has replaced the module's class: the old one fails then.
    """

    def __init__(self, query: Mapping[str, str]) -> None:
        self._query = query
        self._made = tls_context(query)

    def __call__(self) -> ssl.SSLContext:
        if type(self._made) is not ssl.SSLContext:
            self._made = tls_context(self._query)
        return self._made


def tls_context(query: Mapping[str, str]) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=query.get("ssl_ca_certs"))
        if "ssl_certfile" in query:
            key, password = query.get("ssl_keyfile"), query.get("ssl_password")
            context.load_cert_chain(query["ssl_certfile"], key, password or "")
    except (OSError, ValueError):
        raise unusable("its certificates or its key cannot be read") from None
    if query.get("ssl_check_hostname", "").lower() == "false":
        context.check_hostname = False
    if query.get("ssl_cert_reqs", "").lower() == "none":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def unusable(reason: str) -> ConfigurationError:
    return ConfigurationError(
        f"CLERK_STORE_URL (option store_url) is not usable, since {reason}. Write "
        "redis://[[user]:password@]host[:port][/number], or rediss:// for TLS."
    )
