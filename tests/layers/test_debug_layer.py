"""One line a request, and nothing that somebody else could sign in with."""

import logging
import sys
from wsgiref.validate import validator

import pytest
from clerk_tokens import PEM, PUBLISHABLE_KEY, bearer, epoch_ms, mint
from webtest import TestApp

from clerk_wsgi import ClerkMiddleware, DebugLayer

KEYS = {"publishable_key": PUBLISHABLE_KEY, "jwt_key": PEM}
SECRET = "sk_live_abcdefghijklmnop"


def hello(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]


def broken(environ, start_response):
    try:
        raise RuntimeError("mend me")
    except RuntimeError:
        start_response("500 Sorry", [("Content-Type", "text/plain")], sys.exc_info())
    return [b"sorry"]


@pytest.fixture
def lines(caplog):
    caplog.set_level(logging.INFO, "clerk_wsgi.debug")
    return lambda: [record.getMessage() for record in caplog.records]


def site(app=hello, **options):
    middleware = ClerkMiddleware(
        validator(app), debug=True, clock=epoch_ms, **KEYS, **options
    )
    return TestApp(validator(middleware))


def test_a_signed_in_request_is_told_with_its_user(lines):
    token = mint()
    site().get("/page?token=hidden", headers=bearer(token))
    assert lines()[-1] == (
        "clerk: method=GET path=/page answer=200 status=signed-in reason=- "
        "token_type=session_token user=user_1 organization=-"
    )


def test_a_signed_out_request_is_told_with_its_reason(lines):
    site().get("/")
    assert "status=signed-out reason=session-token-and-uat-missing" in lines()[-1]


def test_no_secret_and_no_token_is_told(lines):
    token = mint()
    app = site(secret_key=SECRET)
    app.get(f"/?__clerk_db_jwt={token}", headers=bearer(token))
    app.get("/", headers={"Cookie": f"__session={token}; __client_uat=1"})
    told = "\n".join(lines())
    assert token not in told
    assert SECRET not in told
    assert "secret_key=sk_live_*********nop" in told


def test_the_options_are_told_once(lines):
    app = site(sign_in_url="/in")
    app.get("/")
    app.get("/")
    told = [line for line in lines() if "options" in line]
    assert len(told) == 1
    assert "sign_in_url='/in'" in told[0]


def test_a_path_cannot_write_a_line_of_its_own(lines):
    site().get("/a%0Aclerk: forged", expect_errors=True)
    assert "\n" not in lines()[-1]
    assert "path=/a\\nclerk: forged" in lines()[-1]


def test_what_no_layer_judged_is_told_as_such(lines):
    TestApp(validator(DebugLayer(validator(hello)))).get("/")
    assert lines() == ["clerk: method=GET path=/ answer=200 status=not judged"]


def test_a_failing_application_is_told_and_left_as_it_is(lines):
    answer = site(broken).get("/", status=500)
    assert answer.text == "sorry"
    assert "answer=500" in lines()[-1]


def test_each_request_is_a_record_that_others_can_format(caplog, lines):
    site().get("/", headers=bearer(mint()))
    assert caplog.records[-1].clerk["user"] == "user_1"
    assert caplog.records[-1].clerk["status"] == "signed-in"


def test_without_debug_nothing_is_told(lines):
    app = ClerkMiddleware(hello, clock=epoch_ms, **KEYS)
    TestApp(app).get("/")
    assert lines() == []
