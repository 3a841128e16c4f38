"""The key set in a store that several processes share.

What comes from there is believed no more than an answer from the network: it is read
by the same rules, and it is as old as it says, so nothing lives longer by being stored.
"""

import json
from collections.abc import Callable, Mapping
from hashlib import sha256

from clerk_wsgi.backends.key_snapshot import (
    STALE_SECONDS,
    KeySnapshot,
    fresh_seconds,
)
from clerk_wsgi.backends.key_source import MAX_DEPTH, KeyDocument
from clerk_wsgi.backends.keys import read_key_set
from clerk_wsgi.core.stores import Store
from clerk_wsgi.core.strict_json import read_object

MAX_BYTES = 128 * 1024
CLOCKS_DIFFER = 60


class SharedKeys:
    """Reads and writes the entry of one Clerk instance; `now` gives epoch seconds."""

    def __init__(self, store: Store, name: str, now: Callable[[], float]) -> None:
        self._store = store
        self._name = name
        self._now = now

    def write(self, came: KeyDocument, age: float) -> None:
        """Keep a set that Clerk was asked for `age` seconds ago."""
        at = self._now() - age
        entry = {"at": at, "seconds": came.seconds, "document": came.document}
        value = json.dumps(entry).encode()
        self._store.write(self._name, value, came.seconds + STALE_SECONDS)

    def read(self, clock: float) -> KeySnapshot | None:
        """The set, as if it had been fetched at its time; `clock` is the backend's now.

        None if there is none, or none that can be read and has a time that can be.
        """
        value = self._store.read(self._name)
        if value is None or len(value) > MAX_BYTES:
            return None
        try:
            entry = read_object(value, max_depth=MAX_DEPTH + 1)
            keys = read_key_set(entry.get("document"))
            age, seconds = self._now() - number(entry, "at"), number(entry, "seconds")
        except (OverflowError, ValueError):
            return None
        if age < -CLOCKS_DIFFER:
            return None
        return KeySnapshot(keys, clock - max(age, 0), fresh_seconds(seconds))


def scope(api_url: str, api_version: str, secret_key: str) -> str:
    """The entry's name: only who knows the secret key finds it."""
    told = f"{api_url}|{api_version}|{secret_key}"
    return f"jwks:{sha256(told.encode()).hexdigest()}"


def number(entry: Mapping[str, object], name: str) -> float:
    value = entry.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{name} is no number.")
    return float(value)
