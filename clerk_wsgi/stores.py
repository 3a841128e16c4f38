"""The shared store that the options name."""

from hashlib import sha256

from clerk_wsgi.core.errors import ConfigurationError
from clerk_wsgi.core.events import Emit
from clerk_wsgi.core.options import Options
from clerk_wsgi.core.stores import Store
from clerk_wsgi.loading import load

OWN_STORE = "memory://"
SETTING = "option store_url or variable CLERK_STORE_URL"


def open_store(options: Options, emit: Emit) -> Store:
    """The store at `store_url`, for this Clerk instance alone.

    Its scheme is the name of a backend. Raises ConfigurationError. Nothing is connected
    before it is asked.
    """
    scheme = options.store_url.partition("://")[0]
    kind = load(scheme, SETTING)
    if not callable(getattr(kind, "from_url", None)):
        raise ConfigurationError(f"The backend {scheme!r} ({SETTING}) is no store.")
    store: Store = kind.from_url(
        options.store_url,
        secret=options.secret_key or options.encryption_key,
        scope=scope_of(options),
        emit=emit,
    )
    return store


def scope_of(options: Options) -> str:
    """Names the Clerk instance; two of them never read each other's entries.

    A secret key is of one instance alone. A process that only takes webhooks may have
    no other key, and must write where the others read.
    """
    key = "" if options.secret_key else options.publishable_key
    named = f"{options.api_url} {options.api_version} {key}"
    return sha256(named.encode()).hexdigest()
