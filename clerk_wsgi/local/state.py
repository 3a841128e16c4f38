"""What every part of an instance works on: records, a clock, ids, and who is told."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NoReturn

from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.ids import Ids
from clerk_wsgi.local.records import Document, Records

LOG = logging.getLogger(__name__)

SWEEP_SECONDS = 60
OWN = (
    *("public_metadata", "private_metadata", "unsafe_metadata"),
    *("claims", "actor"),
)
"""Members that belong to the application, whatever their members are called."""


@dataclass(frozen=True, slots=True)
class Change:
    """Something happened: a webhook's `type` and `data` (Clerk: backend API, 5)."""

    type: str
    data: Mapping[str, Any]
    at_ms: int


@dataclass(slots=True)
class State:
    """`clock` gives epoch seconds.

    `within` are called for a change before it is committed, and may keep records of
    their own: if one fails, so does the change. `after` are called once when all of it
    is committed; what fails there is logged, since nothing can be taken back.
    """

    records: Records
    clock: Callable[[], float]
    ids: Ids = field(default_factory=Ids)
    within: list[Callable[[Change], None]] = field(default_factory=list)
    after: list[Callable[[list[Change]], None]] = field(default_factory=list)
    # Both are the changing thread's: the records let one in at a time.
    _told: list[Change] = field(default_factory=list)
    _depth: int = 0
    _swept_at: float = 0

    @property
    def now_ms(self) -> int:
        return int(self.clock() * 1000)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """All or nothing. Every function that writes does so within.

        One within another that fails is undone alone, if somebody catches the error.
        """
        with self.records.changing():
            known = len(self._told)
            self._depth += 1
            try:
                yield
            except BaseException:
                del self._told[known:]
                raise
            finally:
                self._depth -= 1
            if self._depth:
                return
            told, self._told = self._told, []
            self._sweep()
        self._report(told)

    def tell(self, kind: str, document: Mapping[str, Any]) -> None:
        """Note a change; it is told when what it is part of is committed."""
        with self.changing():
            change = Change(kind, shown(document), self.now_ms)
            for listen in self.within:
                listen(change)
            self._told.append(change)

    def need(self, kind: str, identity: str | None) -> Document:
        """Raises ApiError (404) for what is not there."""
        found = self.records.get(kind, identity or "")
        if found is None:
            missing(kind)
        return found

    def update(self, kind: str, identity: str, **members: Any) -> Document:
        """The document with these members new, and `updated_at` now."""
        with self.changing():
            changed = {
                **self.need(kind, identity),
                **members,
                "updated_at": self.now_ms,
            }
            self.records.keep(kind, changed)
        return changed

    def _report(self, told: list[Change]) -> None:
        for listen in self.after if told else ():
            try:
                listen(told)
            except Exception:
                LOG.exception("Somebody who was told of a change failed.")

    def _sweep(self) -> None:
        now = self.clock()
        if abs(now - self._swept_at) > SWEEP_SECONDS:
            self._swept_at = now
            self.records.drop_ended(now)


def shown(document: Mapping[str, Any]) -> Document:
    """Without what is the instance's own, at any depth."""
    return {
        name: value if name in OWN else shown_value(value)
        for name, value in document.items()
        if not name.startswith("_")
    }


def shown_value(value: Any) -> Any:
    if isinstance(value, Mapping):
        return shown(value)
    if isinstance(value, list):
        return [shown_value(each) for each in value]
    return value


def missing(kind: str) -> NoReturn:
    said = f"No {kind.replace('_', ' ')} was found with that id."
    raise ApiError(404, "resource_not_found", said)
