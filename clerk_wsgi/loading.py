"""What reaches outside is named, and found when it is needed."""

from functools import lru_cache
from importlib import import_module
from typing import Any

from clerk_wsgi.core.errors import ConfigurationError
from clerk_wsgi.core.events import Emit
from clerk_wsgi.core.options import Options
from clerk_wsgi.core.stores import Store

BACKENDS = "clerk_wsgi.backends"
SETTING = "option backend or variable CLERK_BACKEND"


@lru_cache(256)
def load(name: str, setting: str = SETTING) -> Any:
    """The backend class of that name: an entry point, or `package.module:Class`.

    Raises ConfigurationError, which tells of the setting.
    """
    if ":" in name:
        return load_class(name, setting)
    from importlib.metadata import entry_points  # slow to import, and needed once

    for found in entry_points(group=BACKENDS, name=name):
        return found.load()
    known = ", ".join(sorted({each.name for each in entry_points(group=BACKENDS)}))
    raise ConfigurationError(
        f"No backend is called {name!r} ({setting}). "
        f"There are: {known}, or name a class as package.module:Class."
    )


def load_class(name: str, setting: str) -> Any:
    module, _, attribute = name.partition(":")
    try:
        return getattr(import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigurationError(
            f"The backend {name!r} ({setting}) cannot be imported: {error}."
        ) from error


def made(name: str, options: Options) -> Any:
    """The backend of that name. Stores have names of the same kind, and are none."""
    kind = load(name)
    if not hasattr(kind, "from_options"):
        raise ConfigurationError(
            f"{name!r} is no backend (option backend or variable CLERK_BACKEND): it "
            "has no from_options method."
        )
    return kind.from_options(options)


def default_backend(options: Options) -> str:
    return "pem" if options.jwt_key else "jwks"


def introduce(backend: Any, store: Store | None, emit: Emit) -> None:
    """A backend learns whom to tell, and where to share, if it wants to know."""
    if callable(getattr(backend, "listen", None)):
        backend.listen(emit)
    if store is not None and callable(getattr(backend, "share", None)):
        backend.share(store)
