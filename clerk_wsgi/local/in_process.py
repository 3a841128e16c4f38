"""How the Backend API client reaches an instance in the same process: no network."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from werkzeug.test import Client

from clerk_wsgi.backends.http import Answer, NoAnswer, Transport
from clerk_wsgi.local.instance import LocalClerk


def transport_to(local: LocalClerk) -> Transport:
    """A transport for backends; the path that `api_url` may have is left out."""
    client = Client(local, use_cookies=False)

    def send(
        method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        try:
            return exchange(method, url, headers, body)
        except ConnectionError as error:  # a fault that was asked for
            raise NoAnswer(f"No answer: {error}") from None

    def exchange(
        method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        parts = urlsplit(url)
        with client.open(
            parts.path,
            method=method,
            base_url="http://localhost",
            query_string=parts.query,
            headers=dict(headers),
            data=body,
        ) as response:
            return Answer(response.status_code, dict(response.headers), response.data)

    return send
