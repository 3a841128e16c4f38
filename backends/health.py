"""How a backend's keys fare, for a health check or a gauge."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class KeyHealth:
    """The state of a backend's keys; times are seconds, counted from now.

    `status` is `fresh`; `stale`, where keys are older than they should be and still
    good; or `unavailable`, where nothing can be verified, also before anybody asked.
    `keys` are the usable ones. `age` is None where no keys came; `seconds_left` until
    these keys are too old, and `next_try` until Clerk is asked again, are None for
    never. `last_error` says why the last fetch failed, None if it did not.
    """

    status: Literal["fresh", "stale", "unavailable"]
    keys: int = 0
    age: float | None = None
    seconds_left: float | None = None
    next_try: float | None = None
    last_error: str | None = None
