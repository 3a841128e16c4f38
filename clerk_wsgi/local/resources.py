"""People as Clerk's Backend API writes them (Clerk: backend API, 4)."""

from typing import Any

from clerk_wsgi.local.people import User


def user_resource(user: User, created_at: int) -> dict[str, Any]:
    """`created_at` is epoch milliseconds."""
    email = email_resource(user)
    return {
        "id": user.id,
        "object": "user",
        "external_id": None,
        "username": None,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "image_url": "",
        "has_image": False,
        "primary_email_address_id": email["id"],
        "primary_phone_number_id": None,
        "primary_web3_wallet_id": None,
        "password_enabled": True,
        "two_factor_enabled": False,
        "totp_enabled": False,
        "backup_code_enabled": False,
        "email_addresses": [email],
        "phone_numbers": [],
        "web3_wallets": [],
        "external_accounts": [],
        "enterprise_accounts": [],
        "organization_memberships": None,
        "password_last_updated_at": created_at,
        "public_metadata": dict(user.public_metadata),
        "private_metadata": {},
        "unsafe_metadata": {},
        "last_sign_in_at": None,
        "last_active_at": None,
        "banned": False,
        "locked": False,
        "deprovisioned": False,
        "lockout_expires_in_seconds": None,
        "verification_attempts_remaining": 100,
        "created_at": created_at,
        "updated_at": created_at,
        "create_organization_enabled": True,
        "create_organizations_limit": None,
        "delete_self_enabled": True,
        "legal_accepted_at": None,
        "locale": None,
        "timezone": None,
    }


def email_resource(user: User) -> dict[str, Any]:
    return {
        "id": user.id.replace("user_", "idn_", 1),
        "object": "email_address",
        "email_address": user.email,
        "reserved": False,
        "verification": {
            "status": "verified",
            "strategy": "admin",
            "attempts": None,
            "expire_at": None,
        },
        "linked_to": [],
    }
