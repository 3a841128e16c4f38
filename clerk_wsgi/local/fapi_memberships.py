"""One's own organizations: where one belongs, and where one is asked to come.

Source: Clerk, backend API, 3.3 and 4.3.
"""

from collections.abc import Sequence

from werkzeug.routing import Rule

from clerk_wsgi.local.client_resources import user_membership, without_private
from clerk_wsgi.local.fapi_factors import is_verified
from clerk_wsgi.local.fapi_part import FrontendPart
from clerk_wsgi.local.fapi_requests import Asked, paged
from clerk_wsgi.local.memberships import (
    memberships_of,
    need_membership,
    remove_member,
)
from clerk_wsgi.local.organization_invitations import (
    accept_invitation,
    invitations_for,
)
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.state import missing

MEMBERSHIPS = "/me/organization_memberships"
INVITATIONS = "/me/organization_invitations"


class FrontendMemberships(FrontendPart):
    def rules(self) -> list[Rule]:
        rule = self.rule
        return [
            rule("GET", MEMBERSHIPS, self.memberships),
            rule("DELETE", f"{MEMBERSHIPS}/<organization_id>", self.leave),
            rule("GET", INVITATIONS, self.invitations),
            rule("POST", f"{INVITATIONS}/<invitation_id>/accept", self.accept),
            rule("GET", "/me/organization_suggestions", self.suggestions),
        ]

    def memberships(self, asked: Asked) -> Document:
        found = memberships_of(self.state, asked.user["id"])
        return paged(asked, [user_membership(self.state, each) for each in found])

    def leave(self, asked: Asked, organization_id: str) -> Document:
        user = asked.user
        membership = need_membership(self.state, organization_id, user["id"])
        remove_member(self.state, membership)
        told = {"id": membership["id"], "object": "organization_membership"}
        return {**told, "deleted": True}

    def invitations(self, asked: Asked) -> Document:
        found = self.invitations_to(asked.user, asked.wanted("status"))
        return paged(asked, [told(each) for each in found])

    def accept(self, asked: Asked, invitation_id: str) -> Document:
        user = asked.user
        for each in self.invitations_to(user):
            if each["id"] == invitation_id:
                return told(accept_invitation(self.state, each, user["id"]))
        return missing("organization_invitation")

    def invitations_to(
        self, user: Document, statuses: Sequence[str] = ()
    ) -> list[Document]:
        """To addresses that are the user's for sure."""
        proven = [each for each in user["email_addresses"] if is_verified(each)]
        someone = {**user, "email_addresses": proven}
        return invitations_for(self.state, someone, statuses)

    def suggestions(self, asked: Asked) -> Document:
        """Those come with verified domains, which no organization has here."""
        asked.require_session()
        return paged(asked, [])


def told(invitation: Document) -> Document:
    return without_private({**invitation, "url": None})
