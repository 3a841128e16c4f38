"""Where a local instance keeps its state: documents in SQLite, in memory or a file.

A document is a JSON object with an `id`. Members that start with `_` are the
instance's own and never shown to anybody.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import RLock
from typing import Any

from clerk_wsgi.local.data_file import (
    IN_MEMORY,
    connect,
    open_data_file,
    patiently,
)
from clerk_wsgi.local.forking import pause_while_forking

Document = dict[str, Any]

_inherited: list[sqlite3.Connection | None] = []

SCALARS = (str, int, float, type(None))
KEEP = """
INSERT INTO records (kind, id, document, ends_at) VALUES (?, ?, ?, ?)
ON CONFLICT (kind, id) DO UPDATE
SET document = excluded.document, ends_at = coalesce(excluded.ends_at, ends_at)
"""


class Records:
    """Thread-safe, and with a file safe among processes.

    What happens within `changing()` happens whole or not at all, also when the process
    is killed. Raises ConfigurationError for a file that cannot be used, and
    sqlite3.OperationalError for one that cannot be written any more.
    """

    def __init__(self, path: str = IN_MEMORY) -> None:
        self.path = path
        self._lock = RLock()
        self._depth = 0
        self._is_closed = False
        self._connection: sqlite3.Connection | None = open_data_file(path)
        pause_while_forking(self)

    def __del__(self) -> None:
        if getattr(self, "_connection", None) is not None:
            self.close()

    @contextmanager
    def changing(self) -> Iterator[None]:
        """All or nothing; one within another fails alone, if its error is caught."""
        with self._lock:
            start, keep, undo = statements(self._depth)
            self._run(start)
            self._depth += 1
            try:
                yield
                self._run(keep)
            except BaseException:
                # A full disk may have undone it already.
                if self._opened().in_transaction:
                    for statement in undo:
                        self._run(statement)
                raise
            finally:
                self._depth -= 1

    def get(self, kind: str, identity: str) -> Document | None:
        sought = "SELECT document FROM records WHERE kind = ? AND id = ?"
        return next(self._documents(sought, kind, identity), None)

    def find(self, kind: str, **members: object) -> list[Document]:
        """Those whose members have these values, oldest first."""
        # IS would do for all, but only = uses the indexes.
        equals = {n: "IS" if value is None else "=" for n, value in members.items()}
        where = "".join(
            f" AND json_extract(document, '$.{name}') {equal} ?"
            for name, equal in equals.items()
        )
        sought = f"SELECT document FROM records WHERE kind = ?{where} ORDER BY number"
        return list(self._documents(sought, kind, *members.values()))

    def keep(
        self, kind: str, document: Mapping[str, Any], ends_at: float | None = None
    ) -> None:
        """New or in place of the one with its id; gone after `ends_at` (seconds).

        Without `ends_at` it ends when it did. Raises TypeError or ValueError for what
        JSON cannot say.
        """
        text = json.dumps(document, allow_nan=False)
        self._run(KEEP, kind, document["id"], text, ends_at)

    def drop(self, kind: str, identity: str) -> bool:
        """Was it there?"""
        statement = "DELETE FROM records WHERE kind = ? AND id = ?"
        return self._run(statement, kind, identity).rowcount > 0

    def drop_all_but(self, kinds: Sequence[str]) -> None:
        places = ", ".join("?" for _ in kinds)
        self._run(f"DELETE FROM records WHERE kind NOT IN ({places})", *kinds)

    def drop_ended(self, now: float) -> None:
        self._run("DELETE FROM records WHERE ends_at < ?", now)

    def count(self, kind: str) -> int:
        with self._lock:
            found = self._run("SELECT COUNT(*) FROM records WHERE kind = ?", kind)
            return int(found.fetchone()[0])

    def next_number(self, name: str) -> int:
        """1, 2, 3 for each name, in all processes together."""
        with self.changing():
            known = self.get("counter", name) or {"number": 0}
            number = int(known["number"]) + 1
            self.keep("counter", {"id": name, "number": number})
        return number

    def close(self) -> None:
        """Twice does no harm. A file that nobody else has open is one file then."""
        with self._lock:
            self._is_closed = True
            self._disconnect()

    def before_fork(self) -> None:
        """Nothing that is open may be shared with a child (SQLite: how to corrupt)."""
        self._lock.acquire()
        if self.path != IN_MEMORY and not self._depth:
            self._disconnect()

    def after_fork(self, *, is_child: bool) -> None:
        self._lock.release()
        if is_child:
            self._lock = RLock()
            if self._depth and self.path != IN_MEMORY:
                # The transaction is the parent's: it must not even be closed here.
                _inherited.append(self._connection)
                self._connection, self._is_closed = None, True

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            if self._is_closed:
                raise sqlite3.ProgrammingError("The records are closed.")
            self._connection = connect(self.path)
        return self._connection

    def _run(self, statement: str, *values: object) -> sqlite3.Cursor:
        with self._lock:
            connection = self._opened()
            return patiently(lambda: connection.execute(statement, values))

    def _documents(self, statement: str, *values: object) -> Iterator[Document]:
        """None for values that no document can have."""
        if not all(isinstance(each, SCALARS) for each in values):
            return iter(())
        try:
            with self._lock:
                rows = self._run(statement, *values).fetchall()
        except (OverflowError, UnicodeError):
            return iter(())
        return (json.loads(text) for (text,) in rows)


def statements(level: int) -> tuple[str, str, tuple[str, ...]]:
    """How a transaction starts, is kept and is undone."""
    if level == 0:
        return "BEGIN IMMEDIATE", "COMMIT", ("ROLLBACK",)
    keep = f"RELEASE s{level}"
    return f"SAVEPOINT s{level}", keep, (f"ROLLBACK TO s{level}", keep)
