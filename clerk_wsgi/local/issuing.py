"""Tokens and cookies for a session: all that an instance hands out about it."""

from collections.abc import Mapping, Sequence
from typing import Any

from clerk_wsgi.core.token_types import TEMPLATE_CATEGORY
from clerk_wsgi.core.urls import Url
from clerk_wsgi.local.cookies import CookieWriter
from clerk_wsgi.local.key_ring import KeyRing
from clerk_wsgi.local.memberships import find_membership, membership_resource
from clerk_wsgi.local.origins import shared_domain
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.roles import permissions_of
from clerk_wsgi.local.session_claims import (
    LIFETIME,
    NOT_BEFORE,
    organization_claim,
    session_claims,
)
from clerk_wsgi.local.settings import Settings
from clerk_wsgi.local.shortcodes import filled
from clerk_wsgi.local.signing import sign_shared
from clerk_wsgi.local.state import State


class Issuer:
    def __init__(self, state: State, settings: Settings, keys: KeyRing) -> None:
        self.state = state
        self.settings = settings
        self.keys = keys

    def session_token(
        self, session: Mapping[str, Any], origin: str, *, lifetime: int = LIFETIME
    ) -> str:
        """A token for the site at `origin`. Raises ApiError if the user is gone."""
        return self.keys.current.sign(self.session_claims(session, origin, lifetime))

    def session_claims(
        self, session: Mapping[str, Any], origin: str, lifetime: int = LIFETIME
    ) -> dict[str, Any]:
        """What the token says; the instance's own claims give way to Clerk's."""
        user = self.state.need("user", session["user_id"])
        membership = self.active_membership(session)
        organization = self.organization_of(membership)
        claims = session_claims(
            session,
            user,
            organization,
            issuer=self.settings.issuer,
            party=origin,
            token_id=self.state.ids.new("jti"),
            now=int(self.state.clock()),
            lifetime=lifetime,
        )
        if membership and organization:
            role = membership["role"]
            permissions = permissions_of(self.state, role)
            claims["o"] = organization_claim(organization, role, permissions)
        own = filled(self.settings.session_claims, self.known(session))
        return {**own, **claims}

    def template_token(
        self, session: Mapping[str, Any], template: Document, lifetime: int | None
    ) -> str:
        """A token from a template: never a session (Clerk: backend API, 2.4)."""
        now = int(self.state.clock())
        party = template.get("azp")
        claims = {
            **({"azp": party} if party else {}),
            "exp": now + (lifetime or template["lifetime"]),
            "iat": now,
            "iss": self.settings.issuer,
            "jti": self.state.ids.new("jti"),
            "nbf": now - NOT_BEFORE,
            "sub": session["user_id"],
        }
        claims |= filled(template["claims"], self.known(session))
        shared = template.get("_signing_key")
        if shared:
            return sign_shared(shared, template["signing_algorithm"], claims)
        return self.keys.current.sign(claims, TEMPLATE_CATEGORY)

    def known(self, session: Mapping[str, Any]) -> dict[str, Any]:
        """What shortcodes can name."""
        user = self.state.need("user", session["user_id"])
        addresses = {e["id"]: e["email_address"] for e in user["email_addresses"]}
        membership = self.active_membership(session)
        told = membership_resource(self.state, membership) if membership else None
        return {
            "user": {
                **user,
                "full_name": f"{user['first_name'] or ''} {user['last_name'] or ''}",
                "primary_email_address": addresses.get(
                    user["primary_email_address_id"]
                ),
            },
            "org": {**told["organization"], "role": told["role"]} if told else None,
            "org_membership": told,
            "session": session,
        }

    def active_membership(self, session: Mapping[str, Any]) -> Document | None:
        wanted = session["last_active_organization_id"]
        if wanted is None:
            return None
        return find_membership(self.state, wanted, session["user_id"])

    def organization_of(self, membership: Document | None) -> Document | None:
        if membership is None:
            return None
        return self.state.need("organization", membership["organization_id"])

    def session_cookies(
        self, session: Mapping[str, Any], updated_at: int, site: Url
    ) -> list[str]:
        token = self.session_token(session, site.origin)
        return self.cookies_for(site).signed_in(
            token, updated_at, session["_refresh_token"]
        )

    def renewed_cookies(
        self, session: Mapping[str, Any], site: Url, *, suffixed: bool
    ) -> list[str]:
        """Only those of the flavour that the site reads: with the other one it would
        look for the rest of them, and find no browser that it knows.
        """
        client = self.state.need("client", session["client_id"])
        cookies = self.session_cookies(session, client["_changed_at"], site)
        unread = tuple(
            f"{name}_{self.settings.suffix}=" for name in ("__session", "__client_uat")
        )
        return [each for each in cookies if suffixed or not each.startswith(unread)]

    def directives(
        self, client: Mapping[str, Any], session: Document | None, site: Url
    ) -> list[str]:
        """What a handshake tells the site: who is there, and on which browser."""
        write = self.cookies_for(site)
        if session:
            cookies = self.session_cookies(session, client["_changed_at"], site)
        else:
            cookies = write.signed_out()
        if self.settings.is_production:
            return cookies + write.without_handshake()
        return cookies + write.dev_browser(client["_token"])

    def handshake_token(self, directives: Sequence[str]) -> str:
        return self.keys.current.sign({"handshake": list(directives)})

    def cookies_for(self, site: Url) -> CookieWriter:
        """In production hosts of one domain tell each other who is there."""
        shared = shared_domain(site.host) if self.settings.is_production else ""
        secure = site.scheme == "https"
        return CookieWriter(self.settings.suffix, secure=secure, shared=shared)
