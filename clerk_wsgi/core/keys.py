"""What a Clerk key says about its instance, without asking anybody.

The rules are Clerk's (keys and tokens: publishable keys, secret keys, cookie
suffix, account portal).
"""

import re
from base64 import b64decode, b64encode, urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha1
from typing import Literal

from clerk_wsgi.core.errors import ConfigurationError

InstanceType = Literal["production", "development"]

_INSTANCE_TYPES: dict[str, InstanceType] = {
    "live": "production",
    "test": "development",
}
_WITHOUT_WHITESPACE = {ord(space): None for space in "\t\n\f\r "}
_BASE64 = re.compile(r"[A-Za-z0-9+/]*")
_USABLE_HOST = re.compile(r"[A-Za-z0-9.-]+(?::[0-9]+)?")
_DEVELOPMENT_HOST = re.compile(
    r"(?:[a-z]+-){2}[0-9]{1,2}\.clerk\.accounts[a-z.]*(?:dev|com)",
    re.IGNORECASE,
)
_PORT = re.compile(r":[0-9]+\Z")
_LEGACY_DEVELOPMENT = (".lcl.dev", ".lclstage.dev", ".lclclerk.com")
_CURRENT_DEVELOPMENT = (".accounts.dev", ".accountsstage.dev", ".accounts.lclclerk.com")
_BEFORE_ACCOUNTS = re.compile(r"clerk\.accounts\.|clerk\.")


@dataclass(frozen=True, slots=True)
class PublishableKey:
    """A publishable key that parsed.

    `text` is the key as configured, spaces and padding included (the cookie
    suffix depends on them); `host` is the Frontend API that it names, as spelled
    there.
    """

    text: str
    instance_type: InstanceType
    host: str

    @property
    def is_development(self) -> bool:
        return self.instance_type == "development"

    def frontend_api(
        self, proxy_url: str = "", domain: str = "", is_satellite: bool = False
    ) -> str:
        """Where this instance's Frontend API answers: a host, or `proxy_url` as is."""
        if proxy_url:
            return proxy_url
        if is_satellite and domain and not self.is_development:
            return f"clerk.{domain}"
        return self.host


def parse_publishable_key(text: str | None) -> PublishableKey | None:
    """The key in `text`, or None when Clerk would not call it a publishable key."""
    parts = (text or "").split("_")
    if text is None or len(parts) != 3 or parts[0] != "pk":
        return None
    instance_type = _INSTANCE_TYPES.get(parts[1])
    decoded = _decode(parts[2])
    host = decoded[:-1]
    well_formed = decoded.endswith("$") and "$" not in host and "." in host
    if instance_type is None or not well_formed:
        return None
    return PublishableKey(text, instance_type, host)


def require_publishable_key(text: str | None) -> PublishableKey:
    """The key in `text`.

    Raises ConfigurationError when there is none. Clerk accepts any text with a
    dot as the host; a host that could not stand in a URL is refused here, since it
    would end up in redirects.
    """
    if not text:
        raise ConfigurationError(
            "Publishable key is missing.\n"
            "Set CLERK_PUBLISHABLE_KEY to the key that Clerk's dashboard shows."
        )
    key = parse_publishable_key(text)
    if key is None or not _USABLE_HOST.fullmatch(key.host):
        raise ConfigurationError(
            "Publishable key not valid "
            "(expected format: pk_test_... or pk_live_...).\n"
            "Copy CLERK_PUBLISHABLE_KEY once more from Clerk's dashboard."
        )
    return key


def is_publishable_key(text: str | None) -> bool:
    return parse_publishable_key(text) is not None


def build_publishable_key(frontend_api: str) -> str:
    """The key of the instance whose Frontend API is `frontend_api`, unpadded.

    Raises ValueError for a host outside Latin-1, which no key can hold.
    """
    encoded = b64encode(f"{frontend_api}$".encode("latin-1")).decode().rstrip("=")
    prefix = "pk_test_" if _is_development_frontend_api(frontend_api) else "pk_live_"
    return prefix + encoded


def publishable_key_from_host(host: str, fallback: str | None = None) -> str:
    """The key of the instance that serves `clerk.<host>`; `host` may have a port.

    A development key as `fallback` wins. Raises ValueError for an empty host.
    """
    if is_development_publishable_key(fallback or ""):
        return fallback or ""
    name = _PORT.sub("", host.lower())
    if not name:
        raise ValueError("Host must not be empty.")
    return build_publishable_key(f"clerk.{name}")


def api_url_for(key_text: str | None) -> str:
    """The Backend API of the instance whose publishable key this is."""
    return f"https://api.{_clerk_domain(key_text, 'clerk.com')}"


def proxy_target_for(key_text: str | None) -> str:
    """The Frontend API that a proxy for this publishable key talks to."""
    return f"https://frontend-api.{_clerk_domain(key_text, 'clerk.dev')}"


def is_development_publishable_key(text: str) -> bool:
    """By the prefix alone, legacy prefix included."""
    return text.startswith(("pk_test_", "test_"))


def is_production_publishable_key(text: str) -> bool:
    """By the prefix alone, legacy prefix included."""
    return text.startswith(("pk_live_", "live_"))


def is_development_secret_key(text: str) -> bool:
    return text.startswith(("sk_test_", "test_"))


def is_production_secret_key(text: str) -> bool:
    return text.startswith(("sk_live_", "live_"))


def cookie_suffix(key_text: str) -> str:
    """Eight characters that tell the cookies of one instance from another's.

    The whole text counts: the same key with other padding has another suffix.
    """
    digest = sha1(key_text.encode("utf-8", "replace"), usedforsecurity=False).digest()
    return urlsafe_b64encode(digest).decode()[:8]


def accounts_base_url(frontend_api: str | None) -> str:
    """The account portal beside a Frontend API host; empty for an empty host."""
    if not frontend_api:
        return ""
    host = frontend_api.replace("clerk.accountsstage.", "accountsstage.", 1)
    return "https://" + _BEFORE_ACCOUNTS.sub("accounts.", host, count=1)


def is_development_accounts_host(host: str) -> bool:
    """Is this the account portal of some development instance?"""
    return is_legacy_accounts_host(host) or is_current_accounts_host(host)


def is_legacy_accounts_host(host: str) -> bool:
    return host.startswith("accounts.") and host.endswith(_LEGACY_DEVELOPMENT)


def is_current_accounts_host(host: str) -> bool:
    return any(
        host.endswith(suffix) and not host.endswith(f".clerk{suffix}")
        for suffix in _CURRENT_DEVELOPMENT
    )


def _decode(encoded: str) -> str:
    """Base64 as browsers read it, one character a byte; empty when malformed."""
    digits = encoded.translate(_WITHOUT_WHITESPACE)
    if len(digits) % 4 == 0:
        digits = digits.removesuffix("=").removesuffix("=")
    if len(digits) % 4 == 1 or not _BASE64.fullmatch(digits):
        return ""
    return b64decode(digits + "=" * (-len(digits) % 4)).decode("latin-1")


def _is_development_frontend_api(host: str) -> bool:
    if _DEVELOPMENT_HOST.fullmatch(host):
        return True
    legacy = host.startswith("clerk.") and host.endswith(_LEGACY_DEVELOPMENT)
    return legacy and not host.endswith(".prod.lclclerk.com")


def _clerk_domain(key_text: str | None, production: str) -> str:
    key = parse_publishable_key(key_text)
    host = key.host if key else ""
    if host.startswith("clerk.") and host.endswith(_LEGACY_DEVELOPMENT):
        return production
    if host.endswith((".lcl.dev", "lclstage.dev", ".lclclerk.com")):
        return "lclclerk.com"
    return "clerkstage.dev" if host.endswith(".accountsstage.dev") else production
