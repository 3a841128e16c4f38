"""The Backend API's calls about invitations (Clerk: backend API, 3.3 and 3.5)."""

from collections.abc import Mapping, Sequence
from typing import Any

from clerk_wsgi.local.bapi_calls import Asked, Call, Part
from clerk_wsgi.local.fapi_origins import base_url
from clerk_wsgi.local.invitations import DAYS, invitations, invite, revoke_invitation
from clerk_wsgi.local.organization_invitations import (
    all_invitations,
    invitations_of,
    need_invitation,
)
from clerk_wsgi.local.organization_invitations import invite as invite_member
from clerk_wsgi.local.organization_invitations import (
    revoke_invitation as revoke_membership,
)
from clerk_wsgi.local.organizations import need_organization
from clerk_wsgi.local.params import flag, metadata, read, text, whole
from clerk_wsgi.local.records import Document

SORTED = ("created_at", "email_address", "expires_at")
COMMON = {
    "email_address": text,
    "redirect_url": text,
    "expires_in_days": whole(1, 365),
    "public_metadata": metadata,
    "notify": flag,
}
NEW = {**COMMON, "ignore_existing": flag}
NEW_MEMBER = {
    **COMMON,
    "role": text,
    "inviter_user_id": text,
    "private_metadata": metadata,
}


class BackendInvitations(Part):
    def calls(self) -> dict[str, Call]:
        root = "/v1/invitations"
        return {
            f"GET {root}": self.invitations,
            f"POST {root}": self.create,
            f"POST {root}/bulk": self.create_many,
            f"POST {root}/<invitation_id>/revoke": self.revoke,
        }

    def invitations(self, asked: Asked) -> object:
        found = invitations(self.state, asked.listed("status"))
        ordered = asked.ordered(fitting(asked, found), SORTED)
        return asked.page(ordered) if asked.is_set("paginated") else asked.part(ordered)

    def create(self, asked: Asked) -> Document:
        return self.invited(asked, asked.body)

    def create_many(self, asked: Asked) -> list[Document]:
        return [self.invited(asked, each) for each in asked.entries]

    def invited(self, asked: Asked, body: Mapping[str, Any]) -> Document:
        given = read(body, NEW, required=["email_address"])
        given.pop("notify", None)
        given["redirect_url"] = given.get("redirect_url") or sign_up_page(asked)
        return invite(self.state, **given)[0]

    def revoke(self, asked: Asked, invitation_id: str) -> Document:
        return revoke_invitation(self.state, invitation_id)


class BackendOrganizationInvitations(Part):
    def calls(self) -> dict[str, Call]:
        root = "/v1/organizations/<name>/invitations"
        return {
            "GET /v1/organization_invitations": self.all_invitations,
            f"GET {root}": self.invitations,
            f"GET {root}/pending": self.pending,
            f"POST {root}": self.create,
            f"POST {root}/bulk": self.create_many,
            f"GET {root}/<invitation_id>": self.invitation,
            f"POST {root}/<invitation_id>/revoke": self.revoke,
        }

    def all_invitations(self, asked: Asked) -> Document:
        found = all_invitations(self.state, asked.listed("status"))
        return asked.page(asked.ordered(fitting(asked, found), SORTED))

    def invitations(self, asked: Asked, name: str) -> Document:
        organization = need_organization(self.state, name)
        found = invitations_of(self.state, organization["id"], asked.listed("status"))
        return asked.page(asked.ordered(fitting(asked, found), SORTED))

    def pending(self, asked: Asked, name: str) -> Document:
        organization = need_organization(self.state, name)
        found = invitations_of(self.state, organization["id"], ["pending"])
        return asked.page(asked.ordered(found, SORTED))

    def create(self, asked: Asked, name: str) -> Document:
        return self.invited(asked, need_organization(self.state, name), asked.body)

    def create_many(self, asked: Asked, name: str) -> Document:
        organization = need_organization(self.state, name)
        made = [self.invited(asked, organization, each) for each in asked.entries]
        return {"data": made, "total_count": len(made)}

    def invited(
        self, asked: Asked, organization: Document, body: Mapping[str, Any]
    ) -> Document:
        given = read(body, NEW_MEMBER, required=["email_address", "role"])
        return invite_member(
            self.state,
            organization,
            given["email_address"],
            given["role"],
            inviter_id=given.get("inviter_user_id"),
            url=given.get("redirect_url") or sign_up_page(asked),
            expires_in_days=given.get("expires_in_days", DAYS),
            public_metadata=given.get("public_metadata"),
            private_metadata=given.get("private_metadata"),
        )

    def invitation(self, asked: Asked, name: str, invitation_id: str) -> Document:
        organization = need_organization(self.state, name)
        return need_invitation(self.state, organization["id"], invitation_id)

    def revoke(self, asked: Asked, name: str, invitation_id: str) -> Document:
        found = self.invitation(asked, name, invitation_id)
        who = read(asked.body, {"requesting_user_id": text})
        if who:
            self.state.need("user", who["requesting_user_id"])
        return revoke_membership(self.state, found)


def fitting(asked: Asked, found: Sequence[Document]) -> list[Document]:
    sought = asked.query.get("query", "").strip().casefold()
    address = asked.query.get("email_address", "").casefold()
    return [
        each
        for each in found
        if sought in f"{each['id']} {each['email_address']}".casefold()
        and address in ("", each["email_address"].casefold())
    ]


def sign_up_page(asked: Asked) -> str:
    return f"{base_url(asked.request)}/sign-up"
