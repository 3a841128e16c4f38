"""What Clerk said of opaque machine tokens, remembered for a moment."""

from collections.abc import Callable, Mapping
from hashlib import sha256
from threading import Lock
from typing import Any

from cachetools import TTLCache

from clerk_wsgi.core.errors import ClerkAPIError

MOST = 1024
GOOD_SECONDS = 30
UNKNOWN_SECONDS = 10

Verify = Callable[[str, str], Mapping[str, Any]]


class MachineMemory:
    """Asks `verify` once in 30 s about a good token, once in 10 s about an unknown one.

    So a token that is revoked works for 30 s more at most, and one that was made up
    costs few calls. At most 1,024 of each are kept, under a hash and never as text.
    Outages and refusals of our own key are not remembered. `clock` gives milliseconds.
    """

    def __init__(self, verify: Verify, clock: Callable[[], float]) -> None:
        self.verify = verify
        self._lock = Lock()

        def seconds() -> float:
            return clock() / 1000

        self._good: TTLCache[str, Mapping[str, Any]] = TTLCache(
            MOST, GOOD_SECONDS, seconds
        )
        self._unknown: TTLCache[str, ClerkAPIError] = TTLCache(
            MOST, UNKNOWN_SECONDS, seconds
        )

    def __call__(self, token_type: str, text: str) -> Mapping[str, Any]:
        """Clerk's answer. Raises ClerkAPIError."""
        name = sha256(f"{token_type} {text}".encode()).hexdigest()
        with self._lock:
            answer, error = self._good.get(name), self._unknown.get(name)
        if error is not None:
            raise error
        if answer is not None:
            return answer
        return self._ask(name, token_type, text)

    def _ask(self, name: str, token_type: str, text: str) -> Mapping[str, Any]:
        try:
            answer = self.verify(token_type, text)
        except ClerkAPIError as error:
            if error.status in (400, 404):
                with self._lock:
                    self._unknown[name] = error
            raise
        with self._lock:
            self._good[name] = answer
        return answer
