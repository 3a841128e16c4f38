"""Tokens and cookies for a session: all that an instance hands out about it."""

from collections.abc import Callable, Sequence

from clerk_wsgi.core.urls import Url
from clerk_wsgi.local.cookies import CookieWriter
from clerk_wsgi.local.people import Directory
from clerk_wsgi.local.session_claims import session_claims
from clerk_wsgi.local.signing import SigningKey
from clerk_wsgi.local.store import Client, Session, new_id


class Issuer:
    """`url` is the `iss` claim, `clock` gives epoch seconds."""

    def __init__(
        self,
        key: SigningKey,
        people: Directory,
        *,
        url: str,
        suffix: str,
        clock: Callable[[], float],
    ) -> None:
        self.key = key
        self.people = people
        self.url = url
        self.suffix = suffix
        self.clock = clock

    def session_token(self, session: Session, origin: str) -> str:
        """A token for the site at `origin`. Raises LookupError if the user is gone."""
        user = self.people.find_user(session.user_id)
        if user is None:
            raise LookupError(session.user_id)
        organization = self.people.find_organization(session.org_id)
        if organization and user.id not in organization.members:
            organization = None
        claims = session_claims(
            session,
            user,
            organization,
            issuer=self.url,
            party=origin,
            token_id=new_id("jti"),
            now=int(self.clock()),
        )
        return self.key.sign(claims)

    def session_cookies(
        self, session: Session, updated_at: int, site: Url
    ) -> list[str]:
        token = self.session_token(session, site.origin)
        return self.cookies_for(site).signed_in(
            token, updated_at, session.refresh_token
        )

    def directives(
        self, client: Client, session: Session | None, site: Url
    ) -> list[str]:
        """What a handshake tells the site: who is there, and on which browser."""
        write = self.cookies_for(site)
        if session:
            cookies = self.session_cookies(session, client.updated_at, site)
        else:
            cookies = write.signed_out()
        return cookies + write.dev_browser(client.token)

    def handshake_token(self, directives: Sequence[str]) -> str:
        return self.key.sign({"handshake": list(directives)})

    def cookies_for(self, site: Url) -> CookieWriter:
        return CookieWriter(self.suffix, secure=site.scheme == "https")
