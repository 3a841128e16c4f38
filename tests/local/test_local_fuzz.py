"""Nothing that anybody sends crashes a local instance: every rule, with odd input."""

import json
import re
from urllib.parse import quote, urlencode

import pytest
from forging import mint
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from local_clerk import ORIGIN, SECRET_KEY, Clock, local_clerk
from two_sites import MANNERS
from werkzeug.test import Client

from clerk_wsgi.local.application import is_for_programs
from clerk_wsgi.local.clients import open_client
from clerk_wsgi.local.satellites import HANDSHAKE, SYNC
from clerk_wsgi.local.sessions import sign_in

SEEDS = {
    "users": [
        {"id": "user_grace", "email": "grace@example.com", "first_name": "Grace"},
        {"id": "user_ada", "email": "ada@example.com"},
    ],
    "organizations": [
        {
            "id": "org_rowers",
            "slug": "rowers",
            "name": "River Rowers",
            "members": {"user_grace": "org:admin", "user_ada": "org:member"},
        }
    ],
}
NAMES = (
    *("redirect_url", "__clerk_redirect_url", "__clerk_db_jwt", "__clerk_sync"),
    *("organization_id", "format", "suffixed_cookies", "proof", "nonce", "_method"),
    *("email", "password", "user_id", "code", "again", "email_code", "name", "slug"),
    *("first_name", "last_name", "current_password", "new_password", "session_id"),
    *("sign_out_of_other_sessions", "done", "strategy", "identifier", "token"),
    *("email_address", "email_address_id", "intent", "active_organization_id"),
    *("limit", "offset", "order_by", "query", "paginated", "role", "public_metadata"),
    *("private_metadata", "unsafe_metadata", "expired_token", "refresh_token"),
    *("request_origin", "expires_in_seconds", "secret", "access_token", "subject"),
    *("claims", "scopes", "_clerk_session_id", "template", "status", "user_ids"),
)
KNOWN = (
    *("user_grace", "user_ada", "org_rowers", "rowers", "org:admin", "org:member"),
    *("grace@example.com", "ada@example.com", "new@example.com", "$session", "$client"),
    *("$token", "$refresh", "/", f"{ORIGIN}/x", "http://localhost:1/", "nonce", "true"),
    *("password", "email_code", "ticket", "424242", "compiler-1952", "cookie", "POST"),
    *(
        "DELETE",
        "PATCH",
        "0",
        "-1",
        "1e400",
        "99999999999999999999",
        "[]",
        "{}",
        "null",
    ),
)


def mostly(usual, odd):
    """Else nearly everything would be refused at the door."""
    return st.integers(0, 4).flatmap(lambda chance: usual if chance else odd)


ODD = st.one_of(
    st.sampled_from(KNOWN),
    st.text(max_size=20),
    st.sampled_from(
        ["\x00", "%00", "%ff", "../..", "a" * 5000, "💥", "http://[", "[["]
    ),
)
JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), ODD, st.just("\ud800")
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    ),
    max_leaves=6,
)
PLACES = {
    "user": "user_grace",
    "organization": "org_rowers",
    "session": "$session",
    "client": "$client_id",
    "role": "org:admin",
}
COOKIES = ("__client", "__clerk_db_jwt", "__clerk_sync", "__session", "__client_uat")
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "Origin": mostly(
            st.just(ORIGIN),
            st.sampled_from(["null", "https://evil.example", "http://["]),
        ),
        "Sec-Fetch-Site": mostly(
            st.just("same-origin"), st.sampled_from(["cross-site", "x"])
        ),
        "Referer": st.sampled_from([f"{ORIGIN}/a", "nonsense", "http://["]),
        "Authorization": st.sampled_from(
            [f"Bearer {SECRET_KEY}", "$key", "Bearer x", "Basic eA==", "Bearer ak_x"]
        ),
        "Clerk-Proxy-Url": st.sampled_from(["nonsense", f"{ORIGIN}/c", "http://["]),
    },
)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "BREW")
BODIES = st.one_of(
    st.none(),
    st.tuples(
        st.just("form"), st.dictionaries(st.sampled_from(NAMES), ODD, max_size=6)
    ),
    st.tuples(
        st.just("json"), st.dictionaries(st.sampled_from(NAMES), JSON, max_size=6)
    ),
    st.tuples(st.just("raw"), st.binary(max_size=40)),
)
TYPES = {
    "form": "application/x-www-form-urlencoded",
    "json": "application/json",
    "raw": "multipart/form-data; boundary=x",
}


class Box:
    """An instance in which Grace is signed in."""

    def __init__(self, manner):
        self.local = local_clerk(
            Clock(), manner=manner, seeds=SEEDS, deliver=len, **MANNERS[manner]
        )
        self.client = Client(self.local, use_cookies=False)
        self.with_key = self.local.application.backend_urls.rules
        self.rules = [
            rule
            for rule in (*self.local.application.urls.rules, *self.with_key)
            if not rule.rule.startswith("/v1/local/")
        ]
        self.pages = [
            rule
            for rule in self.rules
            if not is_for_programs(rule.rule) or rule.rule in (HANDSHAKE, SYNC)
        ]

    def named(self, place):
        """What may stand in a path there, escaped: mostly what is known."""
        known = next((v for n, v in PLACES.items() if n in place), "user_grace")
        text = mostly(st.just(known), ODD)
        return text.map(lambda each: quote(self.real(each), safe=""))

    def begin(self):
        self.local.reset(SEEDS)
        state = self.local.state
        client = open_client(state)
        session = sign_in(state, client, "user_grace")
        self.known = {
            "$session": session["id"],
            "$client": client["_token"],
            "$client_id": client["id"],
            "$refresh": session["_refresh_token"],
            "$token": self.local.issuer.session_token(session, ORIGIN),
            "$key": f"Bearer {self.local.secret_key}",
        }

    def real(self, value):
        """The value, with what is known now in place of its name."""
        if isinstance(value, dict):
            return {name: self.real(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self.real(each) for each in value]
        return self.known.get(value, value) if isinstance(value, str) else value

    def send(self, method, path, query, headers, cookies, body):
        headers = {name: self.real(value) for name, value in headers.items()}
        if cookies:
            pairs = (f"{n}={quote(self.real(v))}" for n, v in cookies.items())
            headers["Cookie"] = "; ".join(pairs)
        data = None
        if body:
            kind, content = body
            headers["Content-Type"] = TYPES[kind]
            data = content
            if kind == "form":
                data = urlencode(self.real(content), errors="replace")
            if kind == "json":
                data = json.dumps(self.real(content))
        return self.client.open(
            path,
            base_url=ORIGIN,
            method=method,
            query_string=urlencode(self.real(query), errors="replace"),
            headers=headers,
            data=data,
        )


@pytest.fixture(scope="module", params=MANNERS)
def box(request):
    return Box(request.param)


@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=st.data())
@pytest.mark.parametrize("part", ["pages", "everything"])
def test_nothing_crashes_an_instance(box, part, data):
    box.begin()
    rules = box.rules if part == "everything" else box.pages
    for _ in range(data.draw(st.integers(1, 3), label="requests")):
        rule = data.draw(st.sampled_from(rules), label="rule")
        usual = sorted((rule.methods or {"GET"}) - {"HEAD", "OPTIONS"})
        methods = mostly(st.sampled_from(usual), st.sampled_from(METHODS))
        method = data.draw(methods, label="method")
        path = re.sub("<[^>]*>", lambda at: data.draw(box.named(at[0])), rule.rule)
        known = {"__clerk_db_jwt": "$client", "__client": "$client"}
        parameters = st.dictionaries(st.sampled_from(NAMES), ODD, max_size=4)
        cookies = st.dictionaries(st.sampled_from(COOKIES), ODD, max_size=3)
        query = {**known, **data.draw(parameters, label="query")}
        sent = {**known, **data.draw(cookies, label="cookies")}
        headers = data.draw(HEADERS, label="headers")
        if rule in box.with_key:
            headers |= data.draw(mostly(st.just({"Authorization": "$key"}), HEADERS))
        body = data.draw(BODIES, label="body")
        with box.send(method, path, query, headers, sent, body) as answer:
            require_clerks_manner(answer, path)


def require_clerks_manner(answer, path):
    assert answer.status_code < 500, answer.text
    if answer.status_code < 400 or not is_for_programs(path):
        return
    assert answer.content_type == "application/json"
    if answer.request.method == "HEAD":
        return
    found = json.loads(answer.text)
    assert set(found) == {"errors", "clerk_trace_id"}
    assert found["errors"]
    for error in found["errors"]:
        assert set(error) == {"code", "message", "long_message", "meta"}
        assert re.fullmatch("[a-z0-9_]+", error["code"]), error
        assert error["message"]


def handshake(box, **parameters):
    given = {"redirect_url": "/x", **parameters}
    return box.send("GET", "/v1/client/handshake", given, {}, {}, None)


FOREIGN = {
    "garbage": "garbage",
    "another instance's": mint(sub="user_grace", sid="sess_x"),
    "empty": "",
    "a session's": "$token",
}


@pytest.mark.parametrize("token", FOREIGN.values(), ids=FOREIGN)
def test_foreign_tokens_sign_nobody_in(box, token):
    """Neither as what a browser is known by, nor as the session it says it had."""
    box.begin()
    names = ("__clerk_db_jwt", "__session", "__client")
    with handshake(box, **dict.fromkeys(names, token)) as answer:
        assert answer.status_code == 307
        said = answer.headers["Location"] + str(answer.headers.getlist("Set-Cookie"))
        assert "__clerk_handshake" in said
    state = box.local.state
    sessions = state.records.find("session")
    assert [each["user_id"] for each in sessions] == ["user_grace"]


@pytest.mark.parametrize("nonce", ["", "stale", "\x00", "💥", "a" * 5000])
def test_a_nonce_that_nobody_gave_is_not_found(box, nonce):
    box.begin()
    key = {"Authorization": "$key"}
    path = "/v1/clients/handshake_payload"
    with box.send("GET", path, {"nonce": nonce}, key, {}, None) as answer:
        assert answer.status_code == 404
        assert answer.json["errors"][0]["code"] == "resource_not_found"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "refresh_request_origin_invalid"),
        ({"request_origin": "http://["}, "refresh_request_origin_invalid"),
        ({"request_origin": ORIGIN}, "expired_session_token_invalid"),
        (
            {"request_origin": ORIGIN, "expired_token": FOREIGN["another instance's"]},
            "expired_session_token_invalid",
        ),
        (
            {"request_origin": "http://localhost:1", "expired_token": "$token"},
            "refresh_request_origin_azp_mismatch",
        ),
        (
            {"request_origin": ORIGIN, "expired_token": "$token"},
            "refresh_token_not_found",
        ),
    ],
    ids=lambda each: each if isinstance(each, str) else None,
)
def test_a_renewal_that_cannot_be_has_clerks_words(box, body, code):
    box.begin()
    path = f"/v1/sessions/{box.known['$session']}/refresh"
    key = {"Authorization": "$key"}
    with box.send("POST", path, {}, key, {}, ("json", body)) as answer:
        assert answer.status_code == 401
        assert answer.json["errors"][0]["code"] == code
