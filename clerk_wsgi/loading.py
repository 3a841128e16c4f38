"""What reaches outside is named, and found when it is needed."""

from functools import lru_cache
from importlib import import_module
from typing import Any

from clerk_wsgi.core.errors import ConfigurationError

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
