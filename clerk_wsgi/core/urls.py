"""Absolute http(s) URLs, read, edited and written as browsers do.

The rules are those of the WHATWG URL standard as far as http and https go
(Clerk: public URL of the request, handshake URL, redirect URLs). What comes out
is ASCII without control characters, fit for a `Location` header; what cannot be
made so is refused with ValueError and with nothing else.
"""

import re
from collections.abc import Collection, Iterable
from typing import NamedTuple
from urllib.parse import quote, quote_plus, unquote, unquote_plus, unquote_to_bytes

from clerk_wsgi.core.hosts import parse_authority
from clerk_wsgi.core.url_parts import (
    PLAIN_AUTHORITY,
    PLAIN_TARGET,
    PLAIN_URL,
    escape_fragment,
    escape_query,
    normal_path,
)

_DEFAULT_PORTS = {"http": 80, "https": 443}
_AROUND = "".join(map(chr, range(0x21)))
_WITHIN = {ord(char): None for char in "\t\n\r"}
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_SLASH = re.compile(r"[/\\]")
_QUERY_OR_FRAGMENT = re.compile(r"[?#]")
_ABSOLUTE_FORM = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")
_IN_PATH = "!$&'()*+,;=:@/"
_IN_RAW_PATH = _IN_PATH + "%[]^|"
_IN_QUERY = "!$%&()*+,/:;=?@[\\]^`{|}"
_SITE_PATH = re.compile(r"(?:/(?![/\\])[^/\\\x00-\x1f\x7f-\x9f\ud800-\udfff]*+)++")


class Url(NamedTuple):
    """An absolute URL, as `parse_url` makes it; `str` writes it.

    `scheme` is http or https, `host` lower-case, `port` None where it is the
    scheme's own, `path` begins with a slash. `query` and `fragment` come without
    their mark and are None where the mark is missing, too.
    """

    scheme: str
    host: str
    port: int | None
    path: str
    query: str | None = None
    fragment: str | None = None

    @property
    def origin(self) -> str:
        port = "" if self.port is None else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}"

    def __str__(self) -> str:
        query = "" if self.query is None else f"?{self.query}"
        fragment = "" if self.fragment is None else f"#{self.fragment}"
        return f"{self.origin}{self.path}{query}{fragment}"


def parse_url(text: str, base: Url | None = None) -> Url:
    """The URL in `text`, resolved against `base` where it is relative.

    Raises ValueError for what is no URL, for other schemes, for credentials and for
    host names outside ASCII.
    """
    if plain := PLAIN_URL.fullmatch(text):
        scheme, host, digits, path, query = plain.groups()
        return Url(scheme, host, int(digits) if digits else None, path, query)
    text = _clean(text)
    if scheme_found := _SCHEME.match(text):
        scheme = scheme_found[1].lower()
        text = text[scheme_found.end() :]
        if base is None or base.scheme != scheme:
            return _parse_absolute(scheme, text)
    if base is None:
        raise ValueError("Invalid URL: it is relative.")
    if text[:2].replace("\\", "/") == "//":
        return _parse_absolute(base.scheme, text)
    return _resolve(text, base)


def encode_pairs(pairs: Iterable[tuple[str, str]]) -> str:
    """`a=1&b=2`, form-urlencoded as browsers do (`~` escaped, `*` not)."""
    return "&".join(f"{_encode(name)}={_encode(value)}" for name, value in pairs)


def decode_pairs(query: str) -> list[tuple[str, str]]:
    """The pairs of a form-urlencoded text; malformed escapes are literal text."""
    pairs = (part.partition("=") for part in query.split("&") if part)
    return [(unquote_plus(name), unquote_plus(value)) for name, _, value in pairs]


def query_value(url: Url, name: str) -> str | None:
    """The first value of the parameter `name`, or None."""
    found = (value for each, value in decode_pairs(url.query or "") if each == name)
    return next(found, None)


def append_parameter(url: Url, name: str, value: str) -> Url:
    return _with_pairs(url, [*decode_pairs(url.query or ""), (name, value)])


def set_parameter(url: Url, name: str, value: str) -> Url:
    """The parameter `name` once, where it stood first, else at the end."""
    pairs = decode_pairs(url.query or "")
    names = [each for each, _ in pairs]
    position = names.index(name) if name in names else len(pairs)
    others = [pair for pair in pairs[position + 1 :] if pair[0] != name]
    return _with_pairs(url, [*pairs[:position], (name, value), *others])


def remove_parameters(url: Url, names: Collection[str]) -> Url:
    """Without the parameters `names`; what is left of the query is re-encoded."""
    pairs = decode_pairs(url.query or "")
    return _with_pairs(url, [pair for pair in pairs if pair[0] not in names])


def request_target(
    script_name: str, path_info: str, query_string: str, raw_uri: str | None = None
) -> str:
    """Path and query of a request, as the client wrote them where that is known.

    The first three are WSGI's native strings, `raw_uri` is what some servers offer
    as `RAW_URI` or `REQUEST_URI`. It spells escapes that `PATH_INFO` has lost, and is
    ignored where it is about another path than the one the application will see.
    Raises ValueError for text that is no native string.
    """
    path = script_name + path_info
    query = f"?{query_string}" if query_string else ""
    target = path + query
    ordinary = raw_uri in (None, target) and "%" not in path and "?" not in path
    if ordinary and PLAIN_TARGET.fullmatch(target):
        return target
    return _rooted(_quoted_path(path, raw_uri or "") + _quote(query, _IN_QUERY))


def public_url(
    scheme: str,
    host: str,
    target: str,
    *,
    server: str = "",
    forwarded_host: str | None = None,
    forwarded_proto: str | None = None,
) -> str:
    """The URL that the browser shows for a request.

    `host` is the Host header and `server` stands in for it where it is empty;
    `target` is path and query. The forwarded values are those of trusted proxies, or
    None; the first entry of each counts if it is a host, or http or https, and else
    none does. The target is appended and never resolved, so that no path can name
    another host. Raises ValueError where neither way leads to a URL.
    """
    if forwarded_host is not None or forwarded_proto is not None:
        name = host if forwarded_host is None else forwarded_host.partition(",")[0]
        proto = scheme if forwarded_proto is None else forwarded_proto.partition(",")[0]
        try:
            return _join(proto, name.strip(" \t"), target.partition("#")[0])
        except ValueError:
            pass
    return _join(scheme, host or server, target)


def is_same_site_path(text: str) -> bool:
    """Is `text` a path on this very site, in every reading of a browser?

    For return targets that came with a request. However often it is decoded on its
    way, it must not turn into another host, so double slashes and backslashes are
    refused everywhere, escaped ones and those of the query included.
    """
    for _ in range(5):
        if not _SITE_PATH.fullmatch(text):
            return False
        decoded = unquote(text)
        if decoded == text:
            return True
        text = decoded
    return False


def _clean(text: str) -> str:
    return _scalar(text).strip(_AROUND).translate(_WITHIN)


def _scalar(text: str) -> str:
    """Lone surrogates have no UTF-8; browsers write U+FFFD instead."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _parse_absolute(scheme: str, rest: str) -> Url:
    """`rest` follows `https:` with any number of slashes; browsers need none."""
    body, query, fragment = _split(rest)
    body = body.lstrip("/\\")
    authority = _SLASH.split(body, maxsplit=1)[0]
    return _build(scheme, authority, body[len(authority) :], query, fragment)


def _resolve(reference: str, base: Url) -> Url:
    body, query, fragment = _split(reference)
    if not body:
        query = base.query if query is None else query
        return base._replace(query=query, fragment=fragment)
    if body[0] not in "/\\":
        body = f"{base.path.rpartition('/')[0]}/{body}"
    return base._replace(path=normal_path(body), query=query, fragment=fragment)


def _split(text: str) -> tuple[str, str | None, str | None]:
    body, hash_mark, fragment = text.partition("#")
    body, question_mark, query = body.partition("?")
    return (
        body,
        escape_query(query) if question_mark else None,
        escape_fragment(fragment) if hash_mark else None,
    )


def _build(
    scheme: str, authority: str, path: str, query: str | None, fragment: str | None
) -> Url:
    if scheme not in _DEFAULT_PORTS:
        raise ValueError("Invalid URL: neither http nor https.")
    host, port = parse_authority(authority)
    if port == _DEFAULT_PORTS[scheme]:
        port = None
    return Url(scheme, host, port, normal_path(_rooted(path)), query, fragment)


def _join(scheme: str, authority: str, target: str) -> str:
    scheme = scheme.lower()
    ordinary = scheme in _DEFAULT_PORTS and PLAIN_AUTHORITY.fullmatch(authority)
    if ordinary and PLAIN_TARGET.fullmatch(target):
        return f"{scheme}://{authority}{target}"
    path, query, fragment = _split(_clean(target))
    return str(_build(scheme, authority, path, query, fragment))


def _rooted(path: str) -> str:
    return path if path.startswith(("/", "\\")) else f"/{path}"


def _quoted_path(path: str, raw_uri: str) -> str:
    """`path` as spelled in `raw_uri` if it is there, else escaped anew."""
    raw = _QUERY_OR_FRAGMENT.split(_ABSOLUTE_FORM.sub("", raw_uri), maxsplit=1)[0]
    if unquote_to_bytes(raw.encode("latin-1")) == path.encode("latin-1"):
        return _quote(raw, _IN_RAW_PATH)
    return _quote(path, _IN_PATH)


def _quote(native: str, safe: str) -> str:
    return quote(native, safe=safe, encoding="latin-1", errors="strict")


def _encode(text: str) -> str:
    return quote_plus(_scalar(text), safe="*").replace("~", "%7E")


def _with_pairs(url: Url, pairs: list[tuple[str, str]]) -> Url:
    return url._replace(query=encode_pairs(pairs) or None)
