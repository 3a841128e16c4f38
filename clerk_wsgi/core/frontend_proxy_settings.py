"""Which requests are proxied, to where, and with which key.

Source: Clerk, middleware and auth object, 11. Stricter than Clerk: the secret key is
sent over plain http on the machine itself only.
"""

import re
from dataclasses import dataclass, field
from ipaddress import ip_address

from clerk_wsgi.core.errors import ConfigurationError
from clerk_wsgi.core.keys import is_production_publishable_key, proxy_target_for
from clerk_wsgi.core.option_values import flag, text
from clerk_wsgi.core.urls import Url, parse_url

DEFAULT_PATH = "/__clerk"

_PATH = re.compile(r"(?:/(?!\.{1,2}(?:/|\Z))[A-Za-z0-9._~!$&'()*+,;=:@-]+)*/*")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):[/\\]*")
_SLASH = re.compile(r"[/\\]")


@dataclass(frozen=True, slots=True)
class ProxySettings:
    """Where requests go, and as whom. Paths are written behind `base` as they are."""

    base: str
    target: Url
    secret_key: str = field(repr=False)


def read_path(given: object) -> str:
    """The path that is proxied, without slashes at its end; empty means all.

    Raises ConfigurationError for what is no path.
    """
    if given is None or given == "":
        return DEFAULT_PATH
    if not isinstance(given, str) or not _PATH.fullmatch(given):
        raise refused("path", "must be a path such as /__clerk")
    return given.rstrip("/")


def read_settings(
    publishable_key: str, secret_key: str, fapi_url: str = ""
) -> ProxySettings:
    """Raises ConfigurationError, whose first line is Clerk's."""
    if not publishable_key:
        raise _missing("publishableKey", "CLERK_PUBLISHABLE_KEY")
    if not secret_key:
        raise _missing("secretKey", "CLERK_SECRET_KEY")
    try:
        target = _target(fapi_url or proxy_target_for(publishable_key))
    except ValueError as error:
        raise ConfigurationError(
            f"{error}\nMend the option fapi_url or the variable CLERK_FAPI_URL."
        ) from None
    return ProxySettings(str(target).rstrip("/"), target, secret_key)


def read_text(name: str, given: object, otherwise: object) -> str:
    """The text that was given for the option, or the other one."""
    try:
        return text(given or "") or text(otherwise or "")
    except ValueError as error:
        raise refused(name, error) from None


def read_flag(name: str, given: object) -> bool:
    try:
        return flag(given)
    except ValueError as error:
        raise refused(name, error) from None


def refused(name: str, why: object) -> ConfigurationError:
    return ConfigurationError(f"The option {name} of FrontendApiProxyLayer {why}.")


def is_proxied(path: str, proxy_path: str) -> bool:
    """Is `path`, dot segments resolved and nothing decoded, within `proxy_path`?"""
    return path == proxy_path or path.startswith(f"{proxy_path}/")


def is_proxied_by_default(
    host: str, publishable_key: str, *, proxy_url: str, domain: str, is_disabled: bool
) -> bool:
    """Does a site that says nothing about a proxy get one? On Vercel, in production."""
    says_nothing = not (proxy_url or domain or is_disabled)
    is_live = is_production_publishable_key(publishable_key)
    return says_nothing and is_live and host.endswith(".vercel.app")


def _missing(name: str, variable: str) -> ConfigurationError:
    return ConfigurationError(
        f"Missing {name}. Provide it in options or set {variable} environment variable."
    )


def _target(url_text: str) -> Url:
    scheme = _SCHEME.match(url_text)
    if not scheme:
        raise ValueError("Invalid URL")
    if scheme[1].lower() not in ("http", "https"):
        raise ValueError("FAPI URL must use http or https")
    authority = _SLASH.split(url_text[scheme.end() :], maxsplit=1)[0]
    if "@" in authority or "?" in url_text or "#" in url_text:
        raise ValueError(
            "FAPI URL must not include credentials, a query string, or a hash"
        )
    try:
        url = parse_url(url_text)
    except ValueError:
        raise ValueError("Invalid URL") from None
    if url.scheme == "http" and not _is_this_machine(url.host):
        raise ValueError("FAPI URL must use https, but on this machine itself")
    return url


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
