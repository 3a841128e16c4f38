"""What Clerk said a moment ago, for every process that shares the store.

A store that is away, or holds something that makes no sense, costs a call of Clerk's
Backend API and nothing else.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from clerk_wsgi.core.errors import ClerkAPIError
from clerk_wsgi.core.stores import Store
from clerk_wsgi.core.strict_json import read_object

USER_SECONDS = 10
USER_EVENTS = ("user.created", "user.deleted", "user.updated")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What Clerk said of an opaque token: an answer, or the status of a refusal.

    `until_ms` is in milliseconds since 1970, the same in every process.
    """

    until_ms: float
    answer: Mapping[str, Any] | None = None
    status: int | None = None
    message: str = ""

    def open(self) -> Mapping[str, Any]:
        """The answer. Raises ClerkAPIError for a refusal."""
        if self.answer is None:
            raise ClerkAPIError(self.message, status=self.status)
        return self.answer

    def written(self) -> bytes:
        said = {"answer": self.answer, "status": self.status, "message": self.message}
        return json.dumps({"until_ms": self.until_ms, **said}).encode()

    @classmethod
    def read(cls, text: bytes) -> "Verdict | None":
        """The verdict that was written, None for anything else."""
        try:
            verdict = cls(**read_object(text))
        except (TypeError, ValueError):
            return None
        is_answer = isinstance(verdict.answer, dict) and verdict.status is None
        is_refusal = verdict.answer is None and isinstance(verdict.status, int)
        is_timed = isinstance(verdict.until_ms, int | float)
        return verdict if is_timed and (is_answer or is_refusal) else None


class SharedVerdicts:
    """Verdicts in the store, by their tokens' hashes. `clock` gives milliseconds."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock

    def read(self, name: str) -> Verdict | None:
        """What is known of the token, if it is still good."""
        text = self._store.read(f"verdict {name}")
        verdict = Verdict.read(text) if text else None
        return verdict if verdict and verdict.until_ms > self._clock() else None

    def write(self, name: str, verdict: Verdict) -> None:
        seconds = (verdict.until_ms - self._clock()) / 1000
        self._store.write(f"verdict {name}", verdict.written(), seconds)


class SharedUsers:
    """Users as Clerk's Backend API gave them, for ten seconds at most.

    Their private metadata lies in the store, too, sealed like everything there.
    """

    def __init__(self, store: Store, seconds: float = USER_SECONDS) -> None:
        self._store = store
        self._seconds = seconds

    def read(self, user_id: str) -> dict[str, Any] | None:
        """The user's JSON, None for nobody or for another's."""
        text = self._store.read(f"user {user_id}")
        try:
            user = read_object(text) if text else None
        except ValueError:
            return None
        return user if user and user.get("id") == user_id else None

    def write(self, user: Mapping[str, Any]) -> None:
        """Keep what Clerk just said of a user."""
        text = json.dumps(user).encode()
        self._store.write(f"user {user.get('id')}", text, self._seconds)

    def forget(self, user_id: str) -> None:
        self._store.forget(f"user {user_id}")

    def notice(self, event: Mapping[str, Any]) -> None:
        """Forget the user whom a verified webhook of Clerk's is about."""
        data = event.get("data")
        if event.get("type") in USER_EVENTS and isinstance(data, dict):
            self.forget(str(data.get("id")))
