"""Names for new things, and secrets that nobody can guess."""

import random
import secrets
from base64 import b64encode
from collections.abc import Callable
from functools import partial

LETTERS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
LENGTH = 27


class Ids:
    """Ids in Clerk's form. With a `seed` they are the same in each run; secrets never
    are, so that a seed lets nobody in.
    """

    def __init__(self, seed: int | str | None = None) -> None:
        choose: Callable[[], str]
        if seed is None:
            choose = partial(secrets.choice, LETTERS)
        else:
            choose = partial(random.Random(seed).choice, LETTERS)
        self._choose = choose

    def new(self, prefix: str) -> str:
        return f"{prefix}_{''.join(self._choose() for _ in range(LENGTH))}"

    def secret(self, prefix: str = "") -> str:
        """32 letters and digits of which each is random."""
        text = "".join(secrets.choice(LETTERS) for _ in range(32))
        return f"{prefix}_{text}" if prefix else text

    def webhook_secret(self) -> str:
        return f"whsec_{b64encode(secrets.token_bytes(24)).decode()}"
