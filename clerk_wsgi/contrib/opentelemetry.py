"""Events on the span of the request. Needs opentelemetry-api."""

from clerk_wsgi.contrib import facts, name_of
from clerk_wsgi.core.events import Event, RequestDecided


class SpanEvents:
    """Hand it to `on_event`: decisions are attributes of the current span.

    They are `clerk.status`, `clerk.reason` and `clerk.token_type`; everything else is
    an event of the span, `clerk.handshake` for one. Where no span is recording, as in
    our own threads, nothing is done. `with_ids` adds the ids of users and sessions:
    `enduser.id` for who is signed in.
    """

    def __init__(self, *, with_ids: bool = False) -> None:
        from opentelemetry.trace import get_current_span

        self.current_span = get_current_span
        self.with_ids = with_ids

    def __call__(self, event: Event) -> None:
        span = self.current_span()
        if not span.is_recording():
            return
        said = facts(event, with_ids=self.with_ids)
        if user_id := said.pop("user_id", None):
            span.set_attribute("enduser.id", user_id)
        named = {f"clerk.{name}": value for name, value in said.items()}
        if isinstance(event, RequestDecided):
            span.set_attributes(named)
        else:
            span.add_event(f"clerk.{name_of(event)}", named)
