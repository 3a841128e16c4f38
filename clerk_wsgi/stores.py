"""The shared store that the options name."""

from hashlib import sha256

from clerk_wsgi.core.events import Emit
from clerk_wsgi.core.options import Options
from clerk_wsgi.core.stores import Store
from clerk_wsgi.loading import load

STORES = {
    "memory": "clerk_wsgi.backends.memory:MemoryStore",
    "redis": "clerk_wsgi.backends.redis:RedisStore",
    "rediss": "clerk_wsgi.backends.redis:RedisStore",
}


def open_store(options: Options, emit: Emit) -> Store:
    """The store at `store_url`, for this Clerk instance alone.

    What another scheme means says an entry point of that name. Raises
    ConfigurationError. Nothing is connected before it is asked.
    """
    scheme = options.store_url.partition("://")[0]
    kind = load(STORES.get(scheme, scheme), "option store_url or CLERK_STORE_URL")
    store: Store = kind.from_url(
        options.store_url,
        secret=options.secret_key or options.encryption_key,
        scope=scope_of(options),
        emit=emit,
    )
    return store


def scope_of(options: Options) -> str:
    """Names the Clerk instance; two of them never read each other's entries."""
    named = f"{options.api_url} {options.api_version} {options.publishable_key}"
    return sha256(named.encode()).hexdigest()
