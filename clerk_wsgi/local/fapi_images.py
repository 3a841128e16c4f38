"""Pictures that people give of themselves and of their organizations."""

from werkzeug.routing import Rule

from clerk_wsgi.local.bapi_images import file_in, logo, portrait
from clerk_wsgi.local.client_resources import without_private
from clerk_wsgi.local.fapi_organizations import (
    MANAGE,
    ORGANIZATION,
    OrganizationPart,
)
from clerk_wsgi.local.fapi_origins import base_url
from clerk_wsgi.local.fapi_requests import Asked
from clerk_wsgi.local.images import PATH, drop_image, keep_image
from clerk_wsgi.local.organizations import change_organization
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.users import change_user


class FrontendImages(OrganizationPart):
    def rules(self) -> list[Rule]:
        rule = self.rule
        return [
            rule("POST", "/me/profile_image", self.set_portrait),
            rule("DELETE", "/me/profile_image", self.drop_portrait),
            rule("PUT", f"{ORGANIZATION}/logo", self.set_logo),
            rule("DELETE", f"{ORGANIZATION}/logo", self.drop_logo),
        ]

    def set_portrait(self, asked: Asked) -> Document:
        user = asked.user
        identity, url = self.kept(asked, user)
        change_user(self.state, user["id"], **portrait(url))
        return {"id": identity, "object": "image", "name": None, "public_url": url}

    def drop_portrait(self, asked: Asked) -> Document:
        user = asked.user
        drop_image(self.state, user)
        change_user(self.state, user["id"], **portrait(""))
        return {"object": "image", "deleted": True}

    def set_logo(self, asked: Asked, organization_id: str) -> Document:
        organization, _ = self.entered(asked, organization_id, MANAGE)
        _, url = self.kept(asked, organization)
        return without_private(
            change_organization(self.state, organization_id, **logo(url))
        )

    def drop_logo(self, asked: Asked, organization_id: str) -> Document:
        organization, _ = self.entered(asked, organization_id, MANAGE)
        drop_image(self.state, organization)
        return without_private(
            change_organization(self.state, organization_id, **logo(""))
        )

    def kept(self, asked: Asked, owner: Document) -> tuple[str, str]:
        """The picture's id and its URL."""
        identity = keep_image(self.state, owner, file_in(asked.request))
        return identity, f"{base_url(asked.request)}{PATH}/{identity}"
