"""Edges of the decision that no vector walks along."""

from dataclasses import replace

import pytest
from clerk_requests import Headers
from clerk_tokens import (
    DEVELOPMENT_KEY,
    PEM,
    PUBLISHABLE_KEY,
    bearer,
    cookie_header,
    mint,
    signed_in_cookies,
)
from forging import HEADER, NOW, compact

from clerk_wsgi.backends.pem import PemBackend
from clerk_wsgi.core.authenticate import authenticate
from clerk_wsgi.core.directives import acceptable, session_in
from clerk_wsgi.core.errors import (
    ClerkAPIError,
    KeysUnavailable,
    MalformedURLError,
    TokenVerificationError,
)
from clerk_wsgi.core.options import Options
from clerk_wsgi.core.ports import Ports
from clerk_wsgi.core.request import RequestView
from clerk_wsgi.core.session_tokens import verify_session
from clerk_wsgi.core.tokens import parse_token

KEY = PemBackend(PEM).find_key(None)
PAGE = {"accept": "text/html", "sec-fetch-dest": "document"}


def ports(**chosen):
    base = Ports(
        now=lambda: NOW * 1000,
        find_key=lambda kid: KEY,
        remembered={},
        warn=lambda said: None,
    )
    return base._replace(**chosen)


def judge(
    *,
    key=PUBLISHABLE_KEY,
    secret_key="",
    handed=None,
    accepts="session_token",
    **request,
):
    headers = Headers({n.lower(): v for n, v in request.pop("headers", {}).items()})
    chosen = {"method": "GET", "path_info": "/", "scheme": "https", **request}
    view = RequestView(**{"host": "app.example.com", **chosen}, headers=headers)
    given = {"publishable_key": key, "jwt_key": PEM, "secret_key": secret_key}
    options = Options.read(given, {})
    return authenticate(view, options, handed or ports(), accepts)


def handshake_token(directives, header=None):
    return compact({**HEADER, **(header or {})}, {"handshake": directives})


def with_handshake(token, **cookies):
    return {"cookie": cookie_header({"__clerk_handshake": token, **cookies})}


@pytest.mark.parametrize("directives", [None, "__session=x", {"a": 1}, 5])
def test_directives_that_are_no_list_are_none(directives):
    assert acceptable(directives) == []


BAD_DIRECTIVES = {
    "line break": "__session=a\r\nSet-Cookie: x=y",
    "null": "__session=a\0",
    "beyond Latin-1": "__session=\u20ac",
    "another cookie": "sessionid=a; Path=/",
    "a longer name": "__sessionEVIL=a",
    "no name": "; __session=a",
    "a number": 5,
}


@pytest.mark.parametrize("directive", BAD_DIRECTIVES.values(), ids=BAD_DIRECTIVES)
def test_only_clerks_cookies_are_set(directive):
    assert acceptable([directive, "__client_uat=0"]) == ["__client_uat=0"]
    token = handshake_token([directive])
    state = judge(headers=with_handshake(token))
    assert state.reason == "session-token-missing"
    assert all(name != "Set-Cookie" for name, _ in state.headers)


def test_the_last_session_cookie_counts():
    directives = ["__session=first; Path=/", "__session_abc=second=x; Path=/"]
    assert session_in(directives) == "second"
    assert session_in([*directives, "__session_abc="]) == ""


def test_a_handshake_signs_in_and_passes_its_cookies_on():
    session = mint()
    state = judge(headers=with_handshake(handshake_token([f"__session={session}"])))
    assert state.status == "signed-in"
    assert ("Set-Cookie", f"__session={session}") in state.headers


def test_a_template_cannot_play_handshake():
    header = {"cat": "cl_B7d4PD222AAA"}
    token = handshake_token([f"__session={mint()}"], header)
    assert judge(headers=with_handshake(token)).status == "signed-out"


def test_a_handshake_key_of_another_algorithm_proves_nothing():
    handed = ports(find_key=lambda kid: replace(KEY, algorithm="RS512"))
    token = handshake_token([f"__session={mint()}"])
    state = judge(headers=with_handshake(token), handed=handed)
    assert state.reason == "session-token-and-uat-missing"


def test_without_keys_a_handshake_proves_nothing_and_loops_nowhere():
    def no_keys(kid):
        raise KeysUnavailable("unexpected-error", "", retry_after=3)

    token = handshake_token([f"__session={mint()}"])
    state = judge(headers=with_handshake(token), handed=ports(find_key=no_keys))
    assert state.reason == "session-token-and-uat-missing"


@pytest.mark.parametrize("claims", [{"sub": ""}, {"sid": ...}, {"sid": ""}, {"sid": 5}])
def test_a_session_is_somebodys_and_has_a_name(claims):
    state = judge(headers=bearer(mint(claims)))
    assert state.reason == "token-verification-failed"


KINDS = {
    "a template": ({}, {"cat": "cl_B7d4PD222AAA"}),
    "a machine": ({"sub": "mch_1"}, {}),
    "an OAuth client": ({}, {"typ": "at+jwt"}),
}


@pytest.mark.parametrize(("claims", "header"), KINDS.values(), ids=KINDS)
def test_other_kinds_of_token_are_no_session_on_any_path(claims, header):
    token = mint(claims, header)
    by_cookie = {"cookie": cookie_header(signed_in_cookies(token))}
    by_handshake = with_handshake(handshake_token([f"__session={token}"]))
    assert judge(headers=bearer(token)).reason == "token-type-mismatch"
    assert judge(headers=by_cookie).reason == "token-type-mismatch"
    assert judge(headers=by_handshake).status == "signed-out"


@pytest.mark.parametrize(("claims", "header"), KINDS.values(), ids=KINDS)
def test_what_verifies_sessions_refuses_other_kinds_itself(claims, header):
    options = Options.read({"publishable_key": PUBLISHABLE_KEY, "jwt_key": PEM}, {})
    with pytest.raises(TokenVerificationError) as caught:
        verify_session(parse_token(mint(claims, header)), options, ports())
    assert caught.value.reason == "token-type-mismatch"


def renewing(answer):
    def renew(renewal):
        if isinstance(answer, Exception):
            raise answer
        return answer

    return ports(renew=renew)


def expired(cookie_token=None):
    token = cookie_token or mint({"exp": NOW - 60, "iat": NOW - 120, "nbf": NOW - 120})
    cookies = {"__session": token, "__client_uat": str(NOW - 200)}
    return {"cookie": cookie_header({**cookies, "__refresh_naoXFJnI": "rt"}), **PAGE}


def test_an_expired_session_is_renewed():
    cookies = [f"__session={mint()}; Path=/", "tracker=1"]
    state = judge(headers=expired(), handed=renewing(cookies))
    assert state.status == "signed-in"
    assert state.headers == (("Set-Cookie", cookies[0]),)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ([], "unexpected-sdk-error"),
        (["__session=garbage"], "invalid-session-token"),
        (ClerkAPIError("down"), "fetch-error"),
        (ClerkAPIError("no", status=500), "unexpected-bapi-error"),
    ],
)
def test_a_session_that_is_not_renewed_says_why(answer, why):
    state = judge(headers=expired(), handed=renewing(answer))
    assert state.reason == f"session-token-expired-refresh-{why}"


def test_an_expired_token_without_a_session_cannot_be_renewed():
    token = mint({"exp": NOW - 60, "iat": NOW - 120, "nbf": NOW - 120, "sid": ...})
    state = judge(headers=expired(token), handed=renewing([]))
    assert state.reason.endswith("expired-session-token-missing-sid-claim")


def machine(answer):
    def verify(token_type, text):
        if isinstance(answer, Exception):
            raise answer
        return answer

    return ports(verify_machine_token=verify)


@pytest.mark.parametrize("answer", [{}, {"id": 5, "subject": "x"}, {"id": "ak_1"}])
def test_an_answer_about_nobody_is_no_answer(answer):
    state = judge(
        headers=bearer("ak_secret"),
        handed=machine(answer),
        accepts="api_key",
        secret_key="sk_live_1234",
    )
    assert (state.status, state.reason) == ("signed-out", "unexpected-error")


def test_an_opaque_token_waits_until_somebody_asks():
    state = judge(headers=bearer("ak_secret"), accepts="any")
    assert (state.status, state.reason) == ("signed-out", "machine-token-not-verified")
    assert state.headers == ()


def test_a_host_that_no_browser_sends_is_malformed():
    with pytest.raises(MalformedURLError):
        judge(headers=PAGE, key=DEVELOPMENT_KEY, host="good.example@evil.example")


def test_states_show_who_and_never_the_token():
    token = mint()
    signed_in = judge(headers=bearer(token))
    assert repr(signed_in) == "<SignedIn user_1>"
    asked = {"id": "ak_1", "subject": "user_1"}
    by_machine = judge(
        headers=bearer("ak_secret"), handed=machine(asked), accepts="any"
    )
    assert repr(by_machine) == "<MachineSignedIn api_key ak_1>"
    assert repr(by_machine.to_auth()) == "<AuthObject api_key user_1>"
    assert repr(judge().to_auth()) == "<AuthObject session_token nobody>"
    for shown in (signed_in, signed_in.to_auth(), by_machine):
        assert token not in repr(shown)
        assert "ak_secret" not in repr(shown)


def test_claims_are_the_callers_own():
    state = judge(headers=bearer(mint({"metadata": {"role": "admin"}})))
    state.claims["metadata"]["role"] = "changed"
    state.to_auth().session_claims["metadata"]["role"] = "changed"
    assert state.claims["metadata"] == {"role": "admin"}


@pytest.mark.parametrize("accepts", ["oauth_token", "any", ["oauth_token"]])
def test_a_machines_jwt_is_verified_here_without_asking_anybody(accepts):
    token = mint({"client_id": "client_1"}, {"typ": "at+jwt"})
    state = judge(headers=bearer(token), accepts=accepts)
    assert (state.status, state.token_type) == ("signed-in", "oauth_token")
    assert (state.machine.user_id, state.machine.client_id) == ("user_1", "client_1")


def test_a_machines_jwt_of_another_key_is_refused():
    token = mint({}, {"typ": "at+jwt"}, key="b")
    state = judge(headers=bearer(token), accepts="any")
    assert (state.status, state.reason) == ("signed-out", "token-verification-failed")
