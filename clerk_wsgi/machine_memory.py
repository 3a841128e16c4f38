"""What Clerk said of opaque machine tokens, remembered for a moment."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from hashlib import sha256
from threading import Lock
from typing import Any

from cachetools import TLRUCache

from clerk_wsgi.core.errors import ClerkAPIError
from clerk_wsgi.core.stores import Store
from clerk_wsgi.shared_memory import SharedVerdicts, Verdict

MOST = 1024
GOOD_SECONDS = 30
UNKNOWN_SECONDS = 10
OLDEST_MS = 100_000_000_000
"""1973. A smaller time is in seconds, as Clerk's OAuth tokens have it."""

Verify = Callable[[str, str], Mapping[str, Any]]


class MachineMemory:
    """Asks `verify` once in 30 s about a good token, once in 10 s about an unknown one.

    So a token that is revoked works for 30 s more at most, and one that was made up
    costs few calls. At most 1,024 of each are kept, under a hash and never as text.
    Outages and refusals of our own key are not remembered. `clock` gives milliseconds.
    With a `store`, whoever shares it asks once together, and the times are the same.
    """

    def __init__(
        self, verify: Verify, clock: Callable[[], float], store: Store | None = None
    ) -> None:
        self.verify = verify
        self._clock = clock
        self._shared = SharedVerdicts(store, clock) if store else None
        self._lock = Lock()
        self._good = verdicts(clock)
        self._unknown = verdicts(clock)

    def __call__(self, token_type: str, text: str) -> Mapping[str, Any]:
        """Clerk's answer. Raises ClerkAPIError."""
        name = sha256(f"{token_type} {text}".encode()).hexdigest()
        with self._lock:
            verdict = self._good.get(name) or self._unknown.get(name)
        verdict = verdict or self._hear(name)
        return verdict.open() if verdict else self._ask(name, token_type, text)

    def _hear(self, name: str) -> Verdict | None:
        """What another process was told; believed no longer than if it were us."""
        verdict = self._shared.read(name) if self._shared else None
        if verdict:
            latest = self._clock() + GOOD_SECONDS * 1000
            verdict = replace(verdict, until_ms=min(verdict.until_ms, latest))
            self._keep(name, verdict)
        return verdict

    def _ask(self, name: str, token_type: str, text: str) -> Mapping[str, Any]:
        try:
            answer = self.verify(token_type, text)
        except ClerkAPIError as error:
            if error.status in (400, 404):
                until = self._clock() + UNKNOWN_SECONDS * 1000
                self._tell(name, Verdict(until, None, error.status, error.message))
            raise
        self._tell(name, Verdict(end_of(answer, self._clock()), answer))
        return answer

    def _tell(self, name: str, verdict: Verdict) -> None:
        self._keep(name, verdict)
        if self._shared:
            self._shared.write(name, verdict)

    def _keep(self, name: str, verdict: Verdict) -> None:
        with self._lock:
            cache = self._unknown if verdict.answer is None else self._good
            cache[name] = verdict


def verdicts(clock: Callable[[], float]) -> TLRUCache[str, Verdict]:
    return TLRUCache(MOST, lambda name, verdict, now: verdict.until_ms, clock)


def end_of(answer: Mapping[str, Any], now: float) -> float:
    """Until when the answer is good: the token's own end comes first."""
    until = now + GOOD_SECONDS * 1000
    expiration = answer.get("expiration")
    if isinstance(expiration, bool) or not isinstance(expiration, int | float):
        return until
    return min(until, expiration * (1 if expiration > OLDEST_MS else 1000))
