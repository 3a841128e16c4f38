"""What goes wrong on demand, and who is spared."""

import sqlite3
from http.client import RemoteDisconnected
from threading import Thread

import pytest
from browsing import over_http
from local_clerk import NOW, ORIGIN, SECRET_KEY, Clock, clerk_browser, local_clerk
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.test import Client

from clerk_wsgi.backends.http import NoAnswer
from clerk_wsgi.core.tokens import parse_token
from clerk_wsgi.local.in_process import transport_to
from clerk_wsgi.local.minting import minted
from clerk_wsgi.local.users import create_user

SECRET = {"Authorization": f"Bearer {SECRET_KEY}"}


@pytest.fixture
def local():
    with local_clerk(Clock(), seeds={}) as local:
        yield local


@pytest.fixture
def client(local):
    return Client(local)


def status(client, method, path):
    return client.open(path, method=method, headers=SECRET).status_code


@pytest.mark.parametrize(
    ("path", "method", "hit"),
    [
        ("/v1/jwks", "*", {"GET /v1/jwks"}),
        ("/v1/*", "*", {"GET /v1/jwks", "GET /v1/users", "POST /v1/users"}),
        ("/v1/users", "post", {"POST /v1/users"}),
        ("*", "GET", {"GET /v1/jwks", "GET /v1/users", "GET /sign-in"}),
        ("/v1/user?", "*", {"GET /v1/users", "POST /v1/users"}),
        ("/v1", "*", set()),
    ],
)
def test_a_fault_hits_a_path_and_a_method(local, client, path, method, hit):
    asked = ["GET /v1/jwks", "GET /v1/users", "POST /v1/users", "GET /sign-in"]
    local.faults.add(path, method=method, status=503)
    found = {each for each in asked if status(client, *each.split()) == 503}
    assert found == hit


def test_the_oldest_fault_that_hits_comes_first(local, client):
    local.faults.add(status=500, times=1)
    local.faults.add("/v1/jwks", status=503, times=1)
    codes = [status(client, "GET", "/v1/jwks") for _ in range(3)]
    assert codes == [500, 503, 200]


def test_how_often_a_fault_is_still_to_happen_is_told(local, client):
    fault = local.faults.add(status=500, times=3)
    status(client, "GET", "/v1/jwks")
    assert [(each.id, each.times) for each in local.faults.all] == [(fault.id, 2)]
    assert local.faults.remove(fault.id)
    assert not local.faults.remove(fault.id)


@pytest.mark.parametrize("path", ["faults", "clock", "keys", "messages"])
def test_whoever_ends_a_bad_day_is_spared(local, client, path):
    local.faults.add("*", drop=True)
    assert status(client, "GET", f"/v1/local/{path}") == 200


def test_who_starts_anew_has_a_good_day(local, client):
    local.faults.add("*", status=500)
    local.reset({})
    assert status(client, "GET", "/v1/jwks") == 200


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (429, "too_many_requests"),
        (500, "internal_clerk_error"),
        (503, "service_unavailable"),
        (418, "fault"),
    ],
)
def test_a_fault_is_answered_as_clerk_answers(local, client, code, error):
    local.faults.add(status=code)
    answer = client.get("/v1/jwks", headers=SECRET)
    assert answer.status_code == code
    assert answer.json["errors"][0]["code"] == error
    assert answer.headers.get("Retry-After") == ("1" if code == 429 else None)


def test_what_is_late_may_be_wrong_too(local, client):
    slept = []
    local.faults.sleep = slept.append
    local.faults.add(delay=0.5, status=500)
    local.faults.add(delay=2, body="{", times=1)
    assert status(client, "GET", "/v1/jwks") == 500
    assert slept == [0.5]


def test_strangers_are_no_part_of_it(local, client):
    """Who is refused anyway does not use up a fault."""
    local.faults.add(status=500, times=1)
    answer = client.get("/v1/jwks", headers={"Host": "example.com"})
    assert answer.status_code == 403
    assert len(local.faults.all) == 1


def test_a_client_in_the_process_gets_no_answer(local):
    send = transport_to(local)
    local.faults.add(drop=True, times=1)
    with pytest.raises(NoAnswer):
        send("GET", f"{ORIGIN}/v1/jwks", SECRET, None)
    assert send("GET", f"{ORIGIN}/v1/jwks", SECRET, None).status == 200


class Quiet(WSGIRequestHandler):
    def log(self, *told):
        """Nothing."""


@pytest.mark.parametrize("threaded", [True, False], ids=["threads", "one by one"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_server_closes_the_connection_without_a_word(local, threaded, method):
    server = make_server(
        "127.0.0.1", 0, local, threaded=threaded, request_handler=Quiet
    )
    thread = Thread(target=server.serve_forever)
    thread.start()
    local.faults.add(drop=True, times=1)
    url = f"http://127.0.0.1:{server.port}/v1/users"
    body = "{}" if method == "POST" else None
    try:
        with pytest.raises((RemoteDisconnected, ConnectionResetError)):
            over_http(method, url, SECRET, body)
        assert over_http("GET", url, SECRET, None)[0] == 200
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_another_time_is_in_all_that_is_signed_and_dated(local):
    local.clock.freeze(NOW + 1000)
    user = create_user(local.state, identity="user_ada")
    token = parse_token(minted(local.issuer, "user_ada"))
    headers, _ = local.webhooks.signed(local.webhooks.messages[-1])
    assert user["created_at"] == (NOW + 1000) * 1000
    assert token.claims["iat"] == NOW + 1000
    assert headers["svix-timestamp"] == str(NOW + 1000)
    local.clock.shift(-5000)
    assert parse_token(minted(local.issuer, "user_ada")).claims["iat"] == NOW - 4000


def test_a_file_that_cannot_be_written_is_a_503_and_not_the_end(tmp_path):
    """As when the disk is full; a table that is gone is quicker to have."""
    path = str(tmp_path / "clerk.db")
    with local_clerk(seeds={}, data=path) as local:
        other = sqlite3.connect(path)
        other.execute("ALTER TABLE records RENAME TO gone")
        page = clerk_browser(local).request("GET", "/v1/users", SECRET)
        assert page.status == 503
        assert "data file cannot be used" in page.text
        other.execute("ALTER TABLE gone RENAME TO records")
        other.close()
        assert clerk_browser(local).request("GET", "/v1/users", SECRET).status == 200
