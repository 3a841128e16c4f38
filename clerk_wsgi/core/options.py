"""Every option: its name, default, variable and what it may be.

Options come from keywords, a mapping or `CLERK_*` variables, in this order, and are
checked when they are read: a chain that could be built has options that work.
"""

from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from functools import cached_property
from typing import Any, Self

from clerk_wsgi.core.errors import ConfigurationError
from clerk_wsgi.core.keys import (
    PublishableKey,
    accounts_base_url,
    cookie_suffix,
    is_development_publishable_key,
    is_development_secret_key,
    require_publishable_key,
)
from clerk_wsgi.core.option_values import (
    Reader,
    absolute_url,
    feed_age,
    flag,
    number,
    parties,
    proxy_url,
    refusal_status,
    revocation_mode,
    store_url,
    target_url,
    text,
    texts,
    whole_number,
)
from clerk_wsgi.core.patterns import Pattern, compile_pattern
from clerk_wsgi.core.verification import Checks

SIGN_IN_URL = "option sign_in_url or variable CLERK_SIGN_IN_URL"


def option(
    read: Reader, default: Any, variable: str | None = None, *, secret: bool = False
) -> Any:
    return field(
        default=default,
        repr=not secret,
        metadata={"read": read, "variable": variable, "secret": secret},
    )


@dataclass(frozen=True, kw_only=True)
class Options:
    """All options, validated. Times are milliseconds where the name says so.

    Raises ConfigurationError, in a sentence that names the option and its variable.
    """

    publishable_key: str = option(text, "", "CLERK_PUBLISHABLE_KEY")
    secret_key: str = option(text, "", "CLERK_SECRET_KEY", secret=True)
    machine_secret_key: str = option(text, "", "CLERK_MACHINE_SECRET_KEY", secret=True)
    jwt_key: str = option(text, "", "CLERK_JWT_KEY", secret=True)
    encryption_key: str = option(text, "", "CLERK_ENCRYPTION_KEY", secret=True)
    api_url: str = option(absolute_url, "https://api.clerk.com", "CLERK_API_URL")
    api_version: str = option(text, "v1", "CLERK_API_VERSION")
    api_timeout_in_ms: float = option(number, 3000)
    api_retries: int = option(whole_number, 0)

    audience: tuple[str, ...] = option(texts, (), "CLERK_AUDIENCE")
    authorized_parties: tuple[str, ...] = option(
        parties, (), "CLERK_AUTHORIZED_PARTIES"
    )
    issuer: tuple[str, ...] = option(texts, ())
    clock_skew_in_ms: float = option(number, 5000)

    sign_in_url: str = option(target_url, "", "CLERK_SIGN_IN_URL")
    sign_up_url: str = option(target_url, "", "CLERK_SIGN_UP_URL")
    is_satellite: bool = option(flag, False, "CLERK_IS_SATELLITE")
    satellite_auto_sync: bool = option(flag, False, "CLERK_SATELLITE_AUTO_SYNC")
    domain: str = option(text, "", "CLERK_DOMAIN")
    proxy_url: str = option(proxy_url, "", "CLERK_PROXY_URL")

    organization_patterns: tuple[str, ...] = option(texts, ())
    personal_account_patterns: tuple[str, ...] = option(texts, ())

    unauthenticated_status: int = option(refusal_status, 404)
    trust_forwarded_headers: bool = option(flag, False)
    debug: bool = option(flag, False, "CLERK_DEBUG")

    store_url: str = option(store_url, "memory://", "CLERK_STORE_URL", secret=True)
    revocation: str = option(revocation_mode, "best-effort", "CLERK_REVOCATION")
    revocation_max_age_in_ms: float = option(feed_age, 5000)

    @classmethod
    def read(cls, given: Mapping[str, Any], env: Mapping[str, str]) -> Self:
        """Options from `given`, then from the variables in `env`, then defaults.

        What is None or an empty text in `given` counts as not given.
        """
        known = {each.name: each for each in fields(cls)}
        for name in given:
            if name not in known:
                raise ConfigurationError(unknown(name, known))
        read = {name: value(each, given, env) for name, each in known.items()}
        return cls(**{name: each for name, each in read.items() if each is not None})

    def __post_init__(self) -> None:
        if self.is_satellite:
            self._check_satellite()
        for name in ("organization_patterns", "personal_account_patterns"):
            compile_all(name, getattr(self, name))

    def _check_satellite(self) -> None:
        is_development = is_development_secret_key(self.secret_key)
        if not self.secret_key:
            is_development = is_development_publishable_key(self.publishable_key)
        if is_development and not self.sign_in_url:
            raise ConfigurationError(
                "Missing signInUrl. Pass a signInUrl for dev instances if an app is "
                f"satellite ({SIGN_IN_URL})."
            )
        is_absolute = self.sign_in_url.startswith(("http://", "https://"))
        if self.sign_in_url and not is_absolute:
            raise ConfigurationError(
                "Invalid signInUrl. A satellite application requires a signInUrl for "
                "development instances. The signInUrl needs to have a absolute url "
                f"format. ({SIGN_IN_URL})"
            )
        if not self.proxy_url and not self.domain:
            raise ConfigurationError(
                "Missing domain and proxyUrl. A satellite application needs to specify "
                "a domain or a proxyUrl (option domain or variable CLERK_DOMAIN)."
            )

    @cached_property
    def instance(self) -> PublishableKey:
        """The Clerk instance that the publishable key names."""
        return require_publishable_key(self.publishable_key)

    @cached_property
    def told(self) -> str:
        """What differs from the defaults, on one line, secrets masked."""
        given = ((f, getattr(self, f.name)) for f in fields(self))
        return " ".join(
            f"{f.name}={masked(value) if f.metadata['secret'] else ascii(value)}"
            for f, value in given
            if value != f.default
        )

    @cached_property
    def frontend_api_host(self) -> str:
        """Clerk's host for this application, whatever proxy stands before it."""
        return self.instance.frontend_api("", self.domain, self.is_satellite)

    @cached_property
    def cookie_suffix(self) -> str:
        return cookie_suffix(self.publishable_key)

    @cached_property
    def accounts_url(self) -> str:
        """Where Clerk hosts this instance's sign-in and sign-up pages."""
        return accounts_base_url(self.instance.host)

    @cached_property
    def checks(self) -> Checks:
        """What a session token must satisfy besides its signature and times."""
        return Checks(
            audience=self.audience,
            authorized_parties=self.authorized_parties,
            issuer=self.issuer,
            clock_skew_ms=self.clock_skew_in_ms,
        )

    @cached_property
    def organizations(self) -> tuple[Pattern, ...]:
        return compile_all("organization_patterns", self.organization_patterns)

    @cached_property
    def personal_accounts(self) -> tuple[Pattern, ...]:
        return compile_all("personal_account_patterns", self.personal_account_patterns)


def value(
    option: "Field[Any]", given: Mapping[str, Any], env: Mapping[str, str]
) -> Any:
    """The option's value, read and checked; None where nobody gave one."""
    variable = option.metadata["variable"]
    found = given.get(option.name)
    named = f"The option {option.name}"
    if found in (None, "") and variable and variable in env:
        found, named = env[variable].strip(), f"The variable {variable}"
        if found and option.metadata["read"] in (texts, parties):
            found = found.split(",")
    if found in (None, ""):
        return None
    try:
        return option.metadata["read"](found)
    except ValueError as error:
        raise ConfigurationError(f"{named} {error}.") from None


def masked(secret: str) -> str:
    """A secret that its owner recognizes and nobody can use."""
    kind = next((k for k in ("sk_live_", "sk_test_") if secret.startswith(k)), "")
    tail = secret[-3:] if len(secret) >= 12 else ""
    return f"{kind}*********{tail}"


def unknown(name: str, known: Mapping[str, object]) -> str:
    return f"There is no option {name!r}. Options are: {', '.join(sorted(known))}."


def compile_all(option: str, patterns: tuple[str, ...]) -> tuple[Pattern, ...]:
    try:
        return tuple(map(compile_pattern, patterns))
    except ConfigurationError as error:
        *_, cause = str(error).splitlines()
        raise ConfigurationError(
            f'Invalid pattern "{",".join(patterns)}": Error: Invalid path and options: '
            "Consult the documentation of path-to-regexp here: "
            "https://github.com/pillarjs/path-to-regexp/tree/6.x "
            f"(option {option}: {cause})."
        ) from None
