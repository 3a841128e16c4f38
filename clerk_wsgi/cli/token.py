"""`clerk-wsgi token`: a signed token for somebody a local instance knows."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from clerk_wsgi.backends.http import HttpClient, NoAnswer
from clerk_wsgi.core.errors import ConfigurationError
from clerk_wsgi.core.strict_json import read_object
from clerk_wsgi.instance import epoch_ms
from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.issuing import Issuer
from clerk_wsgi.local.key_ring import KeyRing
from clerk_wsgi.local.minting import minted
from clerk_wsgi.local.records import Records
from clerk_wsgi.local.settings import kept_settings
from clerk_wsgi.local.state import State
from clerk_wsgi.local.webhooks import loopback_url

SECONDS = 10
MISSED = 1


def print_token(
    who: str,
    wanted: Mapping[str, Any],
    *,
    data: str | None,
    url: str,
    env: Mapping[str, str],
) -> int:
    """The token alone on standard output. From the file, or else from whoever runs at
    `url` and has the secret key of `env`. `wanted` are further arguments of `minted`.

    Raises ConfigurationError; 1 if nobody answers.
    """
    if data is not None:
        print(from_file(data, who, wanted))
        return 0
    try:
        print(from_instance(str(loopback_url(url)), who, wanted, env))
    except NoAnswer as error:
        said = f"No local Clerk answers at {url}: {error} Start it: clerk-wsgi local."
        print(f"clerk-wsgi: {said}", file=sys.stderr)
        return MISSED
    return 0


def from_file(path: str, who: str, wanted: Mapping[str, Any]) -> str:
    if not Path(path).is_file():
        raise ConfigurationError(f"There is no data file {path!r}.")
    records = Records(path)
    try:
        state = State(records, lambda: epoch_ms() / 1000)
        settings = kept_settings(state)
        keys = KeyRing(state, settings.instance_id)
        return minted(Issuer(state, settings, keys), who, **wanted)
    except ApiError as error:
        raise ConfigurationError(str(error.description)) from None
    finally:
        records.close()


def from_instance(
    url: str, who: str, wanted: Mapping[str, Any], env: Mapping[str, str]
) -> str:
    secret_key = env.get("CLERK_SECRET_KEY")
    if not secret_key:
        raise ConfigurationError(
            "The instance gives tokens to whoever has its secret key: set "
            "CLERK_SECRET_KEY to the one that clerk-wsgi local has printed."
        )
    headers = {
        "Authorization": f"Bearer {secret_key}",
        "Content-Type": "application/json",
    }
    body = json.dumps({"user": who, **wanted}).encode()
    client = HttpClient(read=SECONDS, total=SECONDS)
    address = f"{url.rstrip('/')}/v1/local/tokens"
    return token_in(client.send("POST", address, headers, body).body)


def token_in(body: bytes) -> str:
    """Raises ConfigurationError for an error, and for what no local Clerk says."""
    try:
        said = read_object(body)
        return str(said["jwt"] if "jwt" in said else refusal(said["errors"]))
    except (ValueError, LookupError, TypeError):
        raise ConfigurationError("What answers there is no local Clerk.") from None


def refusal(errors: Any) -> str:
    raise ConfigurationError(str(errors[0]["message"]))
