"""What machines show. Source: Clerk, backend API, 4.5 to 4.7."""

from typing import Any

from clerk_wsgi.backends.resource import Resource, field


class ApiKey(Resource):
    kind = "api_key"

    id: str = field()
    type: str = field()
    name: str = field()
    subject: str = field()
    secret: str | None = field()
    """There only when the key was just created."""
    scopes: list[str] = field(list)
    claims: dict[str, Any] | None = field()
    revoked: bool = field(bool)
    revocation_reason: str | None = field()
    expired: bool = field(bool)
    expiration: int | None = field()
    created_by: str | None = field()
    description: str | None = field()
    last_used_at: int | None = field()
    created_at: int = field()
    updated_at: int = field()


class M2MToken(Resource):
    kind = "machine_to_machine_token"

    id: str = field()
    subject: str = field()
    token: str | None = field()
    scopes: list[str] = field(list)
    claims: dict[str, Any] | None = field()
    revoked: bool = field(bool)
    revocation_reason: str | None = field()
    expired: bool = field(bool)
    expiration: int | None = field()
    created_at: int = field()
    updated_at: int = field()


class OAuthApplicationToken(Resource):
    """An access token that Clerk gave to an OAuth application. Times are seconds."""

    kind = "clerk_idp_oauth_access_token"

    id: str = field()
    client_id: str = field()
    type: str = field()
    subject: str = field()
    scopes: list[str] = field(list)
    revoked: bool = field(bool)
    revocation_reason: str | None = field()
    expired: bool = field(bool)
    expiration: int | None = field()
    aud: str | list[str] | None = field()
    act: dict[str, Any] | None = field()
    created_at: int = field()
    updated_at: int = field()
