"""Organizations, as their members may see and change them.

Source: Clerk, backend API, 3.3 and 4.3.
"""

from typing import Any

from werkzeug.routing import Rule

from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.client_resources import without_private
from clerk_wsgi.local.fapi_part import FrontendPart
from clerk_wsgi.local.fapi_requests import Asked, paged
from clerk_wsgi.local.memberships import find_membership
from clerk_wsgi.local.organizations import (
    change_organization,
    create_organization,
    delete_organization,
)
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.roles import permissions_of, told
from clerk_wsgi.local.sessions import activate
from clerk_wsgi.local.state import missing

ORGANIZATION = "/organizations/<organization_id>"
MANAGE, DELETE = "org:sys_profile:manage", "org:sys_profile:delete"
FORBIDDEN = "You don't have the permission to do this in the organization."


class OrganizationPart(FrontendPart):
    """Only members come in; more takes a permission of their role."""

    def entered(
        self, asked: Asked, organization_id: str, permission: str = ""
    ) -> tuple[Document, Document]:
        """The organization, and the own membership. Raises ApiError (404, 403)."""
        user_id = asked.session["user_id"]
        own = find_membership(self.state, organization_id, user_id)
        if own is None:
            missing("organization")
        if permission and permission not in permissions_of(self.state, own["role"]):
            raise ApiError(403, "missing_permission", FORBIDDEN)
        return self.state.need("organization", organization_id), own


class FrontendOrganizations(OrganizationPart):
    def rules(self) -> list[Rule]:
        rule = self.rule
        nothing = ("domains", "membership_requests")
        return [
            rule("POST", "/organizations", self.create),
            rule("GET", ORGANIZATION, self.show),
            rule("PATCH", ORGANIZATION, self.change),
            rule("DELETE", ORGANIZATION, self.delete),
            rule("GET", f"{ORGANIZATION}/roles", self.roles),
            *(rule("GET", f"{ORGANIZATION}/{each}", self.nothing) for each in nothing),
        ]

    def create(self, asked: Asked) -> Document:
        """Who creates it is its admin, and is there at once."""
        session, user = asked.session, asked.user
        if not user["create_organization_enabled"]:
            said = "You may not create organizations."
            raise ApiError(403, "organization_creation_not_allowed", said)
        made = create_organization(
            self.state,
            asked.text("name"),
            slug=asked.text("slug").strip() or None,
            created_by=user["id"],
        )
        activate(self.state, session, made["id"])
        return without_private(made)

    def show(self, asked: Asked, organization_id: str) -> Document:
        return without_private(self.entered(asked, organization_id)[0])

    def change(self, asked: Asked, organization_id: str) -> Document:
        organization, _ = self.entered(asked, organization_id, MANAGE)
        given: dict[str, Any] = {
            name: asked.text(name).strip()
            for name in ("name", "slug")
            if asked.has(name)
        }
        if given.get("slug") == "":
            del given["slug"]
        changed = change_organization(self.state, organization["id"], **given)
        return without_private(changed)

    def delete(self, asked: Asked, organization_id: str) -> Document:
        organization, _ = self.entered(asked, organization_id, DELETE)
        if not organization["admin_delete_enabled"]:
            said = "Deletion by admin is not enabled for this organization."
            raise ApiError(403, "organization_delete_not_allowed", said)
        return delete_organization(self.state, organization["id"])

    def roles(self, asked: Asked, organization_id: str) -> Document:
        self.entered(asked, organization_id)
        found = [told(self.state, each) for each in self.state.records.find("role")]
        return {**paged(asked, found), "has_role_set_migration": False}

    def nothing(self, asked: Asked, organization_id: str) -> Document:
        """Verified domains, and who asks to join by one: there are none here."""
        self.entered(asked, organization_id)
        return paged(asked, [])
