"""The calls of Clerk's Backend API that authenticating a request needs.

Source: Clerk, backend API, 1 and 2.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Self
from urllib.parse import quote, urlencode

from clerk_wsgi.backends.http import USER_AGENT, Answer, HttpClient, NoAnswer, Transport
from clerk_wsgi.core.errors import ClerkAPIError, ErrorDetail
from clerk_wsgi.core.options import Options
from clerk_wsgi.core.ports import API_VERSION, Renewal

VERIFY = {
    "api_key": ("/api_keys/verify", "secret"),
    "m2m_token": ("/m2m_tokens/verify", "token"),
    "oauth_token": ("/oauth_applications/access_tokens/verify", "access_token"),
}
RETRY_AFTER = re.compile(r"\s*(-?\d{1,9})")


class BackendApi:
    """Asks Clerk with the secret key. Every call raises ClerkAPIError, nothing else."""

    def __init__(
        self,
        *,
        api_url: str,
        api_version: str,
        secret_key: str,
        machine_secret_key: str = "",
        transport: Transport | None = None,
    ) -> None:
        self.base = api_url
        self.versioned = f"{api_url}/{api_version}"
        self.secret_key = secret_key
        self.machine_secret_key = machine_secret_key
        self.send = transport or HttpClient().send

    @classmethod
    def from_options(cls, options: Options) -> Self:
        return cls(
            api_url=options.api_url,
            api_version=options.api_version,
            secret_key=options.secret_key,
            machine_secret_key=options.machine_secret_key,
        )

    def renew(self, renewal: Renewal) -> Sequence[str]:
        """Set-Cookie values of a renewed session (2.3)."""
        suffixed = "?suffixed_cookies=true" if renewal.suffixed_cookies else ""
        session = quote(renewal.session_id, safe="")
        answer = self.call(
            "POST",
            f"{self.versioned}/sessions/{session}/refresh{suffixed}",
            {
                "format": "cookie",
                "expired_token": renewal.expired_token,
                "refresh_token": renewal.refresh_token,
                "request_origin": renewal.request_origin,
                "request_headers": dict(renewal.request_headers),
            },
        )
        return texts_in(answer.get("cookies"))

    def exchange_nonce(self, nonce: str) -> Sequence[str]:
        """Set-Cookie values of a handshake (2.2)."""
        query = urlencode({"nonce": nonce})
        url = f"{self.versioned}/clients/handshake_payload?{query}"
        return texts_in(self.call("GET", url).get("directives"))

    def verify_machine_token(self, token_type: str, text: str) -> Mapping[str, Any]:
        """What Clerk knows about an opaque machine token (2.5)."""
        path, name = VERIFY[token_type]
        is_machine = token_type == "m2m_token" and self.machine_secret_key
        key = self.machine_secret_key if is_machine else self.secret_key
        return self.call("POST", f"{self.base}{path}", {name: text}, key)

    def call(
        self,
        method: str,
        url: str,
        body: Mapping[str, Any] | None = None,
        key: str = "",
    ) -> Mapping[str, Any]:
        headers = {
            "Authorization": f"Bearer {key or self.secret_key}",
            "Clerk-API-Version": API_VERSION,
            "Content-Type": "application/json",
            "User-Agent": USER_AGENT,
        }
        data = None if body is None else json.dumps(body).encode()
        try:
            answer = self.send(method, url, headers, data)
        except NoAnswer as error:
            raise unexpected(str(error)) from error
        return read(answer)


def read(answer: Answer) -> Mapping[str, Any]:
    try:
        document = json.loads(answer.body)
    except ValueError:
        document = None
    if not 200 <= answer.status < 300:
        raise refused(answer, document)
    if not isinstance(document, dict):
        raise unexpected("The answer is no JSON object.")
    return document


def refused(answer: Answer, document: object) -> ClerkAPIError:
    said = document if isinstance(document, dict) else {}
    trace = said.get("clerk_trace_id")
    after = RETRY_AFTER.match(answer.headers.get("Retry-After", ""))
    return ClerkAPIError(
        f"Clerk answered {answer.status}.",
        status=answer.status,
        errors=details(said.get("errors")),
        clerk_trace_id=trace if isinstance(trace, str) else "",
        retry_after=int(after[1]) if after else None,
    )


def details(errors: object) -> tuple[ErrorDetail, ...]:
    if not isinstance(errors, list):
        return ()
    return tuple(
        ErrorDetail(
            code=str(each.get("code", "")),
            message=str(each.get("message", "")),
            long_message=str(each.get("long_message", "")),
            meta=each.get("meta") or {},
        )
        for each in errors
        if isinstance(each, dict)
    )


def unexpected(message: str) -> ClerkAPIError:
    return ClerkAPIError(message, errors=(ErrorDetail("unexpected_error", message),))


def texts_in(value: object) -> list[str]:
    return [e for e in value if isinstance(e, str)] if isinstance(value, list) else []
