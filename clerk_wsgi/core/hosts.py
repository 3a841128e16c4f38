"""Host names and ports of URLs, in the one spelling that browsers compare.

The rules are those of the WHATWG URL standard with a narrower alphabet: a host
is letters, digits, `.`, `-` and `_`, or an address. Credentials, escapes and names
outside ASCII are refused; an international name comes in its `xn--` form.
"""

import re
from ipaddress import IPv6Address

_AUTHORITY = re.compile(
    r"(?:\[(?P<address>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9._-]+))"
    r"(?::(?P<port>[0-9]*))?"
)
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")


def parse_authority(text: str) -> tuple[str, int | None]:
    """The host, in lower case, and the port, None when it is not given.

    Raises ValueError for anything but a host and an optional port.
    """
    match = _AUTHORITY.fullmatch(text)
    if match is None:
        raise ValueError("Invalid URL: not a host with an optional port.")
    address, name, port = match.group("address", "name", "port")
    host = _parse_ipv6(address) if address else _parse_name(name.lower())
    return host, _parse_port(port) if port else None


def _parse_port(digits: str) -> int:
    significant = digits.lstrip("0") or "0"
    if len(significant) > 5 or (port := int(significant)) > 65535:
        raise ValueError("Invalid URL: no such port.")
    return port


def _parse_ipv6(text: str) -> str:
    address = IPv6Address(text)
    if mapped := address.ipv4_mapped:
        # Python's own spelling of these changed between versions.
        high, low = divmod(int(mapped), 0x10000)
        return f"[::ffff:{high:x}:{low:x}]"
    return f"[{address.compressed}]"


def _parse_name(name: str) -> str:
    """A name stays; one whose last label is a number is an IPv4 address."""
    parts = name.removesuffix(".").split(".")
    return _parse_ipv4(parts) if _NUMBER.fullmatch(parts[-1]) else name


def _parse_ipv4(parts: list[str]) -> str:
    """`127.1`, `0x7f.1` and `2130706433` are all one address to a browser."""
    if len(parts) > 4:
        raise ValueError("Invalid URL: no such IPv4 address.")
    *leading, number = map(_parse_number, parts)
    if number >> (32 - 8 * len(leading)) or any(octet > 255 for octet in leading):
        raise ValueError("Invalid URL: no such IPv4 address.")
    for position, octet in enumerate(leading):
        number += octet << (24 - 8 * position)
    return ".".join(str(octet) for octet in number.to_bytes(4, "big"))


def _parse_number(part: str) -> int:
    if not _NUMBER.fullmatch(part) or len(part) > 32:
        raise ValueError("Invalid URL: no such IPv4 address.")
    if part.startswith("0x"):
        return int(part[2:] or "0", 16)
    return int(part, 8 if part.startswith("0") else 10)
