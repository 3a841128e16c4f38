"""What Clerk's own package answered to 642 requests, we answer too."""

import pytest
from clerk_requests import (
    CannedApi,
    api_of,
    backend_of,
    options_of,
    request_view,
    snake,
)
from clerk_vectors import each_case

from clerk_wsgi.core.authenticate import authenticate
from clerk_wsgi.core.errors import ClerkError
from clerk_wsgi.core.ports import Ports

SESSION = (
    "user_id",
    "session_id",
    "session_status",
    "actor",
    "org_id",
    "org_role",
    "org_slug",
    "org_permissions",
    "factor_verification_age",
)


def answered(case):
    """(state, calls, log) of a vector's request."""
    api, log = CannedApi(case.get("bapi", [])), []
    options = options_of(case["options"])
    client = api_of(options, api)
    if case.get("no_api_client"):
        client = None
    ports = Ports(
        now=lambda: case["now_ms"],
        find_key=backend_of(options, api).find_key,
        remembered={},
        warn=log.append,
        renew=client and client.renew,
        exchange_nonce=client and client.exchange_nonce,
        verify_machine_token=client and client.verify_machine_token,
    )
    accepted = case["options"].get("acceptsToken", "session_token")
    state = authenticate(
        request_view(case["request"], trust_forwarded_headers=True),
        options,
        ports,
        accepted,
    )
    return state, api.calls, log


def pairs(headers):
    return sorted((name.lower(), value) for name, value in headers)


def said_of(auth, expected):
    """The properties that the vector names."""
    if auth is None:
        return None
    return {name: getattr(auth, snake(name)) for name in expected or {}}


@each_case("authenticate_request")
def test_a_request_is_judged_as_clerk_judges_it(case):
    expected = case["expected"]
    if expected["kind"] == "throws":
        with pytest.raises(ClerkError) as raised:
            answered(case)
        assert expected["message"] in str(raised.value)
        return
    state, calls, _ = answered(case)
    assert (state.status, state.reason, state.message) == (
        expected["status"],
        expected["reason"],
        expected["message"],
    )
    assert state.token_type == expected["tokenType"]
    assert pairs(state.headers) == pairs(expected["headers"])
    assert said_of(state.to_auth(), expected["auth"]) == expected["auth"]
    if "bapi_requests" in expected:
        assert calls == expected["bapi_requests"]
