"""A clock that can be stopped and set while an instance runs."""

from collections.abc import Callable

from clerk_wsgi.instance import epoch_ms


class Clock:
    """Gives epoch milliseconds; `freeze` and `shift` take seconds."""

    def __init__(self, real: Callable[[], float] = epoch_ms) -> None:
        self._real = real
        self.resume()

    def __call__(self) -> float:
        now = self._real() if self._frozen_ms is None else self._frozen_ms
        return now + self._shift_ms

    def freeze(self, at: float | None = None) -> None:
        """Stop at that time, or now."""
        now = self()
        self._shift_ms: float = 0
        self._frozen_ms: float | None = now if at is None else at * 1000

    def shift(self, seconds: float) -> None:
        """Go so far ahead, or back; a stopped clock stays stopped."""
        self._shift_ms += seconds * 1000

    def resume(self) -> None:
        """The right time again."""
        self._frozen_ms = None
        self._shift_ms = 0
