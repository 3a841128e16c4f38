"""What an instance tells browsers of itself: which fields, ways in and pages it has.

The members are those that Clerk's browser library and components read.
"""

from typing import Any

from clerk_wsgi.local.roles import MEMBER
from clerk_wsgi.local.settings import Settings

EMAIL = ["email_code"]
USED: dict[str, dict[str, Any]] = {
    "email_address": {
        "required": True,
        "verify_at_sign_up": True,
        "used_for_first_factor": True,
        "first_factors": EMAIL,
        "verifications": EMAIL,
    },
    "password": {"required": True},
    "first_name": {},
    "last_name": {},
}
UNUSED = (
    *("username", "phone_number", "web3_wallet", "passkey"),
    *("authenticator_app", "backup_code"),
)


def environment(settings: Settings, base: str, home: str) -> dict[str, Any]:
    """`base` is the URL of the instance, `home` that of the application."""
    return {
        "object": "environment",
        "id": f"env_{settings.instance_id.removeprefix('ins_')}",
        "maintenance_mode": False,
        "client_debug_mode": False,
        "partitioned_cookies": False,
        "auth_config": auth_config(),
        "display_config": display_config(settings, base, home),
        "user_settings": user_settings(),
        "organization_settings": organization_settings(),
        "api_keys_settings": {
            "object": "api_keys_settings",
            "id": "api_keys_settings",
            "user_api_keys_enabled": False,
            "orgs_api_keys_enabled": False,
        },
        "commerce_settings": commerce_settings(),
        "protect_config": {"object": "protect_config", "id": "protect_config"},
    }


def auth_config() -> dict[str, Any]:
    return {
        "object": "auth_config",
        "id": "aac_local",
        "single_session_mode": True,
        "claimed_at": None,
        "reverification": False,
        "preferred_channels": {},
        "session_minter": False,
    }


def display_config(settings: Settings, base: str, home: str) -> dict[str, Any]:
    is_production = settings.is_production
    urls = {
        "home_url": home,
        "sign_in_url": f"{base}/sign-in",
        "sign_up_url": f"{base}/sign-up",
        "user_profile_url": f"{base}/user",
        "organization_profile_url": f"{base}/organization",
        "create_organization_url": f"{base}/create-organization",
    }
    afterwards = (
        *("sign_in", "sign_up", "sign_out_one", "sign_out_all", "switch_session"),
        *("create_organization", "leave_organization", "join_waitlist"),
    )
    empty = (
        *("logo_image_url", "favicon_image_url", "support_email", "terms_url"),
        *("privacy_policy_url", "waitlist_url"),
    )
    return {
        "object": "display_config",
        "id": "display_config",
        "application_name": "Local Clerk",
        "instance_environment_type": "production" if is_production else "development",
        "branded": False,
        "show_devmode_warning": not is_production,
        "preferred_sign_in_strategy": "password",
        "backend_host": settings.host,
        "captcha_public_key": None,
        "captcha_public_key_invisible": None,
        "captcha_widget_type": None,
        "captcha_provider": "turnstile",
        "captcha_oauth_bypass": [],
        "captcha_heartbeat": False,
        "theme": theme(),
        **urls,
        **dict.fromkeys((f"after_{each}_url" for each in afterwards), home),
        "after_sign_out_url": home,
        **dict.fromkeys(empty, ""),
    }


def theme() -> dict[str, Any]:
    return {
        "general": {
            "color": "#2f3037",
            "background_color": "#ffffff",
            "font_color": "#151515",
            "font_family": "",
            "label_font_weight": "600",
            "padding": "1em",
            "border_radius": "0.5em",
            "box_shadow": "0 2px 8px rgba(0, 0, 0, 0.2)",
        },
        "buttons": {"font_color": "#ffffff", "font_family": "", "font_weight": "600"},
        "accounts": {"background_color": "#ffffff"},
    }


def user_settings() -> dict[str, Any]:
    attributes = {name: attribute(**used) for name, used in USED.items()}
    disabled = {name: attribute(enabled=False) for name in UNUSED}
    return {
        "attributes": attributes | disabled,
        "actions": {"delete_self": True, "create_organization": True},
        "attack_protection": {"enumeration_protection": {"enabled": False}},
        "social": {},
        "enterprise_sso": {"enabled": False, "self_serve_sso": False},
        "saml": {"enabled": False},
        "sign_in": {"second_factor": {"required": False, "enabled": False}},
        "sign_up": {
            "mode": "public",
            "progressive": True,
            "captcha_enabled": False,
            "allowlist_only": False,
            "legal_consent_enabled": False,
            "mfa": {"required": False},
        },
        "password_settings": {
            "min_length": 8,
            "max_length": 72,
            "disable_hibp": True,
            "show_zxcvbn": False,
            "min_zxcvbn_strength": 0,
            "require_numbers": False,
            "require_lowercase": False,
            "require_uppercase": False,
            "require_special_char": False,
            "allowed_special_characters": "",
        },
        "passkey_settings": {"allow_autofill": False, "show_sign_in_button": False},
        "username_settings": {"min_length": 4, "max_length": 64},
    }


def attribute(**used: Any) -> dict[str, Any]:
    return {
        "enabled": True,
        "required": False,
        "verify_at_sign_up": False,
        "used_for_first_factor": False,
        "first_factors": [],
        "used_for_second_factor": False,
        "second_factors": [],
        "verifications": [],
        **used,
    }


def organization_settings() -> dict[str, Any]:
    return {
        "enabled": True,
        "max_allowed_memberships": 0,
        "force_organization_selection": False,
        "actions": {"admin_delete": True},
        "domains": {
            "enabled": False,
            "enrollment_modes": [],
            "default_role": MEMBER,
        },
        "slug": {"disabled": False},
        "organization_creation_defaults": {"enabled": False},
    }


def commerce_settings() -> dict[str, Any]:
    nothing = {"enabled": False, "has_paid_plans": False}
    return {
        "object": "commerce_settings",
        "id": "commerce_settings",
        "billing": {
            "stripe_publishable_key": None,
            "organization": nothing,
            "user": nothing,
        },
    }
