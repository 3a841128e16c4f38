"""Names for new things, and secrets that nobody can guess."""

import secrets
from base64 import b64encode
from collections import Counter
from collections.abc import Callable
from hashlib import sha256

LETTERS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
LENGTH, SECRET_LENGTH = 27, 32
RANDOM_BYTES = 32
"""More than the letters can tell, so that all of them are as likely."""


class Ids:
    """Ids in Clerk's form. With a `seed` they are the same in each run: the third user
    has the id of the third user, whatever else was made. Secrets never are, so that a
    seed lets nobody in.

    `next_number` counts for each prefix; who keeps things longer than this object lives
    hands it in.
    """

    def __init__(
        self,
        seed: int | str | None = None,
        next_number: Callable[[str], int] | None = None,
    ) -> None:
        self._seed = seed
        self._next_number = next_number or counting()

    def new(self, prefix: str) -> str:
        if self._seed is None:
            return f"{prefix}_{spelled(secrets.token_bytes(RANDOM_BYTES), LENGTH)}"
        number = self._next_number(prefix)
        told = sha256(f"{self._seed}:{prefix}:{number}".encode()).digest()
        return f"{prefix}_{spelled(told, LENGTH)}"

    def secret(self, prefix: str = "") -> str:
        """32 letters and digits of which each is random."""
        text = spelled(secrets.token_bytes(RANDOM_BYTES), SECRET_LENGTH)
        return f"{prefix}_{text}" if prefix else text

    def webhook_secret(self) -> str:
        return f"whsec_{b64encode(secrets.token_bytes(24)).decode()}"


def counting() -> Callable[[str], int]:
    numbers = Counter[str]()

    def next_number(name: str) -> int:
        numbers[name] += 1
        return numbers[name]

    return next_number


def spelled(raw: bytes, length: int) -> str:
    """The same letters for the same bytes, on every machine."""
    number = int.from_bytes(raw)
    letters = []
    for _ in range(length):
        number, place = divmod(number, len(LETTERS))
        letters.append(LETTERS[place])
    return "".join(letters)
