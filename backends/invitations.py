"""Invitations to sign up: `clerk_client().invitations`."""

from collections.abc import Mapping, Sequence
from typing import Any

from clerk_wsgi.backends.group import Group
from clerk_wsgi.backends.organization_resources import Invitation
from clerk_wsgi.backends.resource import Page


class Invitations(Group):
    def list(self, **filters: Any) -> Page[Invitation]:
        """`status`, `query`, `limit`, `offset`, `order_by`."""
        return self._list(
            Invitation, "invitations", query={**filters, "paginated": True}
        )

    def create(self, **fields: Any) -> Invitation:
        """`email_address`, `redirect_url`, `public_metadata`, `notify`..."""
        return self._ask(Invitation, "POST", "invitations", body=fields)

    def create_many(self, invitations: Sequence[Mapping[str, Any]]) -> Page[Invitation]:
        """Several at once; Clerk takes ten."""
        return self._post_many(Invitation, ("invitations", "bulk"), invitations)

    def revoke(self, invitation_id: str) -> Invitation:
        return self._ask(Invitation, "POST", "invitations", invitation_id, "revoke")
