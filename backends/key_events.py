"""Telling whoever listens what happened, without being hurt by it."""

import logging

from clerk_wsgi.core.events import Emit, Event, ignore

log = logging.getLogger("clerk_wsgi")


class Listener:
    """Hands events on. A listener that fails is logged once and hurts nobody."""

    def __init__(self, emit: Emit = ignore) -> None:
        self.emit = emit
        self._complained = False

    def tell(self, *events: Event) -> None:
        for event in events:
            try:
                self.emit(event)
            except Exception:
                self._complain(event)

    def _complain(self, event: Event) -> None:
        if not self._complained:
            self._complained = True
            name = type(event).__name__
            log.warning("The listener for events failed at %s.", name, exc_info=True)
