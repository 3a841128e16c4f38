"""What may this page load and run?"""

import os
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from clerk_wsgi.core.content_security_policy import (
    NONCE_BYTES,
    ContentSecurityPolicy,
    Directives,
    read_settings,
)
from clerk_wsgi.core.keys import require_publishable_key
from clerk_wsgi.environ import find_visit, get_visit, header_key
from clerk_wsgi.responses import without

if TYPE_CHECKING:
    from _typeshed import OptExcInfo
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# What this layer tells the application; nobody may say it for us.
TOLD = (
    "Content-Security-Policy",
    "Content-Security-Policy-Report-Only",
    "Reporting-Endpoints",
    "X-Nonce",
)
MOST_HOSTS = 256


class ContentSecurityPolicyLayer:
    """Sends a Content-Security-Policy that lets Clerk's components work.

    `directives` adds to it: a mapping of names to values, in a list or a text. With
    `strict`, scripts need the nonce of the request, which the application finds as
    `environ["HTTP_X_NONCE"]` and the browser in `X-Nonce`. `report_only` refuses
    nothing, `report_to` names a URL for reports. Outside production
    (`is_production=False`) scripts may use eval.

    Goes inside the session layer, whose instance it serves; alone, it needs
    `publishable_key` or `CLERK_PUBLISHABLE_KEY`. Its headers replace the
    application's own of the same names. Raises ConfigurationError for wrong options.
    """

    def __init__(
        self,
        app: "WSGIApplication",
        *,
        publishable_key: str | None = None,
        strict: bool = False,
        directives: Directives | None = None,
        report_only: bool = False,
        report_to: str = "",
        is_production: bool = True,
        random_bytes: Callable[[int], bytes] = os.urandom,
        env: Mapping[str, str] = os.environ,
    ) -> None:
        self.app = app
        self.random_bytes = random_bytes
        settings = read_settings(
            strict=strict,
            directives=directives,
            report_only=report_only,
            report_to=report_to,
            is_production=is_production,
        )

        @lru_cache(MOST_HOSTS)
        def policy_for(host: str) -> ContentSecurityPolicy:
            return ContentSecurityPolicy(settings, host)

        self.policy_for = policy_for
        self.is_fixed = bool(publishable_key)
        key = publishable_key or env.get("CLERK_PUBLISHABLE_KEY", "").strip()
        self.host = require_publishable_key(key).host if key else ""

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        policy = self.policy_for(self.host_for(environ))
        ours = policy.headers(self.random_bytes(NONCE_BYTES))
        for name in TOLD:
            environ.pop(header_key(name), None)
        environ.update((header_key(name), value) for name, value in ours)

        def start(
            status: str,
            headers: list[tuple[str, str]],
            exc_info: "OptExcInfo | None" = None,
            /,
        ) -> "Callable[[bytes], object]":
            for name, _ in ours:
                headers = without(headers, name)
            if exc_info:
                return start_response(status, [*headers, *ours], exc_info)
            return start_response(status, [*headers, *ours])

        return self.app(environ, start)

    def host_for(self, environ: "WSGIEnvironment") -> str:
        """The Frontend API of the request's instance: the one that was named first."""
        visit = find_visit(environ)
        if self.host and (self.is_fixed or visit is None):
            return self.host
        return get_visit(environ).instance.options.instance.host
