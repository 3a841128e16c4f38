"""Applications that users may give access to by OAuth: as far as tokens need them."""

from collections.abc import Mapping, Sequence
from typing import Any

from clerk_wsgi.local.records import Document
from clerk_wsgi.local.settings import Settings
from clerk_wsgi.local.state import State
from clerk_wsgi.local.tickets import digest_of

KIND = "oauth_application"
SCOPES = "profile email"


def create_oauth_application(
    state: State,
    name: str,
    *,
    redirect_uris: Sequence[str] = (),
    scopes: str = SCOPES,
    **given: Any,
) -> tuple[Document, str]:
    """The application, and its client secret; `scopes` are words in a text.

    `given`: `public`, `pkce_required` and `consent_screen_enabled`.
    """
    secret = state.ids.secret()
    application = {
        "id": state.ids.new("oa"),
        "object": KIND,
        "instance_id": state.need("instance", "instance")["instance_id"],
        "name": name,
        "client_id": state.ids.new("client").removeprefix("client_"),
        "client_uri": None,
        "client_image_url": None,
        "dynamically_registered": False,
        "consent_screen_enabled": given.get("consent_screen_enabled", True),
        "pkce_required": given.get("pkce_required", False),
        "public": given.get("public", False),
        "scopes": scopes,
        "redirect_uris": list(redirect_uris),
        "created_at": state.now_ms,
        "updated_at": state.now_ms,
        "_digest": digest_of(secret),
    }
    with state.changing():
        state.records.keep(KIND, application)
    return application, secret


def change_application(state: State, identity: str, **members: Any) -> Document:
    with state.changing():
        return state.update(KIND, identity, **members)


def delete_application(state: State, identity: str) -> Document:
    """With all tokens that were given to it."""
    with state.changing():
        application = state.need(KIND, identity)
        state.records.drop(KIND, identity)
        named = {"client_id": application["client_id"]}
        for token in state.records.find("oauth_access_token", **named):
            state.records.drop("oauth_access_token", token["id"])
    return {"id": identity, "object": KIND, "deleted": True}


def rotate_client_secret(state: State, identity: str) -> tuple[Document, str]:
    secret = state.ids.secret()
    return change_application(state, identity, _digest=digest_of(secret)), secret


def told(application: Mapping[str, Any], settings: Settings) -> Document:
    """With where an instance of Clerk's has its OAuth endpoints."""
    root = settings.issuer
    uris = application["redirect_uris"]
    return {
        **application,
        "callback_url": uris[0] if uris else "",
        "authorize_url": f"{root}/oauth/authorize",
        "token_fetch_url": f"{root}/oauth/token",
        "user_info_url": f"{root}/oauth/userinfo",
        "discovery_url": f"{root}/.well-known/openid-configuration",
        "token_introspection_url": f"{root}/oauth/token_info",
    }
