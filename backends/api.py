"""The calls of Clerk's Backend API that authenticating a request needs.

Source: Clerk, backend API, 2.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

from clerk_wsgi.backends.api_errors import unexpected
from clerk_wsgi.backends.client import ClerkClient, settings_of
from clerk_wsgi.backends.refusal_budget import RefusalBudget
from clerk_wsgi.core.options import Options
from clerk_wsgi.core.ports import Renewal

VERIFY = {
    "api_key": ("api_keys", "secret"),
    "m2m_token": ("m2m_tokens", "token"),
    "oauth_token": ("oauth_applications/access_tokens", "access_token"),
}


class BackendApi:
    """Asks Clerk with the secret key. Takes what `ClerkClient` takes, and has one.

    Each of its three calls raises ClerkAPIError and nothing else, whatever the request
    brought: ids and tokens in them are a stranger's words. So each stops for a while
    when too many were refused. `clock` gives seconds and never goes back.
    """

    def __init__(
        self, *, clock: Callable[[], float] = time.monotonic, **settings: Any
    ) -> None:
        self.client = ClerkClient(clock=clock, **settings)
        self._renewals = RefusalBudget(clock)
        self._exchanges = RefusalBudget(clock)
        self._verifications = RefusalBudget(clock)

    @classmethod
    def from_options(cls, options: Options) -> Self:
        return cls(**settings_of(options))

    def renew(self, renewal: Renewal) -> Sequence[str]:
        """Set-Cookie values of a renewed session (2.3)."""
        try:
            with self._renewals:
                answer = self.client.sessions.refresh(
                    renewal.session_id,
                    expired_token=renewal.expired_token,
                    refresh_token=renewal.refresh_token,
                    request_origin=renewal.request_origin,
                    request_headers=dict(renewal.request_headers),
                    suffixed_cookies=renewal.suffixed_cookies,
                )
        except ValueError:
            raise unexpected("The session has no id that could be one.") from None
        return texts_in(getattr(answer, "cookies", None))

    def exchange_nonce(self, nonce: str) -> Sequence[str]:
        """Set-Cookie values of a handshake (2.2)."""
        with self._exchanges:
            answer = self.client.clients.get_handshake_payload(nonce)
        return texts_in(mapping(answer).get("directives"))

    def verify_machine_token(self, token_type: str, text: str) -> Mapping[str, Any]:
        """What Clerk knows about an opaque machine token (2.5)."""
        path, name = VERIFY[token_type]
        rest = self.client.rest
        with self._verifications:
            answer = rest.call(
                "POST",
                [*path.split("/"), "verify"],
                body={name: text},
                key=rest.machine_key() if token_type == "m2m_token" else None,
                versioned=False,
            )
        return mapping(answer)


def mapping(answer: object) -> Mapping[str, Any]:
    if not isinstance(answer, dict):
        raise unexpected("The answer is no JSON object.")
    return answer


def texts_in(value: object) -> list[str]:
    return [e for e in value if isinstance(e, str)] if isinstance(value, list) else []
