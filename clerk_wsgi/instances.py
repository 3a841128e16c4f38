"""Several Clerk instances in one process, each by its own options."""

import os
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

from cachetools import LRUCache

from clerk_wsgi.core.errors import ConfigurationError
from clerk_wsgi.core.options import Options
from clerk_wsgi.core.request import RequestView
from clerk_wsgi.core.sealed import encryption_key, seal
from clerk_wsgi.instance import Instance

MOST = 256
NO_MAPPING = (
    "The function in the option options gives a mapping, {{}} for none, not {}."
)
DYNAMIC = ("publishable_key", "secret_key", "sign_in_url", "sign_up_url")


class Instances:
    """Makes an instance for options that are new, and keeps the latest 256.

    Equal options give the same instance; others share no keys and no memory.
    """

    def __init__(self, make: Callable[[Options], Instance], most: int = MOST) -> None:
        self.make = make
        self._known: LRUCache[Options, Instance] = LRUCache(most)
        self._lock = Lock()

    def get(self, options: Options) -> Instance:
        """Raises ConfigurationError for options that cannot work."""
        with self._lock:
            known = self._known.get(options)
        if known is None:
            made = self.make(options)
            with self._lock:
                known = self._known.setdefault(options, made)
        return known

    def chooser(
        self,
        options_of: Callable[[RequestView], Mapping[str, Any]],
        given: Mapping[str, Any],
    ) -> Callable[[RequestView], Instance]:
        """The instance for a request, whose own options win over `given`."""

        def choose(request: RequestView) -> Instance:
            own = options_of(request)
            if not isinstance(own, Mapping):
                raise ConfigurationError(NO_MAPPING.format(type(own).__name__))
            instance = self.get(Options.read({**given, **own}, os.environ))
            if instance.request_data is None:
                instance.request_data = sealed(own, given)
            return instance

        return choose


def sealed(own: Mapping[str, Any], given: Mapping[str, Any]) -> str:
    """The dynamic keys among a request's own options, for code behind us.

    Raises ConfigurationError without a key to seal them with.
    """
    dynamic = {name: own[name] for name in DYNAMIC if own.get(name)}
    if not dynamic:
        return ""
    site = Options.read(given, os.environ)
    return seal(dynamic, encryption_key(dynamic, site.encryption_key, site.secret_key))
