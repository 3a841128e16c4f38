"""A webhook as it comes through a server or a framework."""

import hmac
from base64 import b64encode
from io import BytesIO
from types import SimpleNamespace
from wsgiref.validate import validator

import bottle
import flask
import pytest
from clerk_frameworks import WSGIRequest
from clerk_server import environ_for
from clerk_vectors import each_case
from webob import Request
from webtest import TestApp

from clerk_wsgi.core.errors import ConfigurationError, WebhookVerificationError
from clerk_wsgi.webhooks import SeenWebhooks, verify_webhook

NOW = 1_700_000_000
LARGEST = 2**20
SECRET = "whsec_dGVzdF9zaWduaW5nX3NlY3JldF8zMl9jaGFyc19sb25n"
KEY = b"test_signing_secret_32_chars_long"
BODY = b'{"type":"user.created","data":{"name":"Zo\xc3\xab"}}'
EVENT = {"type": "user.created", "object": "event", "data": {"name": "Zo\u00eb"}}


def clock():
    return NOW * 1000


def headers_for(body=BODY, family="Svix", timestamp=NOW):
    signed = f"msg_1.{timestamp}.".encode() + body
    signature = b64encode(hmac.digest(KEY, signed, "sha256")).decode()
    names = (f"{family}-{part}" for part in ("Id", "Timestamp", "Signature"))
    values = ("msg_1", str(timestamp), f"v1,{signature}")
    return dict(zip(names, values, strict=True))


class Slow(BytesIO):
    """Gives less than it is asked for, as sockets do, and counts."""

    given = 0

    def read(self, size=-1):
        assert size > 0
        block = super().read(min(size, 7))
        self.given += len(block)
        return block


def environ_of(body=BODY, headers=None, **environ):
    sent = {
        "REQUEST_METHOD": "POST",
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": "application/json",
        "wsgi.input": Slow(body),
        "wsgi.url_scheme": "https",
        **environ,
    }
    made = environ_for("/hook", headers or headers_for(body), **sent)
    return {name: value for name, value in made.items() if value is not ...}


def verify(source, **options):
    options = {"signing_secret": SECRET, "clock": clock, "env": {}, **options}
    return verify_webhook(source, **options)


def refusal(source, **options):
    with pytest.raises(WebhookVerificationError) as caught:
        verify(source, **options)
    return caught.value.reason


@each_case("webhooks")
def test_the_vectors_come_through_an_environ(case):
    body = case["body"].encode()
    environ = environ_of(body, case["headers"] or {"X-Any": "1"})
    env = {"CLERK_WEBHOOK_SIGNING_SECRET": case.get("env_secret") or ""}

    def run():
        return verify_webhook(
            environ,
            signing_secret=case["signing_secret"],
            clock=lambda: case["now_ms"],
            env=env,
        )

    if not case.get("throws"):
        assert run() == case["expected"]
        assert environ["wsgi.input"].read() == body
        return
    with pytest.raises((WebhookVerificationError, ConfigurationError)) as caught:
        run()
    said = str(caught.value).partition("\n")[0]
    assert said == case["throws"].replace("@clerk/backend", "clerk-wsgi")


@pytest.mark.parametrize("family", ["Svix", "Webhook"])
def test_headers_of_both_standards_count(family):
    assert verify(environ_of(headers=headers_for(family=family))) == EVENT


def test_a_body_in_chunks_is_read_to_its_end():
    chunked = {"CONTENT_LENGTH": ..., "wsgi.input_terminated": True}
    assert verify(environ_of(**chunked)) == EVENT
    assert verify(environ_of(**chunked | {"CONTENT_LENGTH": ""})) == EVENT


def test_a_body_without_end_is_not_waited_for():
    environ = environ_of(CONTENT_LENGTH=...)
    stream = environ["wsgi.input"]
    assert refusal(environ) == "no-matching-signature"
    assert stream.given == 0


def test_a_body_without_end_is_an_empty_one():
    environ = environ_of(b"", CONTENT_LENGTH=...)
    assert refusal(environ) == "malformed-body"
    assert environ["wsgi.input"].read() == b""


def test_a_framework_is_not_asked_for_a_body_without_end():
    request = SimpleNamespace(environ=environ_of(CONTENT_LENGTH=...), body=BODY)
    assert refusal(request) == "no-matching-signature"


def test_no_more_than_the_announced_length_is_read():
    environ = environ_of(**{"wsgi.input": Slow(BODY + b"GET / HTTP/1.1")})
    stream = environ["wsgi.input"]
    assert verify(environ) == EVENT
    assert stream.given == len(BODY)


def test_the_body_is_left_for_later_and_can_be_verified_again():
    environ = environ_of(CONTENT_LENGTH=..., **{"wsgi.input_terminated": True})
    for _ in range(2):
        assert verify(environ) == EVENT
    assert environ["CONTENT_LENGTH"] == str(len(BODY))
    assert environ["wsgi.input"].read() == BODY


def test_a_refused_body_is_left_for_later_too():
    environ = environ_of(headers=headers_for(b"other"))
    assert refusal(environ) == "no-matching-signature"
    assert environ["wsgi.input"].read() == BODY


def test_without_headers_the_body_is_not_touched():
    environ = environ_of(headers={"X-Any": "1"})
    stream = environ["wsgi.input"]
    assert refusal(environ) == "missing-headers"
    assert environ["wsgi.input"] is stream
    assert stream.given == 0


def test_an_old_webhook_is_refused():
    environ = environ_of(headers=headers_for(timestamp=NOW - 301))
    assert refusal(environ) == "timestamp-too-old"


class Endless(BytesIO):
    given = 0

    def read(self, size=-1):
        self.given += size
        return b"x" * size


def test_a_huge_body_is_not_read():
    huge = {"CONTENT_LENGTH": str(LARGEST + 1), "wsgi.input": Endless()}
    assert refusal(environ_of(**huge)) == "body-too-large"
    assert huge["wsgi.input"].given == 0


def test_a_body_that_does_not_end_is_cut():
    endless = Endless()
    chunked = {"CONTENT_LENGTH": ..., "wsgi.input_terminated": True}
    environ = environ_of(**chunked, **{"wsgi.input": endless})
    assert refusal(environ) == "body-too-large"
    assert endless.given < LARGEST * 1.2


def test_a_body_as_large_as_allowed_is_read():
    body = b'{"type":"' + b"x" * (LARGEST - 11) + b'"}'
    environ = environ_of(body, **{"wsgi.input": BytesIO(body)})
    assert len(verify(environ)["type"]) == LARGEST - 11


class Broken:
    def __init__(self, error):
        self.error = error

    def read(self, size):
        raise self.error


@pytest.mark.parametrize(
    "error", [OSError("gone"), ValueError("no chunk"), RuntimeError("own")], ids=repr
)
def test_a_connection_that_breaks_is_no_webhook(error):
    assert refusal(environ_of(**{"wsgi.input": Broken(error)})) == "unreadable-body"


def test_half_a_body_is_no_webhook():
    assert refusal(environ_of(CONTENT_LENGTH="1000")) == "unreadable-body"


@pytest.mark.parametrize("length", ["abc", "-1", "1e3", "9" * 30, "\u0661"])
def test_an_odd_length_counts_as_none(length):
    assert refusal(environ_of(CONTENT_LENGTH=length)) == "no-matching-signature"


@pytest.mark.parametrize("secret", [None, "", "  ", [], [""]], ids=repr)
def test_without_a_secret_nothing_is_verified(secret):
    with pytest.raises(ConfigurationError, match="CLERK_WEBHOOK_SIGNING_SECRET"):
        verify(environ_of(), signing_secret=secret)


@pytest.mark.parametrize("secret", [7, b"whsec_AAAA", [b"x"]], ids=repr)
def test_a_secret_is_text(secret):
    with pytest.raises(ConfigurationError, match="signing_secret must be"):
        verify(environ_of(), signing_secret=secret)


def test_a_secret_may_come_from_the_environment():
    env = {"CLERK_WEBHOOK_SIGNING_SECRET": f"{SECRET}\n"}
    assert verify(environ_of(), signing_secret=None, env=env) == EVENT


def test_two_secrets_count_while_one_is_replaced():
    assert verify(environ_of(), signing_secret=["whsec_AAAA", SECRET]) == EVENT


class Time:
    ms = NOW * 1000

    def __call__(self):
        return self.ms


def test_a_repeated_delivery_is_refused_where_deliveries_are_remembered():
    seen = SeenWebhooks(clock=clock)
    assert verify(environ_of(), remember=seen) == EVENT
    assert refusal(environ_of(), remember=seen) == "replayed"
    again = environ_of(headers=headers_for(timestamp=NOW + 5))
    assert verify(again, remember=seen) == EVENT


def test_zeros_before_the_timestamp_make_no_other_delivery():
    seen = SeenWebhooks(clock=clock)
    assert verify(environ_of(), remember=seen) == EVENT
    again = headers_for() | {"Svix-Timestamp": f"00{NOW}"}
    assert refusal(environ_of(headers=again), remember=seen) == "replayed"


def test_a_forged_delivery_is_not_remembered():
    seen = SeenWebhooks(clock=clock)
    assert refusal(environ_of(b"{}", headers_for()), remember=seen)
    assert verify(environ_of(), remember=seen) == EVENT


def test_deliveries_are_remembered_as_long_as_they_would_count():
    time = Time()
    seen = SeenWebhooks(2, clock=time)
    assert seen("a", 600)
    time.ms += 599_999
    assert not seen("a", 600)
    time.ms += 600_000
    assert seen("a", 600)
    assert seen("b", 600)
    assert seen("c", 600)
    assert seen("a", 600)


def test_ten_thousand_deliveries_are_remembered():
    seen = SeenWebhooks(clock=clock)
    assert all(seen(str(number), 600) for number in range(10_000))
    assert not seen("0", 600)
    assert seen("one more", 600)
    assert seen("1", 600)


def test_a_shared_store_may_remember():
    asked = []
    store = {}

    def remember(key, seconds):
        asked.append((key, seconds))
        return store.setdefault(key, len(asked)) == len(asked)

    verify(environ_of(), remember=remember)
    assert refusal(environ_of(), remember=remember) == "replayed"
    assert asked == [(f"msg_1.{NOW}", 600)] * 2


FRAMEWORKS = {
    "flask": (flask.Request, lambda request: request.get_data()),
    "django": (WSGIRequest, lambda request: request.body),
    "webob": (Request, lambda request: request.body),
    "bottle": (bottle.Request, lambda request: request.body.read()),
    "any": (lambda environ: SimpleNamespace(environ=environ), None),
}


@pytest.mark.parametrize(("make", "body_of"), FRAMEWORKS.values(), ids=FRAMEWORKS)
def test_a_frameworks_request_will_do(make, body_of):
    request = make(environ_of(**{"wsgi.input": BytesIO(BODY)}))
    assert verify(request) == EVENT
    if body_of:
        assert body_of(request) == BODY


@pytest.mark.parametrize("name", ["flask", "django", "webob", "bottle"])
def test_a_framework_may_have_read_the_body_before(name):
    make, body_of = FRAMEWORKS[name]
    request = make(environ_of(**{"wsgi.input": BytesIO(BODY)}))
    assert body_of(request) == BODY
    assert verify(request) == EVENT
    assert request.environ["wsgi.input"].read() == BODY


def test_a_body_that_the_framework_gave_away_is_no_webhook():
    request = WSGIRequest(environ_of(**{"wsgi.input": BytesIO(BODY)}))
    request.read()
    assert refusal(request) == "unreadable-body"


@pytest.mark.parametrize("name", ["flask", "django", "webob", "bottle"])
def test_a_framework_is_not_asked_for_a_huge_body(name):
    endless = Endless()
    huge = {"CONTENT_LENGTH": str(LARGEST + 1), "wsgi.input": endless}
    assert refusal(FRAMEWORKS[name][0](environ_of(**huge))) == "body-too-large"
    assert endless.given == 0


def test_a_webhook_can_be_verified_in_a_strict_server():
    def hook(environ, start_response):
        try:
            event = verify(environ)
        except WebhookVerificationError as error:
            start_response("400 Bad Request", [("Content-Type", "text/plain")])
            return [error.reason.encode()]
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [event["type"].encode()]

    browser = TestApp(validator(hook))
    good = browser.post("/hook", BODY, headers_for())
    assert good.body == b"user.created"
    forged = browser.post("/hook", b"{}", headers_for(), status=400)
    assert forged.body == b"no-matching-signature"
