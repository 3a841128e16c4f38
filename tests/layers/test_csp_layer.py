"""A policy on every answer, and its nonce where templates find it."""

import json
import sys
from wsgiref.validate import validator

import pytest
from clerk_requests import snake
from clerk_server import environ_for, serve
from clerk_tokens import DEVELOPMENT_KEY, PEM, PUBLISHABLE_KEY, epoch_ms
from clerk_vectors import each_case
from webtest import TestApp

from clerk_wsgi import Chain, RouteGuardLayer, SessionLayer
from clerk_wsgi.core.errors import ConfigurationError, MissingMiddleware
from clerk_wsgi.core.keys import build_publishable_key
from clerk_wsgi.layers.content_security_policy import (
    TOLD,
    ContentSecurityPolicyLayer,
)

NONCE = "AAECAwQFBgcICQoLDA0ODw=="
CSP = "Content-Security-Policy"


def count_up(size):
    return bytes(range(size))


def echo(environ, start_response):
    """Says what the application is told; its own headers are in the environ."""
    start_response("200 OK", environ.get("test.own", [("Content-Type", "text/plain")]))
    told = {
        name: environ.get(f"HTTP_{name.upper().replace('-', '_')}") for name in TOLD
    }
    return [json.dumps(told).encode()]


def layer(app=echo, **options):
    options = {
        "publishable_key": PUBLISHABLE_KEY,
        "random_bytes": count_up,
        "env": {},
        **options,
    }
    return validator(ContentSecurityPolicyLayer(validator(app), **options))


def site(app=echo, **options):
    return TestApp(layer(app, **options))


@each_case("csp")
def test_the_vectors_come_out_of_the_layer(case):
    options = {snake(name): value for name, value in case["options"].items()}
    answer = site(
        publishable_key=build_publishable_key(case["host"]),
        is_production=case["environment"] == "production",
        random_bytes=lambda size: bytes.fromhex(case["random_bytes_hex"])[:size],
        **options,
    ).get("/")
    ours = {name.lower() for name in TOLD}
    sent = [[n.lower(), v] for n, v in answer.headerlist if n.lower() in ours]
    assert sent == case["expected_headers"]
    told = json.loads(answer.text)
    assert {n.lower(): v for n, v in told.items() if v is not None} == dict(sent)


def test_a_browser_cannot_name_the_nonce():
    forged = dict.fromkeys(TOLD, "'nonce-evil'")
    answer = site().get("/", headers=forged)
    assert "evil" not in answer.text
    strict = site(strict=True).get("/", headers=forged)
    assert json.loads(strict.text)["X-Nonce"] == strict.headers["X-Nonce"] == NONCE
    assert "evil" not in strict.text


def test_each_request_has_another_nonce():
    browser = site(strict=True, random_bytes=iter_bytes())
    nonces = [browser.get("/").headers["X-Nonce"] for _ in range(3)]
    assert len(set(nonces)) == 3


def iter_bytes():
    numbers = iter(range(100))
    return lambda size: bytes([next(numbers)] * size)


def test_nonces_are_random_unless_somebody_hands_them_in():
    app = validator(
        ContentSecurityPolicyLayer(echo, publishable_key=PUBLISHABLE_KEY, strict=True)
    )
    browser = TestApp(app)
    one, other = (browser.get("/").headers["X-Nonce"] for _ in range(2))
    assert one != other
    assert len(one) == len(NONCE)


def test_headers_of_the_application_are_replaced_where_they_are_the_same():
    own = [
        ("Content-Type", "text/plain"),
        ("content-security-policy", "default-src *"),
        ("Content-Security-Policy", "script-src *"),
        ("Content-Security-Policy-Report-Only", "default-src 'none'"),
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
    ]
    answer = site().get("/", extra_environ={"test.own": own})
    assert answer.headers.getall(CSP) == [answer.headers[CSP]]
    assert "default-src *" not in answer.headers[CSP]
    assert answer.headers[f"{CSP}-Report-Only"] == "default-src 'none'"
    assert answer.headers.getall("Set-Cookie") == ["a=1", "b=2"]


def failing(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    try:
        raise RuntimeError("mend me")
    except RuntimeError:
        start_response("500 Oops", [("Content-Type", "text/plain")], sys.exc_info())
    return [b"sorry"]


def test_an_error_page_has_the_policy_too():
    answer = serve(layer(failing), environ_for())
    assert answer.status == 500
    assert answer.header(CSP)


def late(environ, start_response):
    def body():
        start_response("200 OK", [("Content-Type", "text/plain")])
        yield b"late"

    return body()


def test_an_answer_may_start_late():
    app = ContentSecurityPolicyLayer(late, publishable_key=PUBLISHABLE_KEY)
    answer = serve(app, environ_for())
    assert answer.header(CSP)
    assert answer.body == b"late"


def test_inside_the_session_layer_its_instance_counts():
    session = SessionLayer(
        ContentSecurityPolicyLayer(
            echo, env={"CLERK_PUBLISHABLE_KEY": PUBLISHABLE_KEY}
        ),
        publishable_key=DEVELOPMENT_KEY,
        jwt_key=PEM,
        clock=epoch_ms,
    )
    policy = TestApp(session).get("/").headers[CSP]
    assert "lucky-cat-12.clerk.accounts.dev;" in policy
    assert "clerk.example.com" not in policy


def test_a_key_that_was_given_counts_before_the_session_layers():
    session = SessionLayer(
        ContentSecurityPolicyLayer(echo, publishable_key=PUBLISHABLE_KEY),
        publishable_key=DEVELOPMENT_KEY,
        jwt_key=PEM,
        clock=epoch_ms,
    )
    assert "clerk.example.com;" in TestApp(session).get("/").headers[CSP]


def test_what_the_guard_refuses_has_the_policy_if_the_guard_is_inside():
    def refuse(auth, request):
        auth.protect()

    app = Chain(
        lambda app: SessionLayer(
            app, publishable_key=PUBLISHABLE_KEY, jwt_key=PEM, clock=epoch_ms
        ),
        lambda app: ContentSecurityPolicyLayer(app, env={}),
        lambda app: RouteGuardLayer(app, refuse),
    )(echo)
    answer = TestApp(app).get("/", status=404)
    assert answer.headers[CSP]


def test_alone_it_takes_the_variable():
    answer = site(
        publishable_key=None, env={"CLERK_PUBLISHABLE_KEY": f"{PUBLISHABLE_KEY}\n"}
    ).get("/")
    assert "clerk.example.com;" in answer.headers[CSP]


def test_without_any_key_nobody_knows_the_policy():
    app = ContentSecurityPolicyLayer(echo, env={})
    with pytest.raises(MissingMiddleware):
        app(environ_for(), lambda *_: None)


@pytest.mark.parametrize(
    "options", [{"publishable_key": "nonsense"}, {"strict": "yes"}], ids=repr
)
def test_a_wrong_option_fails_when_the_chain_is_built(options):
    with pytest.raises(ConfigurationError):
        layer(**options)
