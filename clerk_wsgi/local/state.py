"""What every part of a local instance works on: records, a clock, ids, and who is told."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NoReturn

from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.ids import Ids
from clerk_wsgi.local.records import Document, Records

SWEEP_SECONDS = 60


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
    their own; `after` are called once when all of it is.
    """

    records: Records
    clock: Callable[[], float]
    ids: Ids = field(default_factory=Ids)
    within: list[Callable[[Change], None]] = field(default_factory=list)
    after: list[Callable[[list[Change]], None]] = field(default_factory=list)
    _told: list[Change] = field(default_factory=list)
    _depth: int = 0
    _swept_at: float = 0

    @property
    def now_ms(self) -> int:
        return int(self.clock() * 1000)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """All or nothing. Every function that writes does so within."""
        with self.records.changing():
            self._depth += 1
            try:
                yield
            except BaseException:
                self._told.clear()
                raise
            finally:
                self._depth -= 1
            if self._depth:
                return
            self._sweep()
            told, self._told = self._told, []
        for listen in self.after if told else ():
            listen(told)

    def tell(self, kind: str, document: Mapping[str, Any]) -> None:
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
        changed = {
            **self.need(kind, identity),
            **members,
            "updated_at": self.now_ms,
        }
        self.records.keep(kind, changed)
        return changed

    def _sweep(self) -> None:
        now = self.clock()
        if now > self._swept_at + SWEEP_SECONDS:
            self._swept_at = now
            self.records.drop_ended(now)


def shown(document: Mapping[str, Any]) -> Document:
    """Without what is the instance's own, at any depth."""
    return {
        name: shown_value(value)
        for name, value in document.items()
        if not name.startswith("_")
    }


def shown_value(value: Any) -> Any:
    if isinstance(value, Mapping) and "object" in value:
        return shown(value)
    if isinstance(value, list):
        return [shown_value(each) for each in value]
    return value


def missing(kind: str) -> NoReturn:
    said = f"No {kind.replace('_', ' ')} was found with that id."
    raise ApiError(404, "resource_not_found", said)
