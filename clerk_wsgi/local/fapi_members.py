"""Who belongs to an organization, and who is invited, as admins manage it.

Source: Clerk, backend API, 3.3 and 4.3.
"""

from collections.abc import Mapping
from typing import Any

from werkzeug.routing import Rule

from clerk_wsgi.local.client_resources import user_membership, without_private
from clerk_wsgi.local.fapi_organizations import ORGANIZATION, OrganizationPart
from clerk_wsgi.local.fapi_origins import base_url
from clerk_wsgi.local.fapi_requests import Asked, paged
from clerk_wsgi.local.mail import send
from clerk_wsgi.local.memberships import (
    add_member,
    change_membership,
    need_membership,
    remove_member,
)
from clerk_wsgi.local.organization_invitations import (
    invitations_of,
    invite,
    need_invitation,
    revoke_invitation,
)
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.users import find_by_identifier

MEMBERS = f"{ORGANIZATION}/memberships"
INVITATIONS = f"{ORGANIZATION}/invitations"
READ, MANAGE = "org:sys_memberships:read", "org:sys_memberships:manage"


class FrontendMembers(OrganizationPart):
    def rules(self) -> list[Rule]:
        rule = self.rule
        return [
            rule("GET", MEMBERS, self.members),
            rule("POST", MEMBERS, self.add),
            rule("PATCH", f"{MEMBERS}/<user_id>", self.change),
            rule("DELETE", f"{MEMBERS}/<user_id>", self.remove),
            rule("GET", INVITATIONS, self.invitations),
            rule("POST", INVITATIONS, self.invite),
            rule("POST", f"{INVITATIONS}/bulk", self.invite_all),
            rule("POST", f"{INVITATIONS}/<invitation_id>/revoke", self.revoke),
        ]

    def members(self, asked: Asked, organization_id: str) -> Document:
        self.entered(asked, organization_id, READ)
        kept = self.state.records.find("membership", organization_id=organization_id)
        found = [user_membership(self.state, each) for each in kept]
        roles = asked.wanted("role")
        sought = asked.request.args.get("query", "").casefold()
        return paged(
            asked,
            [
                each
                for each in found
                if (not roles or each["role"] in roles) and sought in words_of(each)
            ],
        )

    def add(self, asked: Asked, organization_id: str) -> Document:
        self.entered(asked, organization_id, MANAGE)
        user_id, role = asked.need("user_id"), asked.need("role")
        made = add_member(self.state, organization_id, user_id, role)
        return user_membership(self.state, made)

    def change(self, asked: Asked, organization_id: str, user_id: str) -> Document:
        self.entered(asked, organization_id, MANAGE)
        membership = need_membership(self.state, organization_id, user_id)
        changed = change_membership(self.state, membership, role=asked.need("role"))
        return user_membership(self.state, changed)

    def remove(self, asked: Asked, organization_id: str, user_id: str) -> Document:
        """Oneself may always go."""
        _, own = self.entered(asked, organization_id)
        if own["user_id"] != user_id:
            self.entered(asked, organization_id, MANAGE)
        membership = need_membership(self.state, organization_id, user_id)
        told = user_membership(self.state, membership)
        remove_member(self.state, membership)
        return told

    def invitations(self, asked: Asked, organization_id: str) -> Document:
        """The newest first."""
        self.entered(asked, organization_id, MANAGE)
        statuses = asked.wanted("status")
        found = invitations_of(self.state, organization_id, statuses)
        return paged(asked, [told(each) for each in reversed(found)])

    def invite(self, asked: Asked, organization_id: str) -> Document:
        self.entered(asked, organization_id, MANAGE)
        return self.invited(asked, organization_id, asked.need("email_address"))

    def invite_all(self, asked: Asked, organization_id: str) -> list[Document]:
        """All of them or nobody."""
        self.entered(asked, organization_id, MANAGE)
        addresses = asked.texts("email_address")
        return [self.invited(asked, organization_id, each) for each in addresses]

    def invited(self, asked: Asked, organization_id: str, address: str) -> Document:
        """Whoever is known signs in with the ticket in the e-mail, others sign up."""
        organization = self.state.need("organization", organization_id)
        page = "sign-in" if find_by_identifier(self.state, address) else "sign-up"
        made = invite(
            self.state,
            organization,
            address,
            asked.need("role"),
            inviter_id=asked.session["user_id"],
            url=f"{base_url(asked.request)}/{page}",
        )
        said = f"You are invited to join {organization['name']}: {made['url']}"
        data = {"org": {"name": organization["name"]}, "action_url": made["url"]}
        send(self.state, made["email_address"], said, slug="invitation", data=data)
        return told(made)

    def revoke(
        self, asked: Asked, organization_id: str, invitation_id: str
    ) -> Document:
        self.entered(asked, organization_id, MANAGE)
        found = need_invitation(self.state, organization_id, invitation_id)
        return told(revoke_invitation(self.state, found))


def told(invitation: Mapping[str, Any]) -> Document:
    """The ticket in its URL is for the one who is invited."""
    return without_private({**invitation, "url": None})


def words_of(membership: Mapping[str, Any]) -> str:
    """What a member is sought by."""
    person = membership["public_user_data"]
    names = ("identifier", "first_name", "last_name", "user_id")
    return " ".join(filter(None, (person[name] for name in names))).casefold()
