"""Events as log records, for whoever ships logs as JSON."""

import logging

from clerk_wsgi.contrib import facts, name_of
from clerk_wsgi.core.events import (
    DecisionFailed,
    Event,
    InputRefused,
    OutageEnded,
    OutageStarted,
)
from clerk_wsgi.layers.debug import shown

LOGGER = "clerk_wsgi.events"
LEVELS = {
    OutageStarted: logging.WARNING,
    OutageEnded: logging.WARNING,
    InputRefused: logging.INFO,
    DecisionFailed: logging.ERROR,
}


class LogEvents:
    """Hand it to `on_event`: each event is a record of the logger `clerk_wsgi.events`.

    The line names the event and what it says (times in seconds); the record's `clerk`
    is a dict of the same. Failed decisions are errors, outages are warnings, refused
    input is information, and the rest is for debugging, since every request has some.
    `with_ids` adds the ids of users and sessions.
    """

    def __init__(
        self, logger: logging.Logger | None = None, *, with_ids: bool = False
    ) -> None:
        self.logger = logger or logging.getLogger(LOGGER)
        self.with_ids = with_ids

    def __call__(self, event: Event) -> None:
        level = LEVELS.get(type(event), logging.DEBUG)
        if not self.logger.isEnabledFor(level):
            return
        said = {"event": name_of(event), **facts(event, with_ids=self.with_ids)}
        told = " ".join(f"{name}={shown(value)}" for name, value in said.items())
        self.logger.log(level, "clerk: %s", told, extra={"clerk": said})
