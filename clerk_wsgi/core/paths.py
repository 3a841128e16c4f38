"""Request paths, brought into the one form that patterns are matched against."""

import re

from clerk_wsgi.core.errors import MalformedURLError

# Longer ones are refused; servers draw their lines near here, too.
LONGEST_PATH = 8192

# Most paths: ASCII, no doubled slash, no segment that starts with a dot, nothing odd.
ORDINARY = re.compile(
    r"(?:/(?!\.)[!$%&'()*+,\-.0-9:;=@A-Z_a-z~]++)*+/?(?<=.)", re.ASCII
)
SLASHES = re.compile("//+")
UNSENT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\\]")
DOT_SEGMENT = re.compile(r"/\.\.?(?![^/])")

# What the reserved characters ; , / ? : @ & = + $ # are encoded as.
RESERVED = "%(?:2[346BCF]|3[ABDF]|40)"
ENCODED = re.compile(f"(?:(?!{RESERVED})%[0-9A-F]{{2}})+", re.IGNORECASE)
BROKEN = re.compile(r"%(?![0-9A-Fa-f]{2})|[\ud800-\udfff]")


def normalize_path(path: str) -> str:
    """A URL's path, decoded once and without doubled slashes (Clerk: middleware, 12).

    Reserved characters stay encoded, as written. Raises MalformedURLError for what is
    no percent-encoded UTF-8 and for paths of more than 8 KiB.
    """
    refuse_long(path)
    if "%" in path or not path.isascii():
        path = decode(path)
    return SLASHES.sub("/", path)


def decode(path: str) -> str:
    try:
        if not BROKEN.search(path):
            return ENCODED.sub(decode_run, path)
    except UnicodeDecodeError:
        pass
    raise MalformedURLError(f"Malformed encoding in URL path: {path}")


def decode_run(found: re.Match[str]) -> str:
    return bytes.fromhex(found[0].replace("%", "")).decode("utf-8")


def routed_path(path_info: str) -> str:
    """The path that the application routes on, from the PATH_INFO of PEP 3333.

    Decoded as UTF-8, without doubled slashes; the empty one is `/`. Percent signs in it
    are what they are: the server has decoded the path once and nobody does it again.
    Raises MalformedURLError for what `checked_path` refuses and for invalid UTF-8.
    """
    if ORDINARY.fullmatch(path_info) and len(path_info) <= LONGEST_PATH:
        return path_info
    refuse_long(path_info)
    try:
        return checked_path(path_info.encode("latin-1").decode("utf-8") or "/")
    except UnicodeError:
        raise MalformedURLError("The path is not valid UTF-8.") from None


def checked_path(path: str) -> str:
    """A decoded path without doubled slashes.

    Raises MalformedURLError for paths that no browser sends and that frameworks do not
    agree on: more than 8 KiB, no leading slash, backslashes, control characters or
    other line ends, dot segments.
    """
    if ORDINARY.fullmatch(path) and len(path) <= LONGEST_PATH:
        return path
    refuse_long(path)
    if not path.startswith("/"):
        raise MalformedURLError("The path does not start with a slash.")
    if UNSENT.search(path):
        raise MalformedURLError("The path holds a control character or a backslash.")
    if DOT_SEGMENT.search(path):
        raise MalformedURLError("The path holds a dot segment.")
    return SLASHES.sub("/", path)


def refuse_long(path: str) -> None:
    if len(path) > LONGEST_PATH:
        raise MalformedURLError(f"The path is longer than {LONGEST_PATH} characters.")


def as_sent(path: str) -> str:
    """A decoded path with `?` and `#` encoded again, as a URL would have to write them.

    Patterns take the bare ones for the end of a path. `/users/a?b` must match
    `/users/:id`, since the application's router says so, too.
    """
    return path.replace("?", "%3F").replace("#", "%23")
