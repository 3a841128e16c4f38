"""The decisions alone, for code that is no layer."""

import os
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from clerk_wsgi.core.errors import TokenVerificationError
from clerk_wsgi.core.options import Options
from clerk_wsgi.core.request import RequestView
from clerk_wsgi.core.state import SESSION_TOKEN, RequestState
from clerk_wsgi.core.token_keys import find_key, verified_by
from clerk_wsgi.core.token_types import M2M_CATEGORY
from clerk_wsgi.core.tokens import parse_token
from clerk_wsgi.core.verification import MAKE_SURE
from clerk_wsgi.environ import read_request
from clerk_wsgi.instance import Instance
from clerk_wsgi.instances import Instances
from clerk_wsgi.visit import AcceptedTokens

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


@cache
def instances() -> Instances:
    """Those of this process, made when somebody asks without a layer."""
    return Instances(Instance.load)


def authenticate_request(
    request: "RequestView | WSGIEnvironment",
    *,
    accepts_token: AcceptedTokens = SESSION_TOKEN,
    **options: Any,
) -> RequestState:
    """The state of a request: signed in, signed out, or a handshake to answer with.

    Takes every option of `Options`; calls with equal options share keys. Sends
    nothing: whoever calls this adds `state.headers` to the answer, and redirects where
    they hold a Location. Raises ConfigurationError, HandshakeError (development only)
    and MalformedURLError for a URL that no browser sends. Source: Clerk,
    authenticating a request.
    """
    chosen = Options.read(options, os.environ)
    instance = instances().get(chosen)
    if isinstance(request, Mapping):
        request = read_request(request, trust=chosen.trust_forwarded_headers)
    return instance.authenticate_as(request, accepts_token)


def verify_token(token: str, **options: Any) -> dict[str, Any]:
    """The claims of a session token, or of one made from a template.

    Looks at the token alone, not at what was revoked: `authenticate_request` does.
    Needs `jwt_key`, or `secret_key` to fetch keys. Raises TokenVerificationError, with
    Clerk's reason, and KeysUnavailable. Source: Clerk, keys and tokens, 7.5.
    """
    instance = instances().get(Options.read(options, os.environ))
    ports = instance.on_arrival
    parsed = parse_token(token)
    if parsed.header.get("cat") == M2M_CATEGORY:
        said = "Invalid session token category."
        raise TokenVerificationError("token-invalid", said, MAKE_SURE)
    verified_by(parsed, find_key(parsed, ports), instance.options.checks, ports)
    return parsed.private_claims()
