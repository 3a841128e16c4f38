"""One instance on several domains: a primary, and satellites that follow it.

Source: Clerk, authenticating a request, 10.
"""

import re

from clerk_wsgi.core.attempt import Attempt
from clerk_wsgi.core.handshake import frontend_api, may_handshake, with_scheme
from clerk_wsgi.core.keys import accounts_base_url, is_development_accounts_host
from clerk_wsgi.core.state import Handshake, SignedOut
from clerk_wsgi.core.urls import (
    Url,
    append_parameter,
    parse_url,
    set_parameter,
)

Answer = Handshake | SignedOut

SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:")


def sync_satellite(attempt: Attempt) -> Answer | None:
    """What a satellite does before it looks at its own cookies, if anything."""
    request, options = attempt.request, attempt.options
    synced = attempt.parameter("__clerk_synced")
    is_document = request.headers.get("sec-fetch-dest") == "document"
    if request.method != "GET" or not is_document or synced == "true":
        return None
    has_cookies = bool(attempt.session_token or attempt.client_uat)
    needs_sync = synced == "false"
    if not has_cookies and not needs_sync and not options.satellite_auto_sync:
        return attempt.signed_out("session-token-and-uat-missing")
    if has_cookies and not needs_sync:
        return None
    to = primary_sign_in(attempt) if attempt.is_development else None
    return may_handshake(attempt, "satellite-needs-syncing", to=to)


def primary_sign_in(attempt: Attempt) -> str:
    url = attempt.request.url
    target = parse_url(attempt.options.sign_in_url, url)
    return str(append_parameter(target, "__clerk_redirect_url", str(url)))


def answer_satellite(attempt: Attempt) -> Answer | None:
    """The primary hands its browser token to a satellite, in development only."""
    asked = attempt.parameter("__clerk_redirect_url")
    if attempt.options.is_satellite or not asked:
        return None
    try:
        back = parse_url(asked)
    except ValueError:
        return None
    if attempt.dev_browser:
        back = append_parameter(back, "__clerk_db_jwt", attempt.dev_browser)
    back = set_parameter(back, "__clerk_synced", "true")
    return may_handshake(attempt, "primary-responds-to-syncing", to=str(back))


def came_from_elsewhere(attempt: Attempt) -> bool:
    """Was the page reached from another origin that may have changed the session?"""
    request = attempt.request
    referrer = request.headers.get("referer")
    if not referrer or request.method != "GET" or attempt.options.is_satellite:
        return False
    if request.headers.get("sec-fetch-dest") != "document" or attempt.redirects:
        return False
    return not request.bearer and is_foreign(referrer, attempt)


def is_foreign(referrer: str, attempt: Attempt) -> bool:
    try:
        url = parse_url(referrer)
    except ValueError:
        # Another scheme's page, an app's say, shares an origin with nobody.
        return bool(SCHEME.match(referrer)) and not referrer.startswith("http")
    if url.origin == attempt.request.url.origin:
        return False
    return not is_clerk_page(url, attempt)


def is_clerk_page(referrer: Url, attempt: Attempt) -> bool:
    api = frontend_api(attempt)
    if referrer.host == parse_url(with_scheme(api)).host:
        return True
    if attempt.is_development and is_development_accounts_host(referrer.host):
        return True
    return referrer.origin == accounts_base_url(api)
