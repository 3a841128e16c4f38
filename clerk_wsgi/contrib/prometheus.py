"""Events as Prometheus metrics. Needs prometheus_client."""

from typing import TYPE_CHECKING

from clerk_wsgi.contrib.reasons import OTHER, REFUSALS, known
from clerk_wsgi.core.cutoffs import KINDS
from clerk_wsgi.core.events import (
    DecisionFailed,
    Event,
    HandshakeStarted,
    InputRefused,
    KeysFetched,
    OutageEnded,
    OutageStarted,
    RequestDecided,
    Revoked,
)

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

TOKEN_TYPES = frozenset({"session_token", "api_key", "m2m_token", "oauth_token"})
LAYERS = ("session", "organization", "guard")
WHERES = (*LAYERS, "check", "keys", "machine-token", "webhook")
WHATS = ("keys", "store", "revocations")


class PrometheusEvents:
    """Hand it to `on_event`, once per process and registry.

    No label holds what a client can choose: the series are at most a few hundred.
    `registry` is prometheus_client's own unless one is given.
    """

    def __init__(self, registry: "CollectorRegistry | None" = None) -> None:
        from prometheus_client import REGISTRY, Counter, Gauge, Histogram

        registry = registry or REGISTRY
        self.decided = Counter(
            "clerk_auth_total",
            "Requests judged.",
            ["status", "reason", "token_type"],
            registry=registry,
        )
        self.handshakes = Counter(
            "clerk_handshake_total",
            "Browsers sent to Clerk.",
            ["reason"],
            registry=registry,
        )
        self.fetches = Histogram(
            "clerk_key_fetch_seconds",
            "How long key sets took that came.",
            registry=registry,
        )
        self.outages = Gauge(
            "clerk_outage",
            "How many of these cannot be had now.",
            ["what"],
            registry=registry,
        )
        self.refused = Counter(
            "clerk_refused_total",
            "Input answered with 400.",
            ["reason"],
            registry=registry,
        )
        self.failures = Counter(
            "clerk_failures_total",
            "Requests that could not be judged since something raised.",
            ["where"],
            registry=registry,
        )
        self.revocations = Counter(
            "clerk_revocations_total", "Cutoffs that came.", ["kind"], registry=registry
        )
        for what in WHATS:
            self.outages.labels(what)

    def __call__(self, event: Event) -> None:
        match event:
            case RequestDecided(status, reason, token_type):
                token = token_type if token_type in TOKEN_TYPES else OTHER
                self.decided.labels(status, known(reason), token).inc()
            case HandshakeStarted(reason):
                self.handshakes.labels(known(reason)).inc()
            case KeysFetched(seconds):
                self.fetches.observe(seconds)
            case InputRefused(reason):
                self.refused.labels(known(reason, REFUSALS)).inc()
            case DecisionFailed(where):
                self.failures.labels(where if where in WHERES else OTHER).inc()
            case OutageStarted(what):
                self.outages.labels(what if what in WHATS else OTHER).inc()
            case OutageEnded(what):
                self.outages.labels(what if what in WHATS else OTHER).dec()
            case Revoked(kind):
                self.revocations.labels(kind if kind in KINDS else OTHER).inc()
