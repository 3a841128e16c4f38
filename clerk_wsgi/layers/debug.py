"""What was decided about this request, and why?"""

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from clerk_wsgi.core.options import Options
from clerk_wsgi.environ import find_visit

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import OptExcInfo
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger("clerk_wsgi.debug")


class DebugLayer:
    """One line a request: method, path, answer, state, reason, user, organization.

    Goes outside the session layer. Queries, headers, cookies and tokens are not
    written, since they are what somebody else could sign in with. `options` are told
    once, secrets masked.
    """

    def __init__(
        self,
        app: "WSGIApplication",
        *,
        options: Options | None = None,
        logger: logging.Logger = log,
    ) -> None:
        self.app = app
        self.logger = logger
        if options:
            logger.info("clerk: options %s", options.told)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        def start(
            status: str,
            headers: list[tuple[str, str]],
            exc_info: "OptExcInfo | None" = None,
            /,
        ) -> "Callable[[bytes], object]":
            self.tell(environ, status)
            if exc_info:
                return start_response(status, headers, exc_info)
            return start_response(status, headers)

        return self.app(environ, start)

    def tell(self, environ: "WSGIEnvironment", status: str) -> None:
        told = {
            "method": environ.get("REQUEST_METHOD", ""),
            "path": environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", ""),
            "answer": status[:3],
            **described(environ),
        }
        line = " ".join(f"{name}={shown(value)}" for name, value in told.items())
        self.logger.info("clerk: %s", line, extra={"clerk": told})


def described(environ: "WSGIEnvironment") -> dict[str, Any]:
    visit = find_visit(environ)
    if visit is None:
        return {"status": "not judged"}
    state = visit.state
    auth = state.to_auth()
    return {
        "status": state.status,
        "reason": state.reason,
        "token_type": state.token_type,
        "user": auth.user_id if auth else None,
        "organization": auth.org_id if auth else None,
    }


def shown(value: object) -> str:
    """On one line, whatever a client put in there."""
    return "-" if value is None else ascii(value).strip("'")
