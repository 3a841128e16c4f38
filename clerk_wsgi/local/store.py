"""What an instance remembers: browsers, sessions, handshakes. In memory, locked.

What is handed out are frozen values; changes go through the store alone.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from threading import Lock

from cachetools import LRUCache, TTLCache

MOST = 10_000
SESSION_SECONDS = 24 * 60 * 60
NONCE_SECONDS = 60
REUSE_SECONDS = 10
"""A page's requests are renewed side by side with one expired token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Somebody signed in on one browser. `created_at` is epoch seconds."""

    id: str
    user_id: str
    created_at: int
    refresh_token: str
    org_id: str | None = None
    is_active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A browser. Whoever holds its token is that browser.

    `updated_at` is when its authentication last changed, in epoch seconds; 0 while
    nobody is signed in.
    """

    token: str
    session_id: str | None = None
    updated_at: int = 0


def new_id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(14)}"


class Store:
    """`clock` gives epoch seconds. What was not used for longest goes first."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = Lock()
        self._clients: LRUCache[str, Client] = LRUCache(MOST)
        self._sessions: LRUCache[str, Session] = LRUCache(MOST)
        self._handshakes: TTLCache[str, tuple[str, ...]] = TTLCache(
            MOST, NONCE_SECONDS, timer=clock
        )
        self._renewed: LRUCache[str, float] = LRUCache(MOST)

    def find_client(self, token: str) -> Client | None:
        with self._lock:
            return self._clients.get(token)

    def open_client(self, token: str = "") -> Client:
        """The browser with that token; a new one where nobody knows it."""
        with self._lock:
            known = self._clients.get(token)
            return known or self._keep(Client(token=new_id("dvb")))

    def find_session(self, session_id: str | None) -> Session | None:
        with self._lock:
            return self._sessions.get(session_id or "")

    def session_of(self, client: Client | None) -> Session | None:
        """Who is signed in there, unless the session has ended or is over."""
        session = self.find_session(client.session_id if client else None)
        return session if session and self.is_alive(session) else None

    def is_alive(self, session: Session) -> bool:
        return (
            session.is_active and self._clock() < session.created_at + SESSION_SECONDS
        )

    def sign_in(self, client: Client, user_id: str) -> Client:
        """The browser under a new token: who knew the old one is not signed in."""
        now = int(self._clock())
        session = Session(
            id=new_id("sess"),
            user_id=user_id,
            created_at=now,
            refresh_token=secrets.token_urlsafe(24),
        )
        with self._lock:
            self._end(client)
            self._clients.pop(client.token, None)
            self._sessions[session.id] = session
            token = new_id("dvb")
            return self._keep(
                Client(token=token, session_id=session.id, updated_at=now)
            )

    def sign_out(self, client: Client) -> Client:
        with self._lock:
            self._end(client)
            return self._keep(Client(token=client.token))

    def activate(self, session: Session, org_id: str | None) -> Session:
        """The session with that organization, or with the personal account."""
        with self._lock:
            current = self._sessions.get(session.id, session)
            changed = replace(current, org_id=org_id)
            self._sessions[session.id] = changed
            return changed

    def keep_handshake(self, directives: Sequence[str]) -> str:
        """A nonce that buys the directives once, within a minute."""
        nonce = secrets.token_urlsafe(24)
        with self._lock:
            self._handshakes[nonce] = tuple(directives)
        return nonce

    def take_handshake(self, nonce: str) -> tuple[str, ...] | None:
        with self._lock:
            return self._handshakes.pop(nonce, None)

    def may_renew(self, token_id: str) -> bool:
        """Is it the first time for that token, or nearly?"""
        now = self._clock()
        with self._lock:
            return now < self._renewed.setdefault(token_id, now) + REUSE_SECONDS

    def _keep(self, client: Client) -> Client:
        self._clients[client.token] = client
        return client

    def _end(self, client: Client) -> None:
        known = self._clients.get(client.token, client)
        session = self._sessions.get(known.session_id or "")
        if session:
            self._sessions[session.id] = replace(session, is_active=False)
