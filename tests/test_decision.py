"""The decisions alone: no layer, no answer sent."""

import pytest
from clerk_tokens import (
    DEVELOPMENT_KEY,
    PEM,
    PUBLISHABLE_KEY,
    bearer,
    cookie_header,
    mint_now,
    signed_in_cookies,
)
from webtest import TestRequest

from clerk_wsgi import (
    ConfigurationError,
    TokenVerificationError,
    authenticate_request,
    verify_token,
)
from clerk_wsgi.environ import read_request

KEYS = {"publishable_key": PUBLISHABLE_KEY, "jwt_key": PEM}
TEMPLATE = {"cat": "cl_B7d4PD222AAA"}
M2M = {"cat": "cl_B7d4PD333AAA"}


def environ(path="/", **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return TestRequest.blank(path, headers=headers).environ


def test_an_environ_is_judged():
    state = authenticate_request(environ(**bearer(mint_now())), **KEYS)
    assert (state.status, state.token_type) == ("signed-in", "session_token")
    assert state.to_auth().user_id == "user_1"
    assert state.claims["sid"] == "sess_1"


def test_a_request_view_is_judged_the_same():
    given = environ(cookie=cookie_header(signed_in_cookies(mint_now())))
    state = authenticate_request(read_request(given), **KEYS)
    assert state.status == "signed-in"


def test_nobody_is_a_state_with_a_reason():
    state = authenticate_request(environ(), **KEYS)
    assert (state.status, state.reason) == (
        "signed-out",
        "session-token-and-uat-missing",
    )
    assert state.to_auth().is_authenticated is False


def test_a_handshake_is_only_told():
    page = environ(accept="text/html")
    state = authenticate_request(page, publishable_key=DEVELOPMENT_KEY, jwt_key=PEM)
    assert state.status == "handshake"
    assert state.to_auth() is None
    assert dict(state.headers)["Location"].startswith("https://lucky-cat-12.clerk.")


def test_without_a_backend_api_the_handshake_asks_for_a_token_instead_of_a_nonce():
    """A nonce could not be redeemed; a token is verified with the key at hand."""
    page = environ(accept="text/html")
    keys = {"publishable_key": DEVELOPMENT_KEY, "jwt_key": PEM}
    assert (
        "format=nonce"
        not in dict(authenticate_request(page, **keys).headers)["Location"]
    )
    keys["secret_key"] = "sk_test_1234567890"
    to = dict(authenticate_request(page, **keys).headers)["Location"]
    assert "format=nonce" in to


def test_one_kind_of_token_may_be_asked_for():
    given = environ(**bearer(mint_now()))
    state = authenticate_request(given, accepts_token=["api_key"], **KEYS)
    assert (state.reason, state.token_type) == ("token-type-mismatch", None)


def test_an_api_key_needs_the_secret_key():
    with pytest.raises(ConfigurationError, match="CLERK_SECRET_KEY"):
        authenticate_request(environ(), accepts_token="api_key", **KEYS)


def test_a_missing_key_is_named():
    with pytest.raises(ConfigurationError, match="CLERK_PUBLISHABLE_KEY"):
        authenticate_request(environ(), jwt_key=PEM)


def test_a_token_is_verified_and_its_claims_are_the_callers_own():
    token = mint_now({"metadata": {"role": "admin"}})
    claims = verify_token(token, jwt_key=PEM)
    claims["metadata"]["role"] = "changed"
    assert verify_token(token, jwt_key=PEM)["metadata"] == {"role": "admin"}


def test_a_template_is_a_token_too():
    assert verify_token(mint_now(header=TEMPLATE), jwt_key=PEM)["sub"] == "user_1"


REFUSED = {
    "a machine's": (mint_now({"sub": "mch_1"}, M2M), "token-invalid"),
    "expired": (mint_now({"exp": 1}), "token-expired"),
    "another key's": (mint_now(key="b"), "token-invalid-signature"),
    "none": ("", "token-invalid"),
    "for another party": (mint_now({"azp": "x"}), "token-invalid-authorized-parties"),
}


@pytest.mark.parametrize(("token", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_token_that_proves_nothing_says_why(token, reason):
    parties = ["https://app.example.com"]
    with pytest.raises(TokenVerificationError) as error:
        verify_token(token, jwt_key=PEM, authorized_parties=parties)
    assert error.value.reason == reason
    assert not token or token not in str(error.value)


def test_without_any_key_nothing_is_verified():
    with pytest.raises(ConfigurationError, match="CLERK_SECRET_KEY"):
        verify_token(mint_now())
