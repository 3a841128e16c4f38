"""What programs prove themselves with, and what Clerk sends: for tests of both."""

from collections.abc import Mapping
from typing import Any

from clerk_wsgi.local import LocalClerk
from clerk_wsgi.local.api_keys import create_api_key
from clerk_wsgi.local.m2m import create_m2m_token
from clerk_wsgi.local.machines import create_machine
from clerk_wsgi.local.oauth_applications import create_oauth_application
from clerk_wsgi.local.oauth_tokens import create_oauth_token
from clerk_wsgi.local.state import Change
from clerk_wsgi.testing.people import Organization, User

CALLER = "A machine of a test"


class Machines:
    """The part of a test's Clerk that is about programs, not people."""

    local: LocalClerk

    def person(self, user: User | str | None) -> User:
        """The user, made if nobody knows them."""
        raise NotImplementedError

    def api_key(
        self, subject: User | Organization | str | None = None, **fields: Any
    ) -> str:
        """The secret of a new API key (`ak_...`) of that user or organization.

        Text names a user as at `session`, or an organization by its id. `fields` are
        those of `create_api_key`, as `name`, `scopes` and `claims`.
        """
        owner = self._owner(subject)
        _, secret = create_api_key(self.local.state, owner, **fields)
        return secret

    def m2m_token(self, machine: str = "", **fields: Any) -> str:
        """A token of that machine (an id), else of a new one: `mt_...`.

        `fields` are those of `create_m2m_token`, as `claims` and `token_format="jwt"`.
        """
        if not machine:
            machine = create_machine(self.local.state, CALLER)[0]["id"]
        _, token = create_m2m_token(self.local.issuer, machine, **fields)
        return token

    def oauth_token(self, user: User | str | None = None, **fields: Any) -> str:
        """A token that the user gave to a new OAuth application: `oat_...`.

        `fields` are those of `create_oauth_token`, as `scopes` and
        `token_format="jwt"`; `application_id` names an application that there is.
        """
        named = fields.pop("application_id", "")
        if not named:
            made, _ = create_oauth_application(self.local.state, CALLER)
            named = made["id"]
        person = self.person(user)
        _, token = create_oauth_token(self.local.issuer, named, person.id, **fields)
        return token

    @property
    def webhook_secret(self) -> str:
        """For `verify_webhook(environ, signing_secret=clerk.webhook_secret)`."""
        return self.local.settings.webhook_secret

    def webhook(
        self, event: str, data: Mapping[str, Any]
    ) -> tuple[dict[str, str], bytes]:
        """The headers and the body of a webhook that Clerk sends now.

        `event` is its type, as "user.created". Nothing changes here by it.
        """
        return self.local.webhooks.signed(Change(event, data, self.local.state.now_ms))

    def _owner(self, subject: User | Organization | str | None) -> str:
        if isinstance(subject, Organization):
            return subject.id
        if isinstance(subject, str) and subject.startswith("org_"):
            return subject
        return self.person(subject).id
