"""Organizations, who is in them and who shall be.

Source: Clerk, backend API, 4.3.
"""

from typing import Any

from clerk_wsgi.backends.resource import Resource, field


class Organization(Resource):
    kind = "organization"

    id: str = field()
    name: str = field()
    slug: str | None = field()
    image_url: str = field(str)
    has_image: bool = field(bool)
    members_count: int | None = field()
    pending_invitations_count: int | None = field()
    max_allowed_memberships: int | None = field()
    admin_delete_enabled: bool = field(bool)
    public_metadata: dict[str, Any] = field(dict)
    private_metadata: dict[str, Any] = field(dict)
    created_by: str | None = field()
    created_at: int = field()
    updated_at: int = field()
    last_active_at: int | None = field()
    role_set_key: str | None = field()


class PublicUserData(Resource):
    """What other members see of a user."""

    identifier: str = field()
    first_name: str | None = field()
    last_name: str | None = field()
    image_url: str = field(str)
    has_image: bool = field(bool)
    user_id: str = field()


class OrganizationMembership(Resource):
    kind = "organization_membership"

    id: str = field()
    role: str = field()
    permissions: list[str] = field(list)
    public_metadata: dict[str, Any] = field(dict)
    private_metadata: dict[str, Any] = field(dict)
    created_at: int = field()
    updated_at: int = field()
    organization: Organization = field(of=Organization)
    public_user_data: PublicUserData | None = field(of=PublicUserData)


class OrganizationInvitation(Resource):
    kind = "organization_invitation"

    id: str = field()
    email_address: str = field()
    role: str = field()
    organization_id: str = field()
    status: str | None = field()
    url: str | None = field()
    public_metadata: dict[str, Any] = field(dict)
    private_metadata: dict[str, Any] = field(dict)
    expires_at: int | None = field()
    created_at: int = field()
    updated_at: int = field()


class Invitation(Resource):
    """An invitation to sign up."""

    kind = "invitation"

    id: str = field()
    email_address: str = field()
    status: str = field()
    revoked: bool = field(bool)
    url: str | None = field()
    public_metadata: dict[str, Any] = field(dict)
    expires_at: int | None = field()
    created_at: int = field()
    updated_at: int = field()
