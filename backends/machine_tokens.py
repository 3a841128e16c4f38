"""API keys, machine-to-machine tokens and OAuth access tokens.

Source: Clerk, backend API, 2.5 and 3.5.
"""

from collections.abc import Sequence
from typing import Any

from clerk_wsgi.backends.group import Group
from clerk_wsgi.backends.machine_resources import (
    ApiKey,
    M2MToken,
    OAuthApplicationToken,
)
from clerk_wsgi.backends.resource import Page
from clerk_wsgi.backends.resources import Deleted
from clerk_wsgi.core.machine_jwt import require_audience
from clerk_wsgi.core.token_types import is_jwt


class ApiKeys(Group):
    versioned = False

    def get(self, api_key_id: str) -> ApiKey:
        return self._ask(ApiKey, "GET", "api_keys", api_key_id)

    def list(self, subject: str, **filters: Any) -> Page[ApiKey]:
        """The keys of a user or organization; `include_invalid=True` for all."""
        return self._list(ApiKey, "api_keys", query={"subject": subject, **filters})

    def create(self, **fields: Any) -> ApiKey:
        """`name`, `subject`, `scopes`, `claims`, `seconds_until_expiration`..."""
        return self._ask(ApiKey, "POST", "api_keys", body=fields)

    def update(self, api_key_id: str, **fields: Any) -> ApiKey:
        return self._ask(ApiKey, "PATCH", "api_keys", api_key_id, body=fields)

    def delete(self, api_key_id: str) -> Deleted:
        return self._ask(Deleted, "DELETE", "api_keys", api_key_id)

    def revoke(
        self, api_key_id: str, *, revocation_reason: str | None = None
    ) -> ApiKey:
        body = {"revocation_reason": revocation_reason}
        return self._ask(ApiKey, "POST", "api_keys", api_key_id, "revoke", body=body)

    def get_secret(self, api_key_id: str) -> dict[str, Any]:
        """`{"secret": "ak_..."}`."""
        return self._ask(dict, "GET", "api_keys", api_key_id, "secret")

    def verify(self, secret: str) -> ApiKey:
        """The key that this is; 404 for what is none, or is expired or revoked."""
        return self._ask(ApiKey, "POST", "api_keys", "verify", body={"secret": secret})


class M2MTokens(Group):
    """Calls go with the machine's secret key: the call's, the client's, else the
    instance's own."""

    versioned = False

    def create(
        self,
        *,
        claims: dict[str, Any] | None = None,
        seconds_until_expiration: int | None = None,
        min_remaining_ttl_seconds: int | None = None,
        token_format: str = "opaque",
        machine_secret_key: str = "",
    ) -> M2MToken:
        """A token of this machine; `token_format` is `opaque` or `jwt`."""
        body: dict[str, Any] = {
            "seconds_until_expiration": seconds_until_expiration,
            "claims": claims,
            "token_format": token_format,
        }
        if min_remaining_ttl_seconds is not None:
            body["min_remaining_ttl_seconds"] = min_remaining_ttl_seconds
        key = self._rest.machine_key(machine_secret_key)
        return self._ask(M2MToken, "POST", "m2m_tokens", body=body, key=key)

    def list(
        self, subject: str, *, machine_secret_key: str = "", **filters: Any
    ) -> Page[M2MToken]:
        """The tokens of a machine; `revoked=True` and `expired=True` for those too."""
        key = self._rest.machine_key(machine_secret_key)
        query = {"subject": subject, **filters}
        return self._list(M2MToken, "m2m_tokens", key=key, query=query)

    def revoke(
        self,
        m2m_token_id: str,
        *,
        revocation_reason: str | None = None,
        machine_secret_key: str = "",
    ) -> M2MToken:
        key = self._rest.machine_key(machine_secret_key)
        body = {"revocation_reason": revocation_reason}
        path = ("m2m_tokens", m2m_token_id, "revoke")
        return self._ask(M2MToken, "POST", *path, body=body, key=key)

    def verify(self, token: str, *, machine_secret_key: str = "") -> M2MToken:
        """The opaque token that this is; 404 for what is none any more.

        With a machine's key it must be meant for that machine. A token in JWT form
        is not Clerk's to verify: ask for `auth(accepts_token="m2m_token")`.
        """
        if is_jwt(token):
            raise ValueError(
                "An M2M token in JWT form is verified without Clerk's Backend API: ask "
                'for auth(accepts_token="m2m_token").'
            )
        key = self._rest.machine_key(machine_secret_key)
        body = {"token": token}
        return self._ask(M2MToken, "POST", "m2m_tokens", "verify", body=body, key=key)


class OAuthAccessTokens(Group):
    """Tokens that Clerk gave to OAuth applications of this instance."""

    versioned = False

    def verify(
        self, access_token: str, *, audience: str | Sequence[str] | None = None
    ) -> OAuthApplicationToken:
        """The token that this is; 404 for what is none, or is expired or revoked.

        Raises MachineTokenError where it is not meant for any `audience` named.
        """
        if audience is not None and not audience:
            raise ValueError("An audience must name somebody, or be left out.")
        found = self._ask(
            OAuthApplicationToken,
            *("POST", "oauth_applications", "access_tokens", "verify"),
            body={"access_token": access_token},
        )
        if audience is not None:
            wanted = [audience] if isinstance(audience, str) else list(audience)
            require_audience(found.aud, wanted)
        return found
