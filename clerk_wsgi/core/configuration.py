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
    elif not options.secret_key and (accepts_token == "api_key" or not options.jwt_key):
        raise ConfigurationError(MISSING_SECRET_KEY)
    elif options.is_satellite and options.sign_in_url:
        require_other_origin(request, options.sign_in_url)


def require_other_origin(request: RequestView, sign_in_url: str) -> None:
    """A satellite signs people in elsewhere: at its primary's page."""
    origin = request.headers.get("origin")
    if not origin:
        return
    try:
        sign_in_origin = parse_url(sign_in_url).origin
    except ValueError:
        raise ConfigurationError(
            "The signInUrl needs to have a absolute url format."
        ) from None
    if sign_in_origin == origin:
        raise ConfigurationError(
            "The signInUrl needs to be on a different origin than your satellite "
            "application."
        )
