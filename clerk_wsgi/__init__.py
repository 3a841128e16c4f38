"""Clerk in front of any WSGI application.

from clerk_wsgi import ClerkMiddleware, auth

def check(auth, request):
    if request.path.startswith("/dashboard"):
        auth.protect()

app = ClerkMiddleware(app, check)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from clerk_wsgi.ambient import auth
from clerk_wsgi.chain import Chain
from clerk_wsgi.core.errors import (
    BackendError,
    ClerkAPIError,
    ClerkError,
    ConfigurationError,
    HandshakeError,
    KeyNotFound,
    KeysUnavailable,
    MalformedURLError,
    MissingMiddleware,
    TokenVerificationError,
    WebhookVerificationError,
)
from clerk_wsgi.core.options import Options
from clerk_wsgi.core.request import RequestView
from clerk_wsgi.core.state import (
    Handshake,
    MachineSignedIn,
    RequestState,
    SignedIn,
    SignedOut,
)
from clerk_wsgi.core.verification import VerificationKey
from clerk_wsgi.decision import authenticate_request, verify_token
from clerk_wsgi.environ import get_auth, get_dynamic_keys, get_state
from clerk_wsgi.identity import Auth
from clerk_wsgi.layers.debug import DebugLayer
from clerk_wsgi.layers.guard import RouteGuardLayer
from clerk_wsgi.layers.organization import OrganizationSyncLayer
from clerk_wsgi.layers.session import SessionLayer
from clerk_wsgi.middleware import ClerkMiddleware
from clerk_wsgi.responses import reverification_response
from clerk_wsgi.routes import create_route_matcher

if TYPE_CHECKING:
    from clerk_wsgi.client import clerk_client, current_user
    from clerk_wsgi.core.webhooks import WebhookEvent
    from clerk_wsgi.layers.content_security_policy import ContentSecurityPolicyLayer
    from clerk_wsgi.layers.frontend_api_proxy import (
        FrontendApiProxy,
        FrontendApiProxyLayer,
    )
    from clerk_wsgi.revocation_endpoint import RevocationEndpoint
    from clerk_wsgi.webhooks import SeenWebhooks, verify_webhook

# Imported when they are first asked for: most sites need few of them.
LATER = {
    "ContentSecurityPolicyLayer": "clerk_wsgi.layers.content_security_policy",
    "FrontendApiProxy": "clerk_wsgi.layers.frontend_api_proxy",
    "FrontendApiProxyLayer": "clerk_wsgi.layers.frontend_api_proxy",
    "RevocationEndpoint": "clerk_wsgi.revocation_endpoint",
    "SeenWebhooks": "clerk_wsgi.webhooks",
    "WebhookEvent": "clerk_wsgi.core.webhooks",
    "clerk_client": "clerk_wsgi.client",
    "current_user": "clerk_wsgi.client",
    "verify_webhook": "clerk_wsgi.webhooks",
}

__all__ = [
    "Auth",
    "BackendError",
    "Chain",
    "ClerkAPIError",
    "ClerkError",
    "ClerkMiddleware",
    "ConfigurationError",
    "ContentSecurityPolicyLayer",
    "DebugLayer",
    "FrontendApiProxy",
    "FrontendApiProxyLayer",
    "Handshake",
    "HandshakeError",
    "KeyNotFound",
    "KeysUnavailable",
    "MachineSignedIn",
    "MalformedURLError",
    "MissingMiddleware",
    "Options",
    "OrganizationSyncLayer",
    "RequestState",
    "RequestView",
    "RevocationEndpoint",
    "RouteGuardLayer",
    "SeenWebhooks",
    "SessionLayer",
    "SignedIn",
    "SignedOut",
    "TokenVerificationError",
    "VerificationKey",
    "WebhookEvent",
    "WebhookVerificationError",
    "auth",
    "authenticate_request",
    "clerk_client",
    "create_route_matcher",
    "current_user",
    "get_auth",
    "get_dynamic_keys",
    "get_state",
    "reverification_response",
    "verify_token",
    "verify_webhook",
]


def __getattr__(name: str) -> Any:
    if name not in LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(LATER[name]), name)
