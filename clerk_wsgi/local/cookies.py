"""Set-Cookie values, in both flavours: plain, and with the instance's suffix.

Source: Clerk, backend API, 6.1.
"""

from collections.abc import Iterator

from clerk_wsgi.local.sessions import SESSION_SECONDS


class CookieWriter:
    """`secure` is whether the site is served over https."""

    def __init__(self, suffix: str, *, secure: bool = False) -> None:
        self.suffix = suffix
        self.ending = "; Path=/; SameSite=Lax" + ("; Secure" if secure else "")

    def signed_in(self, token: str, updated_at: int, refresh_token: str) -> list[str]:
        refresh = self.cookie(f"__refresh_{self.suffix}", refresh_token)
        return [
            *self.both("__session", token),
            *self.both("__client_uat", str(updated_at)),
            f"{refresh}; HttpOnly",
        ]

    def signed_out(self) -> list[str]:
        return [
            *self.both("__session", ""),
            *self.both("__client_uat", "0"),
            f"{self.cookie(f'__refresh_{self.suffix}', '')}; HttpOnly",
        ]

    def without_handshake(self) -> list[str]:
        names = ("__clerk_handshake", "__clerk_handshake_nonce")
        return [self.cookie(name, "") for name in names]

    def dev_browser(self, token: str) -> list[str]:
        return list(self.both("__clerk_db_jwt", token))

    def both(self, name: str, value: str) -> Iterator[str]:
        yield self.cookie(name, value)
        yield self.cookie(f"{name}_{self.suffix}", value)

    def cookie(self, name: str, value: str) -> str:
        """An empty value takes the cookie away."""
        seconds = SESSION_SECONDS if value else 0
        return f"{name}={value}{self.ending}; Max-Age={seconds}"
