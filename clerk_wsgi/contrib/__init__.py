"""Ready hooks for `on_event`: logs, Prometheus, OpenTelemetry. Or several at once."""

from dataclasses import fields

from clerk_wsgi.core.events import Emit, Event, RequestDecided, Revoked
from clerk_wsgi.hooks import harmless

NAMES = {
    "RequestDecided": "request",
    "HandshakeStarted": "handshake",
    "InputRefused": "refused",
    "DecisionFailed": "failed",
    "KeysFetched": "keys",
    "OutageStarted": "outage-started",
    "OutageEnded": "outage-ended",
    "Revoked": "revoked",
}
PERSONAL = {(RequestDecided, "user_id"), (Revoked, "id")}

Fact = str | int | float


def several(*hooks: Emit) -> Emit:
    """One hook that calls all of these; one that fails keeps no event from the rest."""
    called = [harmless(each) for each in hooks]

    def emit(event: Event) -> None:
        for each in called:
            each(event)

    return emit


def name_of(event: Event) -> str:
    """One word for the kind of event, the same in every release."""
    return NAMES[type(event).__name__]


def facts(event: Event, *, with_ids: bool = False) -> dict[str, Fact]:
    """What the event says, without what is None.

    `with_ids` adds who it is about: the ids of users and sessions are personal data.
    """
    names = [each.name for each in fields(event)]
    if not with_ids:
        names = [each for each in names if (type(event), each) not in PERSONAL]
    said = {each: getattr(event, each) for each in names}
    return {name: value for name, value in said.items() if value is not None}
