"""Cookies for whatever client a test has, without importing any of them."""

from collections.abc import Mapping, MutableMapping
from functools import partial
from http.cookies import SimpleCookie
from typing import Any


def carry(client: Any, cookies: Mapping[str, str]) -> None:
    """Have the client send these cookies from now on.

    Takes test clients of WebTest, werkzeug, Flask and Django, sessions of requests and
    httpx, and a dict of headers. Raises TypeError for anything else.
    """
    if isinstance(client, MutableMapping):
        client["Cookie"] = with_cookies(client.get("Cookie", ""), cookies)
        return
    put = setter_of(client)
    for name, value in cookies.items():
        put(name, value)


def setter_of(client: Any) -> Any:
    if hasattr(client, "cookiejar"):
        return partial(set_unquoted, client)
    own = getattr(client, "set_cookie", None)
    if callable(own):
        return own
    jar = getattr(client, "cookies", None)
    if isinstance(jar, SimpleCookie):
        return jar.__setitem__
    put = getattr(jar, "set", None)
    if callable(put):
        return put
    raise TypeError(
        f"Nobody can be signed in on a {type(client).__name__}: it keeps no cookies "
        "that can be set. Pass a dict of headers, or use clerk.headers(...)."
    )


def set_unquoted(client: Any, name: str, value: str) -> None:
    """WebTest's own `set_cookie` puts quotes around values, which no browser does."""
    client.set_cookie(name, "")
    for cookie in client.cookiejar:
        if cookie.name == name:
            cookie.value = value


def with_cookies(header: str, cookies: Mapping[str, str]) -> str:
    """A Cookie header with those cookies in place of others of their names."""
    pairs = (each.strip().partition("=") for each in header.split(";") if each.strip())
    known = {name: value for name, _, value in pairs}
    return "; ".join(f"{name}={value}" for name, value in {**known, **cookies}.items())
