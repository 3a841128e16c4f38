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

from clerk_wsgi.backends.forks import renew_after_fork
from clerk_wsgi.core.errors import ConfigurationError

Document = dict[str, Any]

IN_MEMORY = ":memory:"
BUSY_SECONDS = 10
SOUGHT = ("user_id", "client_id", "organization_id", "slug", "_token")
TABLE = """
CREATE TABLE IF NOT EXISTS records (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    document TEXT NOT NULL,
    ends_at REAL,
    UNIQUE (kind, id)
)
"""
INDEX = (
    "CREATE INDEX IF NOT EXISTS by_{0} ON records (kind, json_extract(document, '$.{0}'))"
    " WHERE json_extract(document, '$.{0}') IS NOT NULL"
)
ENDING = (
    "CREATE INDEX IF NOT EXISTS by_end ON records (ends_at) WHERE ends_at IS NOT NULL"
)
KEEP = """
INSERT INTO records (kind, id, document, ends_at) VALUES (?, ?, ?, ?)
ON CONFLICT (kind, id) DO UPDATE
SET document = excluded.document, ends_at = excluded.ends_at
"""


class Records:
    """Thread-safe, and with a file safe among processes.

    What happens within `changing()` happens whole or not at all, also when the process
    is killed. Raises ConfigurationError for a file that cannot be used.
    """

    def __init__(self, path: str = IN_MEMORY) -> None:
        self.path = path
        self.renew()
        if path != IN_MEMORY:
            renew_after_fork(self)

    def renew(self) -> None:
        """A connection must not be used in a forked child."""
        self._lock = RLock()
        self._depth = 0
        try:
            self._connection = self._connected()
        except sqlite3.Error as error:
            raise ConfigurationError(
                f"The data file {self.path!r} cannot be used: {error}."
            ) from None

    def _connected(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        for statement in (TABLE, ENDING, *map(INDEX.format, SOUGHT)):
            connection.execute(statement)
        return connection

    @contextmanager
    def changing(self) -> Iterator[None]:
        """All or nothing; one within another belongs to the outer."""
        with self._lock:
            if self._depth:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            self._depth = 1
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            else:
                self._connection.execute("COMMIT")
            finally:
                self._depth = 0

    def get(self, kind: str, identity: str) -> Document | None:
        sought = "SELECT document FROM records WHERE kind = ? AND id = ?"
        return next(self._documents(sought, kind, identity), None)

    def find(self, kind: str, **members: object) -> list[Document]:
        """Those whose members have these values, oldest first."""
        where = "".join(
            f" AND json_extract(document, '$.{name}') = ?" for name in members
        )
        sought = f"SELECT document FROM records WHERE kind = ?{where} ORDER BY number"
        return list(self._documents(sought, kind, *members.values()))

    def keep(
        self, kind: str, document: Mapping[str, Any], ends_at: float | None = None
    ) -> None:
        """New or in place of the one with its id; gone after `ends_at` (seconds)."""
        text = json.dumps(document)
        with self._lock:
            self._connection.execute(KEEP, (kind, document["id"], text, ends_at))

    def drop(self, kind: str, identity: str) -> bool:
        """Was it there?"""
        statement = "DELETE FROM records WHERE kind = ? AND id = ?"
        with self._lock:
            return self._connection.execute(statement, (kind, identity)).rowcount > 0

    def drop_all_but(self, kinds: Sequence[str]) -> None:
        places = ", ".join("?" for _ in kinds)
        statement = f"DELETE FROM records WHERE kind NOT IN ({places})"
        with self._lock:
            self._connection.execute(statement, kinds)

    def drop_ended(self, now: float) -> None:
        with self._lock:
            self._connection.execute("DELETE FROM records WHERE ends_at < ?", (now,))

    def count(self, kind: str) -> int:
        statement = "SELECT COUNT(*) FROM records WHERE kind = ?"
        with self._lock:
            return int(self._connection.execute(statement, (kind,)).fetchone()[0])

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _documents(self, statement: str, *values: object) -> Iterator[Document]:
        with self._lock:
            rows = self._connection.execute(statement, values).fetchall()
        return (json.loads(text) for (text,) in rows)
