"""Options that this kind of request cannot be judged without."""

from collections.abc import Sequence

from clerk_wsgi.core.errors import ConfigurationError
from clerk_wsgi.core.options import Options
from clerk_wsgi.core.request import RequestView
from clerk_wsgi.core.urls import parse_url

WITHOUT_KEY = ("m2m_token", "api_key")
MISSING_SECRET_KEY = (
    "Missing Clerk Secret Key. Go to https://dashboard.clerk.com and get your key for "
    "your instance. Set the option secret_key or the variable CLERK_SECRET_KEY."
)
MISSING_MACHINE_KEY = (
    "Machine token authentication requires either a Machine secret key or a Clerk "
    "secret key. Ensure a Clerk secret key or Machine secret key is set."
)


def require_configuration(
    request: RequestView, options: Options, accepts_token: str | Sequence[str]
) -> None:
    """Raises ConfigurationError (Clerk: authenticating a request, 1.2)."""
    if accepts_token not in WITHOUT_KEY:
        _ = options.instance
    if accepts_token == "m2m_token":
        if not (options.machine_secret_key or options.secret_key):
            raise ConfigurationError(MISSING_MACHINE_KEY)
    elif accepts_token == "api_key" and not options.secret_key:
        raise ConfigurationError(MISSING_SECRET_KEY)
    elif options.is_satellite and options.sign_in_url:
        require_other_origin(request, options.sign_in_url)


def require_other_origin(request: RequestView, sign_in_url: str) -> None:
    """A satellite signs people in elsewhere: at its primary's page.

    Seen where a page of the site asks its own site, since any other Origin is only
    what some client says.
    """
    origin = request.headers.get("origin")
    if not origin or origin != request.url.origin:
        return
    if parse_url(sign_in_url).origin == origin:
        raise ConfigurationError(
            "The signInUrl needs to be on a different origin than your satellite "
            "application."
        )
