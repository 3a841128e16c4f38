"""Faults, time and keys of a running instance: from Python and over HTTP."""

import json

import pytest
from local_clerk import NOW, ORIGIN, SECRET_KEY, Clock, clerk_browser, local_clerk

from clerk_wsgi import ConfigurationError
from clerk_wsgi.core.tokens import parse_token
from clerk_wsgi.local.clock import Clock as SetClock
from clerk_wsgi.local.users import create_user

SECRET = {"Authorization": f"Bearer {SECRET_KEY}"}


@pytest.fixture
def local():
    return local_clerk(Clock(), seeds={})


@pytest.fixture
def browser(local):
    return clerk_browser(local)


def asked(browser, method, path, given=None):
    body = None if given is None else json.dumps(given)
    url = f"{ORIGIN}/v1{path}"
    status, headers, text = browser.send(method, url, dict(SECRET), body)
    return status, dict(headers), json.loads(text) if text else None


def test_a_fault_happens_as_often_as_it_was_asked_for(local, browser):
    local.faults.add("/v1/jwks", status=500, times=2)
    assert [asked(browser, "GET", "/jwks")[0] for _ in range(3)] == [500, 500, 200]


def test_too_many_requests_say_when_to_come_again(local, browser):
    local.faults.add("/v1/*", status=429, retry_after=7)
    status, headers, said = asked(browser, "GET", "/jwks")
    assert (status, headers["Retry-After"]) == (429, "7")
    assert said["errors"][0]["code"] == "too_many_requests"
    local.faults.clear()
    assert asked(browser, "GET", "/jwks")[0] == 200


def test_garbage_and_broken_connections(local, browser):
    local.faults.add("/v1/jwks", body="<html>", times=1)
    status, _, text = browser.send("GET", f"{ORIGIN}/v1/jwks", dict(SECRET), None)
    assert (status, text) == (200, "<html>")
    local.faults.add("/v1/jwks", drop=True, times=1)
    with pytest.raises(ConnectionResetError):
        asked(browser, "GET", "/jwks")
    assert asked(browser, "GET", "/jwks")[0] == 200


def test_a_late_answer_is_the_right_one(local, browser):
    slept = []
    local.faults.sleep = slept.append
    local.faults.add("/v1/jwks", delay=3)
    assert asked(browser, "GET", "/jwks")[0] == 200
    assert slept == [3]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"self": 1, "status": 500},
        {"status": 99},
        {"status": "500"},
        {"delay": -1},
        {"delay": float("nan")},
        {"times": 0, "status": 500},
        {"drop": "yes"},
        {"nonsense": 1},
    ],
)
def test_a_fault_that_cannot_happen_is_refused(local, given):
    with pytest.raises(ConfigurationError, match="fault"):
        local.faults.add(**given)
    assert local.faults.all == []


def test_a_bad_day_over_http(browser):
    path = "/local/faults"
    status, _, fault = asked(browser, "POST", path, {"path": "/v1/jwks", "status": 503})
    assert status == 200
    assert asked(browser, "GET", "/jwks")[0] == 503
    assert asked(browser, "GET", path)[2]["total_count"] == 1
    assert asked(browser, "DELETE", f"{path}/{fault['id']}")[0] == 200
    assert asked(browser, "DELETE", f"{path}/{fault['id']}")[0] == 404
    assert asked(browser, "GET", "/jwks")[0] == 200


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("/local/faults", {"status": 1}),
        ("/local/faults", []),
        ("/local/clock", {}),
        ("/local/clock", {"freeze": "now"}),
        ("/local/clock", {"shift": 1e300}),
        ("/local/clock", {"other": 1}),
        ("/local/tokens", {"user": "nobody"}),
        ("/local/tokens", {"user": 7}),
        ("/local/tokens", {"user": "x", "lifetime": "long"}),
        ("/local/tokens", {"user": "x", "claims": []}),
        ("/local/messages/msg_x/resend", {}),
    ],
)
def test_bad_input_is_refused_in_clerks_form(browser, path, given):
    status, _, said = asked(browser, "POST", path, given)
    assert 400 <= status < 500
    assert said["errors"][0]["code"]


@pytest.mark.parametrize("path", ["faults", "clock", "keys", "messages"])
def test_nobody_without_the_secret_key_gives_it_a_bad_day(browser, path):
    page = browser.request("GET", f"/v1/local/{path}")
    assert page.status in (401, 404)
    page = browser.request(
        "GET", f"/v1/local/{path}", headers={"Authorization": "Bearer sk_test_other"}
    )
    assert page.status == 401


def test_the_clock_over_http(browser):
    assert asked(browser, "GET", "/local/clock")[2]["now"] == NOW
    assert asked(browser, "POST", "/local/clock", {"shift": 60})[2]["now"] == NOW + 60
    told = asked(browser, "POST", "/local/clock", {"freeze": 5, "shift": 1})[2]
    assert told["now"] == 6
    assert asked(browser, "DELETE", "/local/clock")[2]["now"] == NOW


def test_a_clock_is_stopped_set_and_right_again():
    real = Clock()
    clock = SetClock(real)
    assert clock() == NOW * 1000
    clock.freeze()
    real.now += 10
    assert clock() == NOW * 1000
    clock.shift(3)
    assert clock() == (NOW + 3) * 1000
    clock.freeze(7)
    assert clock() == 7000
    clock.resume()
    assert clock() == (NOW + 10) * 1000


def test_keys_are_rotated_and_retired_over_http(local, browser):
    [first] = asked(browser, "GET", "/local/keys")[2]["data"]
    second = asked(browser, "POST", "/local/keys/rotate")[2]
    kids = [each["kid"] for each in asked(browser, "GET", "/jwks")[2]["keys"]]
    assert kids == [first["kid"], second["kid"]]
    assert local.keys.current.kid == second["kid"]
    asked(browser, "DELETE", f"/local/keys/{first['kid']}")
    kids = [each["kid"] for each in asked(browser, "GET", "/jwks")[2]["keys"]]
    assert kids == [second["kid"]]


def test_a_token_over_http(local, browser):
    user = create_user(local.state, email_addresses=["ada@example.com"])
    given = {"user": "ada@example.com", "claims": {"a": 1, "jti": None}, "lifetime": 9}
    claims = parse_token(
        asked(browser, "POST", "/local/tokens", given)[2]["jwt"]
    ).claims
    assert (claims["sub"], claims["a"]) == (user["id"], 1)
    assert claims["exp"] - claims["iat"] == 9
    assert "jti" not in claims


def test_what_was_told_is_listed_newest_first(local, browser):
    create_user(local.state)
    found = asked(browser, "GET", "/local/messages")[2]
    assert found["data"][0]["type"] == "user.created"
    assert found["url"] is None
