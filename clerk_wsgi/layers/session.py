"""Who sent this request?"""

import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from clerk_wsgi.core.errors import HandshakeError, MalformedURLError
from clerk_wsgi.core.state import location
from clerk_wsgi.environ import carry, disown, is_carried, read_request
from clerk_wsgi.instance import Api, Backend, Instance, epoch_ms
from clerk_wsgi.reply import Reply
from clerk_wsgi.responses import answer
from clerk_wsgi.visit import Visit

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger("clerk_wsgi.debug")


class SessionLayer:
    """Judges each request once and carries the answer inside, for `auth()`.

    Takes every option of `Options`; what is not given comes from `CLERK_*` variables.
    `backend` is one with a `find_key` method, or the name of one; `api` calls Clerk's
    Backend API and `clock` gives epoch milliseconds. Raises ConfigurationError for a setup that cannot work.
    """

    def __init__(
        self,
        app: "WSGIApplication",
        *,
        backend: Backend | str | None = None,
        api: Api | None = None,
        clock: Callable[[], float] = epoch_ms,
        **options: Any,
    ) -> None:
        self.app = app
        self.instance = Instance.load(options, backend, api=api, clock=clock)
        if self.instance.options.debug:
            log.info("clerk: options %s", self.instance.options.told)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        if is_carried(environ):
            return self.app(environ, start_response)
        disown(environ)
        trust = self.instance.options.trust_forwarded_headers
        request = read_request(environ, trust=trust)
        try:
            state = self.instance.authenticate(request)
        except (MalformedURLError, HandshakeError) as error:
            return answer(400, body=f"{error}\n")(environ, start_response)
        visit = Visit(request, state, self.instance)
        carry(environ, visit)
        if location(state):
            return answer(307, state.headers)(environ, start_response)
        return Reply(visit, environ, start_response).of(self.app)
