"""Names for new things, and secrets that nobody can guess."""

import random
import secrets
from base64 import b64encode

LETTERS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
LENGTH = 27
SECRETS = random.SystemRandom()


class Ids:
    """Ids in Clerk's form. With a `seed` they are the same in each run; secrets never
    are, so that a seed lets nobody in.
    """

    def __init__(self, seed: int | str | None = None) -> None:
        self._dice = random.SystemRandom() if seed is None else random.Random(seed)

    def new(self, prefix: str) -> str:
        return f"{prefix}_{''.join(self._dice.choices(LETTERS, k=LENGTH))}"

    def secret(self, prefix: str = "") -> str:
        """32 letters and digits of which each is random."""
        text = "".join(SECRETS.choices(LETTERS, k=32))
        return f"{prefix}_{text}" if prefix else text

    def webhook_secret(self) -> str:
        return f"whsec_{b64encode(secrets.token_bytes(24)).decode()}"
