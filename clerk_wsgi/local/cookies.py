"""Set-Cookie values, in both flavours: plain, and with the instance's suffix.

Source: Clerk, backend API, 6.1.
"""

from collections.abc import Iterator

from clerk_wsgi.local.sessions import SESSION_SECONDS

CLIENT = "__client"
HANDSHAKE = ("__clerk_handshake", "__clerk_handshake_nonce")
SHARED = ("__client_uat", "__clerk_handshake")


class CookieWriter:
    """`secure` is whether the site is served over https.

    `shared` is the domain in which `__client_uat` and handshakes are shared; if it is
    empty, each host has its own.
    """

    def __init__(self, suffix: str, *, secure: bool = False, shared: str = "") -> None:
        self.suffix = suffix
        self.ending = "; Path=/; SameSite=Lax" + ("; Secure" if secure else "")
        self.domain = f"; Domain={shared}" if shared else ""

    def signed_in(self, token: str, updated_at: int, refresh_token: str) -> list[str]:
        refresh = self.cookie(f"__refresh_{self.suffix}", refresh_token)
        return [
            *self.both("__session", token),
            *self.changed(updated_at),
            f"{refresh}; HttpOnly",
        ]

    def signed_out(self) -> list[str]:
        return [
            *self.both("__session", ""),
            *self.changed(0),
            f"{self.cookie(f'__refresh_{self.suffix}', '')}; HttpOnly",
        ]

    def without_session(self) -> list[str]:
        """So that the application has to ask who is there."""
        return list(self.both("__session", ""))

    def changed(self, at: int) -> list[str]:
        """When the browser's authentication last changed: 0 if nobody is signed in."""
        return list(self.both("__client_uat", str(at)))

    def handshake(self, name: str, value: str) -> str:
        """What a handshake brings back; it has a minute."""
        return f"{self.cookie(name, value, 60)}; HttpOnly"

    def without_handshake(self) -> list[str]:
        return [self.cookie(name, "") for name in HANDSHAKE]

    def dev_browser(self, token: str) -> list[str]:
        return list(self.both("__clerk_db_jwt", token))

    def client(self, token: str) -> str:
        """What a browser proves itself with where it is known by its cookies."""
        return f"{self.cookie(CLIENT, token)}; HttpOnly"

    def both(self, name: str, value: str) -> Iterator[str]:
        yield self.cookie(name, value)
        yield self.cookie(f"{name}_{self.suffix}", value)

    def cookie(self, name: str, value: str, seconds: int = SESSION_SECONDS) -> str:
        """An empty value takes the cookie away."""
        domain = self.domain if name.startswith(SHARED) else ""
        age = seconds if value else 0
        return f"{name}={value}{self.ending}{domain}; Max-Age={age}"
