"""What a browser may know of itself: its sessions, and who is signed in there.

Source: Clerk, backend API, 4; what Clerk's browser library reads besides.
"""

from collections.abc import Mapping
from typing import Any

from clerk_wsgi.core.urls import Url
from clerk_wsgi.local.clients import CLIENT_SECONDS
from clerk_wsgi.local.issuing import Issuer
from clerk_wsgi.local.memberships import (
    membership_resource,
    memberships_of,
    public_user_data,
)
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.sessions import sessions_of
from clerk_wsgi.local.state import State, shown

PRIVATE = ("private_metadata",)


def client_resource(issuer: Issuer, client: Mapping[str, Any], site: Url) -> Document:
    """`site` is where the tokens in it are for.

    Its `updated_at` is when somebody signed in or out, which the library writes into
    `__client_uat`: a token made before that is not believed.
    """
    state = issuer.state
    sessions = sessions_of(state, client)
    changed_ms = client["_changed_at"] * 1000
    return shown(
        {
            **client,
            "sessions": [session_resource(issuer, each, site) for each in sessions],
            "session_ids": [each["id"] for each in sessions],
            "sign_in": attempt_of(state, "sign_in", client["sign_in_id"]),
            "sign_up": attempt_of(state, "sign_up", client["sign_up_id"]),
            "captcha_bypass": True,
            "cookie_expires_at": state.now_ms + CLIENT_SECONDS * 1000,
            "updated_at": changed_ms or client["created_at"],
        }
    )


def attempt_of(state: State, kind: str, identity: str | None) -> Document | None:
    found = state.records.get(kind, identity) if identity else None
    return shown(found) if found else None


def session_resource(issuer: Issuer, session: Mapping[str, Any], site: Url) -> Document:
    """With the user, and a token that is fresh."""
    state = issuer.state
    user = state.need("user", session["user_id"])
    token = issuer.session_token(session, site.origin)
    return shown(
        {
            **session,
            "factor_verification_age": verification_age(state, session),
            "user": user_resource(state, user),
            "public_user_data": public_user_data(user),
            "last_active_token": {"object": "token", "jwt": token},
        }
    )


def verification_age(state: State, session: Mapping[str, Any]) -> list[int]:
    """Minutes since each factor was verified; -1 for never."""
    verified_at = session.get("_verified_at") or session["created_at"]
    minutes = max(0, state.now_ms - verified_at) // 60_000
    return [
        each if each < 0 else each + minutes
        for each in session["factor_verification_age"]
    ]


def user_resource(state: State, user: Mapping[str, Any]) -> Document:
    """The user as the user may see it: without what is for the application only."""
    memberships = [
        user_membership(state, each) for each in memberships_of(state, user["id"])
    ]
    return shown({**without_private(user), "organization_memberships": memberships})


def user_membership(state: State, membership: Mapping[str, Any]) -> Document:
    told = membership_resource(state, membership)
    organization = without_private(told["organization"])
    return shown({**without_private(told), "organization": organization})


def without_private(document: Mapping[str, Any]) -> Document:
    return {name: each for name, each in document.items() if name not in PRIVATE}
