"""Events become logs, metrics and spans; none of them says more than it was told to."""

import importlib.util
import inspect
import json
import logging
import re

import pytest
from clerk_tokens import PEM, PUBLISHABLE_KEY, bearer, epoch_ms, mint
from clerk_vectors import load
from webtest import TestApp

from clerk_wsgi import ClerkMiddleware, auth, webhooks
from clerk_wsgi.contrib import NAMES, facts, name_of, several
from clerk_wsgi.contrib.logs import LOGGER, LogEvents
from clerk_wsgi.contrib.opentelemetry import SpanEvents
from clerk_wsgi.contrib.prometheus import PrometheusEvents
from clerk_wsgi.contrib.reasons import OTHER, REASONS, REFRESH, REFUSALS, known
from clerk_wsgi.core import revocation_events
from clerk_wsgi.core import webhooks as core_webhooks
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

DECIDED = RequestDecided("signed-in", None, "session_token", user_id="user_1")
EVENTS = [
    DECIDED,
    HandshakeStarted("dev-browser-missing"),
    InputRefused("malformed-url"),
    DecisionFailed("guard", "KeyError", "0badc0de"),
    KeysFetched(0.25, 2),
    OutageStarted("keys", "jwk-remote-failed-to-load", 3600.0),
    OutageEnded("keys", 12.5),
    Revoked("session", "sess_1"),
]
WITHOUT = "left out, since {} is not installed"


def needs(name):
    is_there = importlib.util.find_spec(name.partition(".")[0]) is not None
    return pytest.mark.skipif(not is_there, reason=WITHOUT.format(name))


def site(hook):
    def hello(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [str(auth().user_id).encode()]

    given = {"publishable_key": PUBLISHABLE_KEY, "jwt_key": PEM, "clock": epoch_ms}
    return TestApp(ClerkMiddleware(hello, on_event=hook, **given))


# What an event says ------------------------------------------------------------------


def test_the_events_of_these_tests_are_all_there_are():
    kinds = {type(each) for each in EVENTS}
    assert kinds == set(Event.__args__)
    assert {each.__name__ for each in kinds} == set(NAMES)


@pytest.mark.parametrize("event", EVENTS, ids=name_of)
def test_ids_are_told_only_on_demand(event):
    ids = {"user_id", "id"}
    assert ids.isdisjoint(facts(event))
    told = facts(event, with_ids=True)
    assert bool(ids & set(told)) == isinstance(event, RequestDecided | Revoked)


def test_a_decision_says_who_it_was_about_though_not_aloud():
    heard = []
    site(heard.append).get("/", headers=bearer(mint({"sub": "user_7"})))
    assert [each.user_id for each in heard] == ["user_7"]
    assert "user_7" not in repr(heard)
    site(heard.append).get("/")
    assert heard[1].user_id is None


def test_several_hooks_hear_all_though_one_of_them_fails(caplog):
    def fail(event):
        raise RuntimeError("broken")

    first, last = [], []
    hook = several(first.append, fail, last.append)
    for each in EVENTS:
        hook(each)
    assert first == last == EVENTS
    assert len(caplog.records) == 1


# Logs --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "level", "said"),
    [
        pytest.param(
            DECIDED,
            logging.DEBUG,
            {"event": "request", "status": "signed-in", "token_type": "session_token"},
            id="decision",
        ),
        pytest.param(
            InputRefused("malformed-url"),
            logging.INFO,
            {"event": "refused", "reason": "malformed-url"},
            id="refused input",
        ),
        pytest.param(
            DecisionFailed("guard", "KeyError", "0badc0de"),
            logging.ERROR,
            {
                "event": "failed",
                "where": "guard",
                "error": "KeyError",
                "mark": "0badc0de",
            },
            id="failed decision",
        ),
        pytest.param(
            OutageStarted("store", "timeout", 0.0),
            logging.WARNING,
            {
                "event": "outage-started",
                "what": "store",
                "reason": "timeout",
                "seconds_left": 0.0,
            },
            id="outage",
        ),
        pytest.param(
            Revoked("session", "sess_1"),
            logging.DEBUG,
            {"event": "revoked", "kind": "session"},
            id="revocation",
        ),
    ],
)
def test_an_event_is_a_record(caplog, event, level, said):
    with caplog.at_level(logging.DEBUG, LOGGER):
        LogEvents()(event)
    (record,) = caplog.records
    assert (record.name, record.levelno) == (LOGGER, level)
    assert record.clerk == json.loads(json.dumps(said))
    assert record.getMessage().startswith(f"clerk: event={said['event']} ")


def test_a_line_of_the_log_says_what_is_the_matter(caplog):
    with caplog.at_level(logging.DEBUG, LOGGER):
        LogEvents()(OutageStarted("store", "timeout", 0.0))
    line = "clerk: event=outage-started what=store reason=timeout seconds_left=0.0"
    assert caplog.messages == [line]


def test_a_record_names_ids_where_they_are_wanted(caplog):
    with caplog.at_level(logging.DEBUG, LOGGER):
        LogEvents(with_ids=True)(DECIDED)
    assert caplog.records[0].clerk["user_id"] == "user_1"


def test_what_nobody_reads_is_not_written(caplog):
    with caplog.at_level(logging.INFO, LOGGER):
        LogEvents()(DECIDED)
    assert caplog.records == []


def test_a_logger_of_ones_own_is_used(caplog):
    with caplog.at_level(logging.DEBUG):
        LogEvents(logging.getLogger("mine"))(DECIDED)
    assert [each.name for each in caplog.records] == ["mine"]


# Prometheus --------------------------------------------------------------------------


@pytest.fixture
def registry():
    from prometheus_client import CollectorRegistry

    return CollectorRegistry()


def series(registry):
    """Every sample that is not zero, but for when it began."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for metric in registry.collect()
        for sample in metric.samples
        if sample.value and not sample.name.endswith(("_created", "_bucket"))
    }


@needs("prometheus_client")
def test_events_are_counted(registry):
    hook = PrometheusEvents(registry)
    for each in EVENTS:
        hook(each)
    hook(OutageStarted("store", "timeout", 0.0))
    assert series(registry) == {
        ("clerk_auth_total", "signed-in", "", "session_token"): 1,
        ("clerk_handshake_total", "dev-browser-missing"): 1,
        ("clerk_refused_total", "malformed-url"): 1,
        ("clerk_failures_total", "guard"): 1,
        ("clerk_key_fetch_seconds_count",): 1,
        ("clerk_key_fetch_seconds_sum",): 0.25,
        ("clerk_outage", "store"): 1,
        ("clerk_revocations_total", "session"): 1,
    }


@needs("prometheus_client")
def test_requests_are_counted_by_what_became_of_them(registry):
    browser = site(PrometheusEvents(registry))
    for token in (mint(), mint(), mint(key="b")):
        browser.get("/", headers=bearer(token))
    session = "session_token"
    assert series(registry) == {
        ("clerk_auth_total", "signed-in", "", session): 2,
        ("clerk_auth_total", "signed-out", "token-invalid-signature", session): 1,
    }


@needs("prometheus_client")
def test_nobody_can_make_series_without_end(registry):
    hook = PrometheusEvents(registry)
    for number in range(1000):
        odd = f"odd-{number}"
        hook(RequestDecided("signed-out", odd, odd))
        hook(RequestDecided("signed-out", f"{REFRESH}-{odd}", "session_token"))
        hook(HandshakeStarted(odd))
        hook(InputRefused(odd))
        hook(DecisionFailed(odd, odd, odd))
        hook(OutageStarted(odd, odd, 0.0))
        hook(Revoked(odd, odd))
    assert series(registry) == {
        ("clerk_auth_total", "signed-out", OTHER, OTHER): 1000,
        ("clerk_auth_total", "signed-out", REFRESH, "session_token"): 1000,
        ("clerk_handshake_total", OTHER): 1000,
        ("clerk_refused_total", OTHER): 1000,
        ("clerk_failures_total", OTHER): 1000,
        ("clerk_outage", OTHER): 1000,
        ("clerk_revocations_total", OTHER): 1000,
    }


def reasons_of_the_vectors(node):
    if isinstance(node, dict):
        if "status" in node and isinstance(node.get("reason"), str):
            yield node["reason"]
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            yield from reasons_of_the_vectors(each)


def test_every_reason_of_clerks_has_a_series_of_its_own():
    reasons = set(reasons_of_the_vectors(load("authenticate_request")["cases"]))
    assert len(reasons) > 20
    assert {each for each in reasons if known(each) == OTHER} == set()


REFUSAL = re.compile(r'(?:unverified|WebhookVerificationError)\(\s*"([\w-]+)"')


def test_every_refusal_of_a_webhook_has_a_series_of_its_own():
    modules = (core_webhooks, revocation_events, webhooks)
    found = {r for each in modules for r in REFUSAL.findall(inspect.getsource(each))}
    assert len(found) > 8
    assert {f"webhook-{each}" for each in found} - REFUSALS == set()


def test_no_reason_is_on_both_lists():
    assert not REASONS & REFUSALS
    assert known(None) == ""


# OpenTelemetry -----------------------------------------------------------------------


@pytest.fixture
def spans():
    """A tracer, and what it was given when its spans ended."""
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import (
        InMemorySpanExporter,
    )

    ended, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(ended))
    yield provider.get_tracer("tests"), ended
    provider.shutdown()


@needs("opentelemetry.sdk")
def test_a_decision_is_written_on_the_span(spans):
    tracer, ended = spans
    browser = site(SpanEvents())
    with tracer.start_as_current_span("GET /"):
        browser.get("/", headers=bearer(mint()))
    (span,) = ended.get_finished_spans()
    assert dict(span.attributes) == {
        "clerk.status": "signed-in",
        "clerk.token_type": "session_token",
    }


@needs("opentelemetry.sdk")
@pytest.mark.parametrize(
    ("with_ids", "who"), [(False, None), (True, "user_1")], ids=["silent", "told"]
)
def test_the_user_is_on_the_span_only_on_demand(spans, with_ids, who):
    tracer, ended = spans
    with tracer.start_as_current_span("GET /"):
        SpanEvents(with_ids=with_ids)(DECIDED)
    (span,) = ended.get_finished_spans()
    assert span.attributes.get("enduser.id") == who
    assert ("user_1" in str(dict(span.attributes))) is with_ids


@needs("opentelemetry.sdk")
def test_the_rest_are_events_of_the_span(spans):
    tracer, ended = spans
    with tracer.start_as_current_span("GET /"):
        for each in EVENTS[1:]:
            SpanEvents()(each)
    (span,) = ended.get_finished_spans()
    assert [each.name for each in span.events] == [
        f"clerk.{name_of(each)}" for each in EVENTS[1:]
    ]
    assert dict(span.events[4].attributes) == {
        "clerk.what": "keys",
        "clerk.reason": "jwk-remote-failed-to-load",
        "clerk.seconds_left": 3600.0,
    }


@needs("opentelemetry.sdk")
def test_without_a_span_nothing_happens():
    SpanEvents()(DECIDED)
