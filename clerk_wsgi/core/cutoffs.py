"""From when on does a token hold no more, though it has not expired?

A cutoff is what is known to have been true at a moment. Tokens that were issued later
know it themselves; those of that second or before have to agree with it. So cutoffs
may come twice and in any order: of two about the same, the later says more.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from clerk_wsgi.core.claims import SessionFacts
from clerk_wsgi.core.errors import KeysUnavailable
from clerk_wsgi.core.strict_json import read_object

REVOKED = "session-token-revoked"
OUTDATED = "session-token-outdated"
UNVOUCHED = "session-token-unvouched"
UNAVAILABLE = "revocations-unavailable"

# What a cutoff is about. The last is about all tokens: no store remembers what was
# before it was set up, or lost everything.
SESSION, USER, ORGANIZATION = "session", "user", "organization"
MEMBERSHIP, PROFILE, FEED = "membership", "profile", "feed"
KINDS = frozenset({SESSION, USER, ORGANIZATION, MEMBERSHIP, PROFILE, FEED})

# Session tokens live for a minute, some of those made to order for longer.
HOUR_MS = 3_600_000
LONG_MS = 24 * HOUR_MS
LIFE_MS = {PROFILE: HOUR_MS // 6, FEED: 30 * LONG_MS}

MOST = 100_000
LONGEST_ID = 512
LAST_MS = 10**15


class RevocationsUnavailable(KeysUnavailable):
    """Nobody can tell now which sessions were revoked."""

    def __init__(self, retry_after: int) -> None:
        said = "Nobody can tell now which sessions were revoked."
        super().__init__(UNAVAILABLE, said, retry_after=retry_after)


class Cutoff(NamedTuple):
    """What is known of `id` at `at_ms`, and is of use until `until_ms`; epoch ms.

    Without `at_ms` it is for all time. A membership's id is `membership_id(...)`, its
    `role` that which the member has, None for who is no member.
    """

    kind: str
    id: str
    at_ms: int | None
    until_ms: int
    role: str | None = None

    @property
    def entry(self) -> bytes:
        """As it is kept in a store."""
        return json.dumps(self._asdict(), separators=(",", ":")).encode()

    def covers(self, issued: Any) -> bool:
        """May a token of that `iat` (whole seconds) be from before?

        One of the very second may be, and one without is.
        """
        if self.at_ms is None or type(issued) not in (int, float):
            return True
        return not int(issued) > self.at_ms // 1000

    def is_later_than(self, issued: Any) -> bool:
        """Is a token of that `iat` surely from before?

        Clerk's answer to the question for a new one may be of the very second; asking
        again about that one would never end.
        """
        if self.at_ms is None or type(issued) not in (int, float):
            return True
        return int(issued) < self.at_ms // 1000


def cut_off(
    kind: str, name: str, at_ms: int | None, now_ms: float, role: str | None = None
) -> Cutoff:
    """A cutoff that lives as long as its kind does."""
    until_ms = int(now_ms) + LIFE_MS.get(kind, LONG_MS)
    return Cutoff(kind, name, at_ms, until_ms, role)


def membership_id(organization_id: str, user_id: str) -> str:
    return f"{organization_id}/{user_id}"


def read_entry(entry: bytes) -> Cutoff | None:
    """The cutoff in a store's entry; None for what is none, or of a later version."""
    try:
        said = read_object(entry)
    except ValueError:
        return None
    found: dict[str, Any] = {name: said.get(name) for name in Cutoff._fields}
    return Cutoff(**found) if is_cutoff(found) else None


def is_cutoff(found: dict[str, Any]) -> bool:
    name, role = found["id"], found["role"]
    return (
        isinstance(found["kind"], str)
        and found["kind"] in KINDS
        and isinstance(name, str)
        and 0 < len(name) <= LONGEST_ID
        and (found["at_ms"] is None or is_time(found["at_ms"]))
        and is_time(found["until_ms"])
        and (role is None or isinstance(role, str))
    )


def is_time(value: object) -> bool:
    return type(value) is int and 0 <= value <= LAST_MS


class Cutoffs:
    """Cutoffs by what they are about. Never changed: `plus` makes others."""

    __slots__ = ("_by_kind",)

    def __init__(self, cutoffs: Iterable[Cutoff] = ()) -> None:
        self._by_kind: dict[str, dict[str | None, Cutoff]] = {k: {} for k in KINDS}
        self._take(cutoffs)

    def _take(self, cutoffs: Iterable[Cutoff]) -> None:
        """What was learned last stands last."""
        for each in cutoffs:
            kind = self._by_kind[each.kind]
            known = kind.pop(each.id, None)
            kind[each.id] = stricter(known, each) if known else each

    def _drop(self, many: int) -> None:
        """What was learned first, of the kind with the most.

        Not what ends first: who makes many that last long, as everybody can with
        organizations of their own, would keep out those that last for an hour.
        """
        for _ in range(many):
            kind = max(self._by_kind.values(), key=len)
            del kind[next(iter(kind))]

    def __len__(self) -> int:
        return sum(map(len, self._by_kind.values()))

    def __iter__(self) -> Iterator[Cutoff]:
        for kind in self._by_kind.values():
            yield from kind.values()

    def lacks(self, cutoff: Cutoff) -> bool:
        """Does it say more than what is known here?"""
        known = self._by_kind[cutoff.kind].get(cutoff.id)
        return known is None or strictness(cutoff) > strictness(known)

    def plus(self, cutoffs: Iterable[Cutoff], most: int = MOST) -> "Cutoffs":
        """These and those; of too many the latest."""
        both = Cutoffs()
        both._by_kind = {kind: dict(known) for kind, known in self._by_kind.items()}
        both._take(cutoffs)
        both._drop(len(both) - most)
        return both

    def at(self, now_ms: float) -> "Cutoffs":
        """Those of them that are not over."""
        return Cutoffs(each for each in self if each.until_ms > now_ms)

    def judge(self, session: SessionFacts, issued: Any) -> str | None:
        """REVOKED or OUTDATED, or None for a session token that still holds."""
        known, user_id = self._by_kind, session.user_id
        if session.session_id in known[SESSION]:
            return REVOKED
        user = known[USER].get(user_id)
        if user and user.covers(issued):
            return REVOKED
        if session.org_id and self._is_organization_cut_off(session, issued):
            return REVOKED
        profile = known[PROFILE].get(user_id)
        return OUTDATED if profile and profile.is_later_than(issued) else None

    def is_session_cut_off(self, session_id: str) -> bool:
        return session_id in self._by_kind[SESSION]

    def is_user_cut_off(self, user_id: str | None, issued: Any) -> bool:
        user = self._by_kind[USER].get(user_id)
        return user is not None and user.covers(issued)

    def _is_organization_cut_off(self, session: SessionFacts, issued: Any) -> bool:
        if session.org_id in self._by_kind[ORGANIZATION]:
            return True
        memberships = self._by_kind[MEMBERSHIP]
        if not memberships:
            return False
        name = membership_id(session.org_id or "", session.user_id or "")
        known = memberships.get(name)
        if known is None or not known.covers(issued):
            return False
        return known.role is None or plain(known.role) != plain(session.org_role)


def stricter(one: Cutoff, other: Cutoff) -> Cutoff:
    """The later one; of the same moment, the one that leaves less."""
    chosen = max(one, other, key=strictness)
    return chosen._replace(until_ms=max(one.until_ms, other.until_ms))


def strictness(cutoff: Cutoff) -> tuple[float, bool, str]:
    at = float("inf") if cutoff.at_ms is None else cutoff.at_ms
    return at, cutoff.role is None, cutoff.role or ""


def plain(role: str | None) -> str:
    """The second version of tokens names roles without `org:`."""
    return (role or "").removeprefix("org:")
