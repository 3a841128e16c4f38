"""Where people are sent to sign in or up, and with what in the URL.

Source: Clerk, middleware and auth object, redirect URLs.
"""

from dataclasses import dataclass

from clerk_wsgi.core.errors import ConfigurationError
from clerk_wsgi.core.keys import (
    PublishableKey,
    accounts_base_url,
    parse_publishable_key,
)
from clerk_wsgi.core.urls import (
    parse_url,
    query_value,
    remove_parameters,
    set_parameter,
)

DEV_BROWSER = "__clerk_db_jwt"
REDIRECT_URL = "redirect_url"
SYNCED = "__clerk_synced"


@dataclass(frozen=True, slots=True, kw_only=True)
class RedirectSettings:
    """What redirects depend on besides the return URL.

    `base_url` is the public URL of the request; the others are Clerk's options, the
    development browser token (empty if there is none) and the session's status.
    """

    base_url: str
    publishable_key: str | PublishableKey | None
    sign_in_url: str = ""
    sign_up_url: str = ""
    is_satellite: bool = False
    dev_browser: str = ""
    session_status: str | None = None

    @property
    def key(self) -> PublishableKey | None:
        if isinstance(self.publishable_key, PublishableKey):
            return self.publishable_key
        return parse_publishable_key(self.publishable_key)


def redirect_to_sign_in(settings: RedirectSettings, return_back_url: str | None) -> str:
    """The URL of the sign-in page, which leads back to `return_back_url`.

    None or an empty text leads back nowhere in particular; whoever was given no
    return URL passes `settings.base_url`. A relative one is resolved against that;
    it may name another site, so never build it from what a client sent (but see
    `is_same_site_path`). Raises ConfigurationError without a page to go to and
    ValueError where something is no URL.
    """
    target = settings.sign_in_url or _account_page(settings, "sign-in")
    return _redirect(settings, target, return_back_url)


def redirect_to_sign_up(settings: RedirectSettings, return_back_url: str | None) -> str:
    """The URL of the sign-up page; see `redirect_to_sign_in`."""
    target = settings.sign_up_url
    if not target:
        target = _account_page(settings, "sign-up")
        if settings.sign_in_url:
            page = parse_url(settings.sign_in_url, parse_url(settings.base_url))
            target = str(page._replace(path=f"{page.path}/create"))
    return _redirect(settings, target, return_back_url)


def decorate_with_dev_browser(location: str, clerk_url: str, cookie_value: str) -> str:
    """`location` with the development browser token, if it leads to another origin.

    A token that is in there already wins over `cookie_value`. For redirects of ours
    and development keys only: the caller knows both. What is no http(s) URL stays.
    """
    try:
        here = parse_url(clerk_url)
        there = parse_url(location, here)
    except ValueError:
        return location
    if there.origin == here.origin:
        return location
    token = query_value(there, DEV_BROWSER) or cookie_value
    there = remove_parameters(there, {DEV_BROWSER})
    return str(set_parameter(there, DEV_BROWSER, token) if token else there)


def _account_page(settings: RedirectSettings, page: str) -> str:
    """A page of the account portal, known from the key alone."""
    key = settings.key
    if key is None:
        option = page.replace("-", "_").upper()
        raise ConfigurationError(
            "Clerk keys are missing from your environment. "
            f"Set CLERK_PUBLISHABLE_KEY or CLERK_{option}_URL."
        )
    return f"{accounts_base_url(key.host)}/{page}"


def _redirect(
    settings: RedirectSettings, target: str, return_back_url: str | None
) -> str:
    if settings.session_status == "pending":
        target += "/tasks"
    base = parse_url(settings.base_url)
    page = parse_url(target, base)
    is_elsewhere = (page.host, page.port) != (base.host, base.port)
    if return_back_url:
        back = parse_url(return_back_url, base)
        if is_elsewhere and settings.is_satellite:
            back = set_parameter(back, SYNCED, "false")
        page = set_parameter(page, REDIRECT_URL, str(back))
    if is_elsewhere and _may_carry_token(settings):
        page = set_parameter(page, DEV_BROWSER, settings.dev_browser)
    return str(page)


def _may_carry_token(settings: RedirectSettings) -> bool:
    """The token is a development thing: a live key never puts it in a URL."""
    key = settings.key
    return bool(settings.dev_browser and key and key.is_development)
