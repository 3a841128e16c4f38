"""Does the URL ask for another organization than the session has?"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from clerk_wsgi.core.attempt import Attempt
from clerk_wsgi.core.options import Options
from clerk_wsgi.core.organization_sync import requested_switch
from clerk_wsgi.core.state import SignedIn
from clerk_wsgi.environ import get_visit
from clerk_wsgi.mishaps import answer_to
from clerk_wsgi.responses import answer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from clerk_wsgi.core.state import Handshake
    from clerk_wsgi.visit import Visit


class OrganizationSyncLayer:
    """Sends a page's reader to Clerk and back, to activate the organization named.

    Patterns have a parameter `:id` or `:slug`; a path that matches none of
    `organization_patterns` but one of `personal_account_patterns` asks for no
    organization. Who may not enter an organization stays as before, so compare
    `auth().org_slug` with the URL. The options of the same names of a session layer
    do this for the whole site, in the same step as the rest of the decision. Raises
    ConfigurationError for patterns that cannot be read.
    """

    def __init__(
        self,
        app: "WSGIApplication",
        *,
        organization_patterns: Sequence[str] = (),
        personal_account_patterns: Sequence[str] = (),
    ) -> None:
        self.app = app
        patterns = {
            "organization_patterns": organization_patterns,
            "personal_account_patterns": personal_account_patterns,
        }
        checked = Options.read(patterns, {})
        self.patterns = {name: getattr(checked, name) for name in patterns}
        self.options_with_patterns = lru_cache(256)(self.with_patterns)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        visit = get_visit(environ)
        try:
            switch = self.switch(visit)
        except Exception as error:
            failed = answer_to(error, "organization", visit.instance.emit)
            return failed(environ, start_response)
        if switch:
            return answer(307, switch.headers)(environ, start_response)
        return self.app(environ, start_response)

    def switch(self, visit: "Visit") -> "Handshake | None":
        """The way to the other organization, for sessions that come by cookie."""
        state, request = visit.state, visit.request
        if not isinstance(state, SignedIn) or state.headers:
            return None
        options = self.options_with_patterns(visit.instance.options)
        attempt = Attempt(request, options, visit.instance.on_arrival)
        return requested_switch(attempt, state)

    def with_patterns(self, options: Options) -> Options:
        return replace(options, **self.patterns)
