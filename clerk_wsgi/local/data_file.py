"""The file that a local instance keeps its state in: SQLite, and nobody else's.

It holds private keys, so only its owner may read it. Several processes may have it
open; who writes while another does waits for it.
"""

import os
import sqlite3
import time
from collections.abc import Callable
from secrets import SystemRandom
from typing import TypeVar

from clerk_wsgi.core.errors import ConfigurationError

Found = TypeVar("Found")

IN_MEMORY = ":memory:"
WAITING_SECONDS = 30
SQLITE_WAITS = 0.05
APPLICATION_ID = 0x636C6B77
NAMED_AT = 68
"""In the header of each file of ours: "clkw" (SQLite: database file format, 1.3)."""

LAYOUT = 1
SOUGHT = (
    *("user_id", "client_id", "organization_id", "slug", "_token", "_digest"),
    "_entry_id",
)
TABLE = """
CREATE TABLE records (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    document TEXT NOT NULL,
    ends_at REAL,
    UNIQUE (kind, id)
)
"""
INDEX = (
    "CREATE INDEX by_{0} ON records (kind, json_extract(document, '$.{0}'))"
    " WHERE json_extract(document, '$.{0}') IS NOT NULL"
)
ENDING = "CREATE INDEX by_end ON records (ends_at) WHERE ends_at IS NOT NULL"


def open_data_file(path: str) -> sqlite3.Connection:
    """A connection to the file, which is made or looked through.

    Raises ConfigurationError for one that is damaged, somebody else's or out of reach.
    """
    try:
        make_private(path)
        connection = connect(path)
        try:
            patiently(lambda: prepare(connection))
        except BaseException:
            connection.close()
            raise
    except (OSError, sqlite3.Error, ValueError) as error:
        said = getattr(error, "strerror", None) or error
        raise ConfigurationError(
            f"The data file {path!r} cannot be used: {said}."
        ) from None
    return connection


def make_private(path: str) -> None:
    """A file that is empty or ours, however it came to be there.

    What SQLite puts beside it gets the same mode.
    """
    if path == IN_MEMORY:
        return
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        name = os.pread(file, 4, NAMED_AT)
        if name in (b"", APPLICATION_ID.to_bytes(4)):
            os.fchmod(file, 0o600)
    finally:
        os.close(file)


def connect(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, timeout=SQLITE_WAITS, isolation_level=None, check_same_thread=False
    )
    # What is committed survives the end of the process, if not the machine's.
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def prepare(connection: sqlite3.Connection) -> None:
    """The tables in a new file. Raises ValueError for a file that is not ours."""
    if not is_empty(connection):
        require_own(connection)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("BEGIN IMMEDIATE")
    try:
        if is_empty(connection):
            for statement in (TABLE, ENDING, *map(INDEX.format, SOUGHT)):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {LAYOUT}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def is_empty(connection: sqlite3.Connection) -> bool:
    return number(connection, "SELECT COUNT(*) FROM sqlite_master") == 0


def require_own(connection: sqlite3.Connection) -> None:
    if number(connection, "PRAGMA application_id") != APPLICATION_ID:
        raise ValueError("it is another program's")
    if number(connection, "PRAGMA user_version") != LAYOUT:
        raise ValueError("another version of clerk-wsgi made it")
    [said] = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if said != "ok":
        raise ValueError("it is damaged")


def number(connection: sqlite3.Connection, statement: str) -> int:
    return int(connection.execute(statement).fetchone()[0])


def patiently(do: Callable[[], Found], seconds: float = WAITING_SECONDS) -> Found:
    """Do it again as long as another process is writing.

    SQLite itself waits longer from try to try, so that some never get their turn.
    """
    until = time.monotonic() + seconds
    while True:
        try:
            return do()
        except sqlite3.OperationalError as error:
            if not is_busy(error) or time.monotonic() > until:
                raise
        time.sleep(SystemRandom().uniform(0.001, 0.005))


def is_busy(error: sqlite3.OperationalError) -> bool:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
