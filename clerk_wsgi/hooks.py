"""The application's `on_event`, called so that it cannot hurt."""

import inspect
import logging

from clerk_wsgi.core.errors import ConfigurationError
from clerk_wsgi.core.events import Emit, Event, ignore

log = logging.getLogger("clerk_wsgi")


class Hook:
    """Calls `emit`. What it raises is logged the first time, and goes no further."""

    def __init__(self, emit: Emit) -> None:
        self.emit = emit
        self.has_failed = False

    def __call__(self, event: Event) -> None:
        try:
            self.emit(event)
        except Exception:
            if not self.has_failed:
                self.has_failed = True
                log.exception("on_event failed; that is not said again.")


def harmless(emit: Emit | None) -> Emit:
    """What to call for an event: nothing but `ignore` where nobody listens.

    Raises ConfigurationError for what cannot be called, or would have to be awaited.
    """
    if emit is None or emit is ignore:
        return ignore
    if not callable(emit) or inspect.iscoroutinefunction(emit):
        raise ConfigurationError(
            f"The option on_event is called with each event: {emit!r} cannot be."
        )
    return emit if isinstance(emit, Hook) else Hook(emit)
