"""Organizations: `clerk_client().organizations`.

Source: Clerk, backend API, 3.2 and 3.3.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from clerk_wsgi.backends.group import Group
from clerk_wsgi.backends.organization_resources import (
    Organization,
    OrganizationInvitation,
    OrganizationMembership,
)
from clerk_wsgi.backends.resource import Page
from clerk_wsgi.backends.resources import Deleted

ROOT = "organizations"


class Organizations(Group):
    def get(
        self,
        organization_id: str = "",
        *,
        slug: str = "",
        include_members_count: bool = False,
    ) -> Organization:
        """The organization of that id or slug."""
        query = {"include_members_count": include_members_count}
        name = organization_id or slug
        return self._ask(Organization, "GET", ROOT, name, query=query)

    def list(self, **filters: Any) -> Page[Organization]:
        """`query`, `limit`, `offset`, `order_by`, `include_members_count`..."""
        return self._list(Organization, ROOT, query=filters)

    def create(self, **fields: Any) -> Organization:
        """`name`, `created_by`, `slug`, `public_metadata`..."""
        return self._ask(Organization, "POST", ROOT, body=fields)

    def update(self, organization_id: str, **fields: Any) -> Organization:
        """Change these fields; None empties one.

        Metadata given here replaces what was there: `update_metadata` and
        `replace_metadata` say which is meant.
        """
        return self._update(Organization, (ROOT, organization_id), fields)

    def update_metadata(self, organization_id: str, **metadata: Any) -> Organization:
        """Merge `public_metadata` and `private_metadata`; None removes a key."""
        path = (ROOT, organization_id, "metadata")
        return self._ask(Organization, "PATCH", *path, body=metadata)

    def replace_metadata(self, organization_id: str, **metadata: Any) -> Organization:
        """Replace each of the metadata fields that is given."""
        path = (ROOT, organization_id, "metadata")
        return self._ask(Organization, "PUT", *path, body=metadata)

    def delete(self, organization_id: str) -> Deleted:
        return self._ask(Deleted, "DELETE", ROOT, organization_id)

    def list_memberships(
        self, organization_id: str, **filters: Any
    ) -> Page[OrganizationMembership]:
        """`role=[...]`, `user_id=[...]`, `query`, `limit`, `offset`, `order_by`."""
        path = (ROOT, organization_id, "memberships")
        return self._list(OrganizationMembership, *path, query=filters)

    def list_all_memberships(self, **filters: Any) -> Page[OrganizationMembership]:
        """Those of every organization."""
        return self._list(
            OrganizationMembership, "organization_memberships", query=filters
        )

    def create_membership(
        self, organization_id: str, *, user_id: str, role: str
    ) -> OrganizationMembership:
        path = (ROOT, organization_id, "memberships")
        body = {"user_id": user_id, "role": role}
        return self._ask(OrganizationMembership, "POST", *path, body=body)

    def update_membership(
        self, organization_id: str, user_id: str, *, role: str
    ) -> OrganizationMembership:
        path = (ROOT, organization_id, "memberships", user_id)
        return self._ask(OrganizationMembership, "PATCH", *path, body={"role": role})

    def update_membership_metadata(
        self, organization_id: str, user_id: str, **metadata: Any
    ) -> OrganizationMembership:
        """Merge `public_metadata` and `private_metadata`; None removes a key."""
        path = (ROOT, organization_id, "memberships", user_id, "metadata")
        return self._ask(OrganizationMembership, "PATCH", *path, body=metadata)

    def delete_membership(
        self, organization_id: str, user_id: str
    ) -> OrganizationMembership:
        path = (ROOT, organization_id, "memberships", user_id)
        return self._ask(OrganizationMembership, "DELETE", *path)


class OrganizationInvitations(Group):
    def list(
        self, organization_id: str, **filters: Any
    ) -> Page[OrganizationInvitation]:
        """`status=[...]`, `limit`, `offset`..."""
        path = (ROOT, organization_id, "invitations")
        return self._list(OrganizationInvitation, *path, query=filters)

    def list_all(self, **filters: Any) -> Page[OrganizationInvitation]:
        """Those of every organization."""
        return self._list(
            OrganizationInvitation, "organization_invitations", query=filters
        )

    def get(self, organization_id: str, invitation_id: str) -> OrganizationInvitation:
        path = (ROOT, organization_id, "invitations", invitation_id)
        return self._ask(OrganizationInvitation, "GET", *path)

    def create(self, organization_id: str, **fields: Any) -> OrganizationInvitation:
        """`email_address`, `role`, `inviter_user_id`, `redirect_url`..."""
        path = (ROOT, organization_id, "invitations")
        return self._ask(OrganizationInvitation, "POST", *path, body=fields)

    def create_many(
        self, organization_id: str, invitations: Sequence[Mapping[str, Any]]
    ) -> Page[OrganizationInvitation]:
        """Several at once; Clerk takes ten."""
        path = (ROOT, organization_id, "invitations", "bulk")
        return self._post_many(OrganizationInvitation, path, invitations)

    def revoke(
        self,
        organization_id: str,
        invitation_id: str,
        *,
        requesting_user_id: str | None = None,
    ) -> OrganizationInvitation:
        path = (ROOT, organization_id, "invitations", invitation_id, "revoke")
        body = {"requesting_user_id": requesting_user_id} if requesting_user_id else {}
        return self._ask(OrganizationInvitation, "POST", *path, body=body)
