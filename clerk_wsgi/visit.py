"""One request on its way through the layers, and what is known about it."""

from collections.abc import Sequence
from contextvars import Context, ContextVar, copy_context
from typing import TYPE_CHECKING, Any, NoReturn

from clerk_wsgi.core.auth_object import NOBODY, Proof
from clerk_wsgi.core.errors import MalformedURLError
from clerk_wsgi.core.events import InputRefused
from clerk_wsgi.core.machine import NOT_VERIFIED
from clerk_wsgi.core.request import RequestView
from clerk_wsgi.core.state import MACHINE_TOKENS, SESSION_TOKEN, RequestState, SignedOut
from clerk_wsgi.core.urls import Url
from clerk_wsgi.instance import Instance
from clerk_wsgi.responses import Refusal

if TYPE_CHECKING:
    from concurrent.futures import Future

AcceptedTokens = str | Sequence[str]

current: ContextVar["Visit | None"] = ContextVar("clerk_wsgi.visit", default=None)


class Visit:
    """What belongs to one request and to nobody else.

    `was_read` says that the answer depends on who asks; `refusal` is what
    `auth.protect()` decided, should nobody on the way out be able to say it. `shared`
    is what was asked of Clerk for this request, by name.
    """

    __slots__ = (
        "instance",
        "is_over",
        "refusal",
        "request",
        "shared",
        "state",
        "was_read",
    )

    def __init__(
        self, request: RequestView, state: RequestState, instance: Instance
    ) -> None:
        self.request = request
        self.state = state
        self.instance = instance
        self.refusal: Refusal | None = None
        self.was_read = False
        self.is_over = False
        self.shared: dict[str, Future[Any]] = {}

    def refuse(self, status: int, *headers: tuple[str, str]) -> NoReturn:
        self.refusal = Refusal(status, headers)
        raise self.refusal

    @property
    def url(self) -> Url:
        """The request's public URL; one that no browser sends is refused with 400."""
        try:
            return self.request.url
        except MalformedURLError:
            self.instance.emit(InputRefused("malformed-url"))
            self.refuse(400)

    def context(self) -> Context:
        """A context of this request's own, in which it is the current one."""
        context = copy_context()
        context.run(current.set, self)
        return context

    def proof(
        self, accepted: AcceptedTokens, treat_pending_as_signed_out: bool
    ) -> Proof:
        """What the request proves to somebody who accepts these tokens.

        Source: Clerk, keys and tokens, 11.5.
        """
        self.was_read = True
        state = self._state_for(accepted)
        found = state.token_type
        if accepted != "any" and found != accepted:
            if accepted == SESSION_TOKEN:
                return NOBODY
            if isinstance(accepted, str) or found not in accepted:
                return Proof(token_type=accepted if isinstance(accepted, str) else None)
        return state.proof(treat_pending_as_signed_out)

    def _state_for(self, accepted: AcceptedTokens) -> RequestState:
        """The state, after asking Clerk about a machine's token that is wanted now."""
        state = self.state
        if not isinstance(state, SignedOut) or state.reason != NOT_VERIFIED:
            return state
        kind = state.token_type
        is_one = isinstance(accepted, str)
        if accepted in ("any", kind) if is_one else kind in accepted:
            self.state = self.instance.authenticate_later(self.request, state)
        return self.state


def refuse_unknown(accepted: AcceptedTokens) -> None:
    """Raises ValueError for names that are no token types."""
    known = {*MACHINE_TOKENS, SESSION_TOKEN}
    names = {accepted} - {"any"} if isinstance(accepted, str) else set(accepted)
    for name in names - known:
        raise ValueError(f"There is no token type {name!r}.")
