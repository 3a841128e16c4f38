"""A key set at one moment: what it holds, and how long it lasts."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from clerk_wsgi.core.verification import VerificationKey

FRESH_SECONDS = 300
LEAST_FRESH, MOST_FRESH = 60, 3600
STALE_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class KeySnapshot:
    """Keys by their names, and when they came, in seconds of the backend's clock.

    They are fresh for so many seconds and, while there are no others, good for an hour
    more. Before any came there is an empty set that is too old.
    """

    keys: Mapping[str, VerificationKey] = field(default_factory=dict)
    fetched_at: float = -math.inf
    seconds: float = FRESH_SECONDS

    @property
    def usable_until(self) -> float:
        return self.fetched_at + self.seconds + STALE_SECONDS

    def status(self, now: float) -> Literal["fresh", "stale", "unavailable"]:
        if now - self.fetched_at < self.seconds:
            return "fresh"
        return "stale" if now < self.usable_until else "unavailable"

    def followed_by(self, newer: "KeySnapshot") -> "KeySnapshot":
        """The newer of both, whichever came last; equal keys stay the same objects,
        so that whoever remembers one knows it again at a glance."""
        if newer.fetched_at < self.fetched_at:
            return self
        known = self.keys
        keys = {
            name: known[name] if known.get(name) == key else key
            for name, key in newer.keys.items()
        }
        return KeySnapshot(keys, newer.fetched_at, newer.seconds)


def fresh_seconds(said: float | None) -> float:
    """How long a set is fresh whose sender said so many seconds, or nothing."""
    if said is None:
        return FRESH_SECONDS
    return min(max(said, LEAST_FRESH), MOST_FRESH)
