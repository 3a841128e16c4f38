"""The shared store, as everything else sees it."""

from collections.abc import Callable, Iterable
from typing import Protocol


class Entries(tuple[bytes, ...]):
    """What a feed holds, and `mark`: another one than before, and entries were lost.

    Whoever sees a new mark appends what it knows once more; the first mark that it
    sees says nothing. Equal entries that end in the same second are kept once.
    """

    mark: str

    def __new__(cls, entries: Iterable[bytes] = (), mark: str = "") -> "Entries":
        new = super().__new__(cls, entries)
        new.mark = mark
        return new


class Store(Protocol):
    """Values that several processes share for a while; never the last word on anything.

    `name` and `feed` are any text; the store hashes them. Reading and writing values
    never raises: a store in trouble knows nothing and keeps nothing.
    """

    def read(self, name: str) -> bytes | None:
        """The value, if it is there, is ours and is still good."""

    def write(self, name: str, value: bytes, seconds: float) -> None: ...

    def forget(self, name: str) -> None: ...

    def append(self, feed: str, entry: bytes, seconds: float) -> None:
        """Keep an entry and tell all who listen. Raises StoreUnavailable.

        ValueError says that it has more than 4 KiB.
        """

    def entries(self, feed: str) -> Entries:
        """The entries that are not over, in any order. Raises StoreUnavailable."""

    def listen(self, feed: str, told: Callable[[], object]) -> Callable[[], None]:
        """Call `told` in a thread: at once, whenever the feed may have changed, and
        about once a second in any case, also while the store is away. Where it gives
        False it could not read, and had better be called again sooner.

        Gives the function that ends it. A forked child listens by itself.
        """
