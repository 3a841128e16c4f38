"""Clerk's auth object: who is asking, and what they may do."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, NamedTuple

from clerk_wsgi.core.authorization import UNASKED, Name, Reverification, has
from clerk_wsgi.core.claims import SessionFacts
from clerk_wsgi.core.machine_facts import MachineFacts
from clerk_wsgi.core.tokens import Token


class Proof(NamedTuple):
    """What an auth object speaks for: a session, a machine token, or nobody."""

    session: SessionFacts | None = None
    token: Token | None = None
    machine: MachineFacts | None = None
    is_pending: bool = False
    token_type: str | None = "session_token"


NOBODY = Proof()


class AuthObject:
    """The properties of a session or of a machine token; None where there is none.

    Source: Clerk, middleware and auth object, 2 and 3; keys and tokens, 11.5. What
    it hands out belongs to the caller: changing it changes nobody else's request.
    """

    def __init__(self, proof: Proof = NOBODY) -> None:
        self._given = proof

    @property
    def _proof(self) -> Proof:
        return self._given

    @property
    def token_type(self) -> str | None:
        """What kind of token this is about; None for one of a kind not asked for."""
        return self._proof.token_type

    def __repr__(self) -> str:
        who = self.user_id or self.id or "nobody"
        return f"<{type(self).__name__} {self.token_type} {who}>"

    @property
    def is_authenticated(self) -> bool:
        """Is there a session or a machine token, of a kind that is asked for?"""
        return bool(self._proof.session or self._proof.machine)

    @property
    def user_id(self) -> str | None:
        """Who it is, `user_...`; of a machine token, the user whom it acts for."""
        known = self._proof.session or self._proof.machine
        return known.user_id if known else None

    @property
    def org_id(self) -> str | None:
        """The active organization, `org_...`."""
        known = self._proof.session or self._proof.machine
        return known.org_id if known else None

    @property
    def session_id(self) -> str | None:
        """The session, `sess_...`."""
        session = self._proof.session
        return session.session_id if session else None

    @property
    def session_status(self) -> str | None:
        """`active` or `pending`; a pending session may still be nobody's."""
        session = self._proof.session
        if session is None:
            return "pending" if self._proof.is_pending else None
        return session.session_status

    @property
    def org_role(self) -> str | None:
        """The role in the active organization, such as `org:admin`."""
        session = self._proof.session
        return session.org_role if session else None

    @property
    def org_slug(self) -> str | None:
        """The active organization's name in URLs."""
        session = self._proof.session
        return session.org_slug if session else None

    @property
    def org_permissions(self) -> list[str] | None:
        """What the role may do, such as `org:invoices:create`."""
        session = self._proof.session
        if session is None or session.org_permissions is None:
            return None
        return list(session.org_permissions)

    @property
    def session_claims(self) -> dict[str, Any] | None:
        """Every claim of the session token, custom ones too: a copy of your own."""
        token = self._proof.token
        return token.private_claims() if token else None

    @property
    def actor(self) -> Any:
        """Who acts as this user, when the session is an impersonation."""
        return (self.session_claims or {}).get("act")

    @property
    def factor_verification_age(self) -> Any:
        """Minutes since the first and the second factor; -1 means never."""
        return (self.session_claims or {}).get("fva")

    @property
    def id(self) -> str | None:
        """The machine token's id."""
        machine = self._proof.machine
        return machine.id if machine else None

    @property
    def subject(self) -> str | None:
        """Whom or what the machine token stands for."""
        machine = self._proof.machine
        return machine.subject if machine else None

    @property
    def scopes(self) -> list[str] | None:
        """What the machine token was given for."""
        machine = self._proof.machine
        return list(machine.scopes) if machine else None

    @property
    def name(self) -> str | None:
        """The API key's name."""
        machine = self._proof.machine
        return machine.name if machine else None

    @property
    def claims(self) -> Mapping[str, Any] | None:
        """The machine token's own claims: a copy of your own."""
        machine = self._proof.machine
        return deepcopy(machine.claims) if machine else None

    @property
    def machine_id(self) -> str | None:
        """The machine that an M2M token is for, `mch_...`."""
        machine = self._proof.machine
        return machine.machine_id if machine else None

    @property
    def client_id(self) -> str | None:
        """The OAuth application that the token was given to."""
        machine = self._proof.machine
        return machine.client_id if machine else None

    def has(
        self,
        *,
        role: Name = UNASKED,
        permission: Name = UNASKED,
        feature: Name = UNASKED,
        plan: Name = UNASKED,
        reverification: Reverification = UNASKED,
    ) -> bool:
        """May the user do this? True only if all that is asked holds.

        Nothing asked, nobody signed in, a machine token, odd claims: False. Never
        raises (Clerk: middleware and auth object, 3).
        """
        session = self._proof.session
        return session is not None and has(
            session,
            role=role,
            permission=permission,
            feature=feature,
            plan=plan,
            reverification=reverification,
        )
