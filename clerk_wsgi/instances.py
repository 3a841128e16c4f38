"""Several Clerk instances in one process, each by its own options."""

import os
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

from cachetools import LRUCache

from clerk_wsgi.core.options import Options
from clerk_wsgi.core.request import RequestView
from clerk_wsgi.instance import Instance

MOST = 256


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
            options = {**given, **options_of(request)}
            return self.get(Options.read(options, os.environ))

        return choose
