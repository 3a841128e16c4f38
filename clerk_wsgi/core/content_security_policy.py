"""The Content-Security-Policy under which Clerk's components work.

Source: Clerk, middleware and auth object, 8.
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from clerk_wsgi.core.errors import ConfigurationError

NONCE_BYTES = 16

SELF, NONE = "'self'", "'none'"
KEYWORDS = frozenset(
    ("none", "self", "strict-dynamic", "unsafe-eval", "unsafe-hashes", "unsafe-inline")
)
STRIPE_AND_CLERK = ("https://*.js.stripe.com", "https://js.stripe.com")
DEFAULTS: dict[str, tuple[str, ...]] = {
    "connect-src": (
        SELF,
        "https://clerk-telemetry.com",
        "https://*.clerk-telemetry.com",
        "https://api.stripe.com",
        "https://maps.googleapis.com",
        "https://img.clerk.com",
        "https://*.protect.clerk.com:*",
    ),
    "default-src": (SELF,),
    "form-action": (SELF,),
    "frame-src": (
        SELF,
        "https://challenges.cloudflare.com",
        "https://*.js.stripe.com",
        "https://js.stripe.com",
        "https://hooks.stripe.com",
        "https://*.protect.clerk.com",
    ),
    "img-src": (SELF, "https://img.clerk.com"),
    "script-src": (
        SELF,
        "'unsafe-eval'",
        "'unsafe-inline'",
        "https:",
        "http:",
        "https://*.js.stripe.com",
        "https://js.stripe.com",
        "https://maps.googleapis.com",
        "https://*.protect.clerk.com",
    ),
    "style-src": (SELF, "'unsafe-inline'"),
    "worker-src": (SELF, "blob:"),
}

# Stands for the nonce in a policy that is written once; no value can hold it.
_NONCE = "\0"
_NAME = re.compile(r"[a-z][a-z0-9-]*")
_VALUE = re.compile(
    r"[!-+\--:<-~]+"
)  # printable ASCII, but for space, comma, semicolon
_URL = re.compile(r"[!#-\[\]-~]+")  # printable ASCII, but for space, quote, backslash

Directives = Mapping[str, str | Iterable[str]]


@dataclass(frozen=True, slots=True)
class PolicySettings:
    """What the site's owner says about the policy, checked."""

    directives: Mapping[str, tuple[str, ...]]
    strict: bool = False
    report_only: bool = False
    report_to: str = ""
    is_production: bool = True


class ContentSecurityPolicy:
    """The policy of a site whose Frontend API is at `host`, as headers."""

    def __init__(self, settings: PolicySettings, host: str) -> None:
        self.is_strict = settings.strict
        text = written(directives_for(settings, host))
        self._before: list[tuple[str, str]] = []
        if settings.report_to:
            endpoint = f'csp-endpoint="{settings.report_to}"'
            self._before = [("Reporting-Endpoints", endpoint)]
            text += "; report-to csp-endpoint"
        suffix = "-Report-Only" if settings.report_only else ""
        self._name = f"Content-Security-Policy{suffix}"
        self._text = text

    def headers(self, random: bytes) -> list[tuple[str, str]]:
        """The headers of one answer; `random` is 16 bytes that nobody can guess."""
        if not self.is_strict:
            return [*self._before, (self._name, self._text)]
        nonce = b64encode(random).decode()
        text = self._text.replace(_NONCE, nonce)
        return [*self._before, (self._name, text), ("X-Nonce", nonce)]


def read_settings(
    *,
    strict: object = False,
    directives: object = None,
    report_only: object = False,
    report_to: object = "",
    is_production: object = True,
) -> PolicySettings:
    """Options as settings. Raises ConfigurationError, naming the option."""
    return PolicySettings(
        directives=read_directives({} if directives is None else directives),
        strict=_flag("strict", strict),
        report_only=_flag("report_only", report_only),
        report_to=_report_to(report_to),
        is_production=_flag("is_production", is_production),
    )


def read_directives(given: object) -> dict[str, tuple[str, ...]]:
    if not isinstance(given, Mapping):
        raise _refused("directives", "must map names to lists of values")
    return {_name(name): _values(name, values) for name, values in given.items()}


def directives_for(settings: PolicySettings, host: str) -> dict[str, tuple[str, ...]]:
    """Every directive with its values, those of Clerk first."""
    merged = DEFAULTS | {"connect-src": (*DEFAULTS["connect-src"], host)}
    merged["script-src"] = script_sources(settings)
    for name, values in settings.directives.items():
        merged[name] = (*merged.get(name, ()), *values)
    return {
        name: (NONE,) if NONE in values else tuple(dict.fromkeys(values))
        for name, values in merged.items()
    }


def script_sources(settings: PolicySettings) -> tuple[str, ...]:
    left_out = {"'unsafe-eval'"} if settings.is_production else set()
    if settings.strict:
        left_out |= {"https:", "http:"}
    sources = tuple(each for each in DEFAULTS["script-src"] if each not in left_out)
    if settings.strict:
        sources += ("'strict-dynamic'", f"'nonce-{_NONCE}'")
    return sources


def written(directives: Mapping[str, tuple[str, ...]]) -> str:
    return "; ".join(
        f"{name} {' '.join(directives[name])}" for name in sorted(directives)
    )


def _name(name: object) -> str:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise _refused("directives", f"cannot set {name!r}: names are such as img-src")
    return name


def _values(name: str, given: object) -> tuple[str, ...]:
    """The values of one directive, in a list or in one text, keywords quoted."""
    listed = [given] if isinstance(given, str) else given
    if not isinstance(listed, list | tuple):
        raise _refused("directives", f"must give {name} a list of texts")
    values = [part for each in listed for part in _parts(name, each)]
    return tuple(f"'{v}'" if v in KEYWORDS else v for v in values)


def _parts(name: str, given: object) -> list[str]:
    if not isinstance(given, str):
        raise _refused("directives", f"must give {name} a list of texts")
    parts = given.split(" ")
    for part in filter(None, parts):
        if not _VALUE.fullmatch(part):
            raise _refused("directives", f"cannot give {name} the value {part!r}")
    return [part for part in parts if part]


def _flag(name: str, given: object) -> bool:
    if not isinstance(given, bool):
        raise _refused(name, "must be True or False")
    return given


def _report_to(given: object) -> str:
    if given in (None, ""):
        return ""
    if not isinstance(given, str) or not _URL.fullmatch(given):
        raise _refused("report_to", "must be a URL such as https://example.com/csp")
    return given


def _refused(option: str, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"The option {option} of ContentSecurityPolicyLayer {why}."
    )
