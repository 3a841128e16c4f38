"""Sessions, browsers and tokens for them.

Source: Clerk, backend API, 2.3, 2.4, 4.2, 4.4 and 4.8.
"""

from typing import Any

from clerk_wsgi.backends.resource import Resource, field


class SessionActivity(Resource):
    """Where a session was used last."""

    id: str = field()
    device_type: str | None = field()
    is_mobile: bool = field(bool)
    browser_name: str | None = field()
    browser_version: str | None = field()
    ip_address: str | None = field()
    city: str | None = field()
    country: str | None = field()


class Session(Resource):
    kind = "session"

    id: str = field()
    client_id: str = field()
    user_id: str = field()
    status: str = field()
    last_active_organization_id: str | None = field()
    actor: dict[str, Any] | None = field()
    latest_activity: SessionActivity | None = field(of=SessionActivity)
    last_active_at: int = field()
    expire_at: int = field()
    abandon_at: int = field()
    created_at: int = field()
    updated_at: int = field()


class Client(Resource):
    """A browser or a device, with the sessions on it."""

    kind = "client"

    id: str = field()
    session_ids: list[str] = field(list)
    sessions: list[Session] = field(list, of=Session)
    sign_in_id: str | None = field()
    sign_up_id: str | None = field()
    last_active_session_id: str | None = field()
    last_authentication_strategy: str | None = field()
    created_at: int = field()
    updated_at: int = field()


class Token(Resource):
    """A new token for a session."""

    kind = "token"

    jwt: str = field()


class Cookies(Resource):
    """A renewed session, as Set-Cookie values."""

    kind = "cookies"

    cookies: list[str] = field(list)


class SignInToken(Resource):
    """Signs its user in, once; `token` and `url` are secrets."""

    kind = "sign_in_token"

    id: str = field()
    user_id: str = field()
    token: str = field()
    status: str = field()
    url: str = field(str)
    created_at: int = field()
    updated_at: int = field()


class TestingToken(Resource):
    """Lets test suites pass Clerk's bot protection.

    It is sent to the Frontend API as `__clerk_testing_token`.
    """

    __test__ = False  # pytest takes its name for a test's

    kind = "testing_token"

    token: str = field()
    expires_at: int = field()
