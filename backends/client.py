"""Clerk's Backend API, as applications call it."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

from clerk_wsgi.backends.invitations import Invitations
from clerk_wsgi.backends.machine_tokens import ApiKeys, M2MTokens, OAuthAccessTokens
from clerk_wsgi.backends.organizations import OrganizationInvitations, Organizations
from clerk_wsgi.backends.resources import read_resource
from clerk_wsgi.backends.rest import File, Rest
from clerk_wsgi.backends.sessions import (
    Clients,
    KeySets,
    Sessions,
    SignInTokens,
    TestingTokens,
)
from clerk_wsgi.backends.users import Users
from clerk_wsgi.core.options import Options


class ClerkClient:
    """`users`, `organizations`, `sessions` and so on: a group of calls each.

    Takes what `Rest` takes. One client serves every thread and forked child; it holds
    no connection before its first call.
    """

    def __init__(self, **settings: Any) -> None:
        self.rest = rest = Rest(**settings)
        self.users = Users(rest)
        self.organizations = Organizations(rest)
        self.organization_invitations = OrganizationInvitations(rest)
        self.invitations = Invitations(rest)
        self.sessions = Sessions(rest)
        self.clients = Clients(rest)
        self.sign_in_tokens = SignInTokens(rest)
        self.testing_tokens = TestingTokens(rest)
        self.jwks = KeySets(rest)
        self.api_keys = ApiKeys(rest)
        self.m2m = M2MTokens(rest)
        self.oauth_access_tokens = OAuthAccessTokens(rest)

    @classmethod
    def from_options(cls, options: Options) -> Self:
        return cls(**settings_of(options))

    def request(
        self,
        method: str,
        path: str | Sequence[str],
        *,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | Sequence[Any] | None = None,
        files: Mapping[str, File] | None = None,
        versioned: bool = True,
    ) -> Any:
        """Any call that has no method here: `request("GET", "/domains")`.

        An id that came from outside belongs in a list of segments, where it stays one:
        `request("GET", ["users", user_id])`. Names in `query` and `body` are Clerk's.
        Without `versioned` the path begins at the API's root. Gives a resource, a list
        or Page of them, plain JSON, text, or None. Raises as `Group` says.
        """
        segments = path.split("/") if isinstance(path, str) else path
        if isinstance(path, str):
            segments = [each for each in segments if each]
        answer = self.rest.call(
            method.upper(),
            segments,
            query=query,
            body=body,
            files=files,
            versioned=versioned,
        )
        return read_resource(answer)


def settings_of(options: Options) -> dict[str, Any]:
    """What of the options concerns the Backend API."""
    return {
        "api_url": options.api_url,
        "api_version": options.api_version,
        "secret_key": options.secret_key,
        "machine_secret_key": options.machine_secret_key,
        "timeout": options.api_timeout_in_ms / 1000,
        "retries": options.api_retries,
    }
