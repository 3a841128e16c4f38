"""Who sent this request?"""

import os
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from clerk_wsgi.core.errors import ConfigurationError, MalformedURLError
from clerk_wsgi.core.events import (
    Emit,
    HandshakeStarted,
    RequestDecided,
    ignore,
)
from clerk_wsgi.core.options import Options
from clerk_wsgi.core.request import RequestView
from clerk_wsgi.core.state import Handshake, RequestState, SignedIn, location
from clerk_wsgi.core.stores import Store
from clerk_wsgi.environ import carry, disown, is_carried, read_request
from clerk_wsgi.instance import Api, Backend, Instance, epoch_ms, harmless
from clerk_wsgi.instances import Instances
from clerk_wsgi.mishaps import answer_to
from clerk_wsgi.reply import Reply
from clerk_wsgi.responses import answer
from clerk_wsgi.visit import Visit

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

OptionsOf = Callable[[RequestView], Mapping[str, Any]]


class SessionLayer:
    """Judges each request once and carries the answer inside, for `auth()`.

    Takes every option of `Options`, as keywords or as a mapping in `options`; what is
    not given comes from `CLERK_*` variables. A site of many tenants passes a function
    that gives the options for a request. `backend` is one with a `find_key` method, or
    the name of one; `api` calls Clerk's Backend API, `store` stands in for the one at
    `store_url`, and `clock` gives epoch milliseconds. `on_event(event)` is told what
    happens; the events are those of `clerk_wsgi.core.events`. Raises
    ConfigurationError for a setup that cannot work. What is raised later, while a
    request is judged, is logged and answered with 503; what that function raises, or a
    setup that only the request shows to be wrong, reaches the server.
    """

    def __init__(
        self,
        app: "WSGIApplication",
        *,
        options: Mapping[str, Any] | OptionsOf | None = None,
        backend: Backend | str | None = None,
        api: Api | None = None,
        store: Store | None = None,
        on_event: Emit | None = None,
        clock: Callable[[], float] = epoch_ms,
        **given: Any,
    ) -> None:
        self.app = app
        self.emit = harmless(on_event)
        make = partial(
            Instance.load,
            backend=backend,
            api=api,
            clock=clock,
            store=store,
            on_event=self.emit,
        )
        if callable(options):
            require_own(backend, api, store)
            self.options = Options.read(given, {})
            self.instance_for = Instances(make).chooser(options, given)
            return
        self.options = Options.read({**(options or {}), **given}, os.environ)
        _ = self.options.instance
        instance = make(self.options)
        self.instance_for = lambda request: instance

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        request = read_request(environ, trust=self.options.trust_forwarded_headers)
        try:
            instance = self.instance_for(request)
        except MalformedURLError as error:
            return answer_to(error, "session", self.emit)(environ, start_response)
        try:
            visit = self.judge(request, instance, environ)
        except Exception as error:
            return answer_to(error, "session", self.emit)(environ, start_response)
        if visit is None:
            return self.app(environ, start_response)
        if location(visit.state):
            return answer(307, visit.state.headers)(environ, start_response)
        return Reply(visit, environ, start_response).of(self.app)

    def judge(
        self, request: RequestView, instance: Instance, environ: "WSGIEnvironment"
    ) -> Visit | None:
        """The request with its state; None if a layer of the same options has it."""
        if is_carried(environ, instance.options):
            return None
        disown(environ)
        visit = Visit(request, instance.authenticate(request), instance)
        carry(environ, visit)
        if self.emit is not ignore:
            self.tell(visit.state)
        return visit

    def tell(self, state: RequestState) -> None:
        user_id = state.session.user_id if isinstance(state, SignedIn) else None
        decided = (state.status, state.reason, state.token_type)
        self.emit(RequestDecided(*decided, user_id=user_id))
        if isinstance(state, Handshake):
            self.emit(HandshakeStarted(state.reason))


def require_own(backend: object, api: object, store: object) -> None:
    """One object for all tenants would hand one tenant's keys to the others."""
    given = api is not None or store is not None
    if given or not isinstance(backend, str | None):
        raise ConfigurationError(
            "The option backend must be a name, and api and store be left out, where "
            "options depend on the request, so that each tenant gets its own."
        )
