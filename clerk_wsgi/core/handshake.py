"""Sending the browser to Clerk, once, and never round in circles."""

from clerk_wsgi.core.attempt import Attempt
from clerk_wsgi.core.organizations import target_of
from clerk_wsgi.core.ports import API_VERSION
from clerk_wsgi.core.request import RequestView
from clerk_wsgi.core.state import Handshake, Header, SignedOut, explained
from clerk_wsgi.core.urls import encode_pairs, remove_parameters

MOST_REDIRECTS = 3
NO_STORE: Header = ("Cache-Control", "no-store")

SATELLITE_LOOP = (
    "Clerk: Satellite-domain authentication resulted in an infinite redirect loop. "
    "Check that this request is using a configured primary or satellite domain for the "
    "production instance. For preview deployments, use a development/staging Clerk "
    "instance or a supported configured preview-domain setup."
)
LOOP = (
    "Clerk: Refreshing the session token resulted in an infinite redirect loop. This "
    "usually means that your Clerk instance keys do not match - make sure to copy the "
    "correct publishable and secret keys from the Clerk dashboard."
)


def may_handshake(
    attempt: Attempt, reason: str, message: str = "", to: str | None = None
) -> Handshake | SignedOut:
    """A handshake if this request can follow one, else signed out.

    `to` is where the browser goes, if not to Clerk's handshake endpoint. Source:
    Clerk, authenticating a request, 8; the loop stops at three redirects *or more*.
    """
    if not is_eligible(attempt.request):
        return attempt.signed_out(reason, message)
    count = max(attempt.redirects, -1)
    if count >= MOST_REDIRECTS:
        sync = reason == "satellite-needs-syncing"
        attempt.ports.warn(SATELLITE_LOOP if sync else LOOP)
        return attempt.signed_out(reason, message)
    headers = (
        ("Location", to or handshake_url(attempt, reason)),
        NO_STORE,
        ("Set-Cookie", counter_cookie(count + 1)),
    )
    return explained(Handshake(reason, message, headers))


def is_eligible(request: RequestView) -> bool:
    """Only a person's own navigation follows redirects to Clerk and back."""
    if request.method != "GET":
        return False
    destination = request.headers.get("sec-fetch-dest")
    if destination:
        return destination in ("document", "iframe")
    return (request.headers.get("accept") or "").startswith("text/html")


def counter_cookie(count: float) -> str:
    name = f"__clerk_redirect_count={count:g}"
    return f"{name}; SameSite=Lax; HttpOnly; Max-Age=2"


def handshake_url(attempt: Attempt, reason: str) -> str:
    back = remove_parameters(attempt.request.url, ("__clerk_db_jwt", "__dev_session"))
    pairs = [
        ("redirect_url", str(back)),
        ("__clerk_api_version", API_VERSION),
        ("suffixed_cookies", str(attempt.suffixed).lower()),
        ("__clerk_hs_reason", reason),
    ]
    if attempt.ports.exchange_nonce:
        # Without a way to redeem a nonce, Clerk hands back a signed token.
        pairs.append(("format", "nonce"))
    session = attempt.session_token or attempt.request.bearer
    if session:
        pairs.append(("__session", session))
    if attempt.is_development and attempt.dev_browser:
        pairs.append(("__clerk_db_jwt", attempt.dev_browser))
    organization = target_of(attempt)
    if organization:
        pairs.append(("organization_id", organization.name))
    base = with_scheme(frontend_api(attempt)).rstrip("/")
    return f"{base}/v1/client/handshake?{encode_pairs(pairs)}"


def frontend_api(attempt: Attempt) -> str:
    """Clerk's host for this application, or the URL of a proxy to it."""
    options = attempt.options
    proxy = options.proxy_url
    if proxy.startswith("/"):
        proxy = attempt.request.url.origin + proxy
    return options.instance.frontend_api(proxy, options.domain, options.is_satellite)


def with_scheme(host: str) -> str:
    return host if host.startswith("http") else f"https://{host}"
