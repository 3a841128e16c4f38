"""The keys that sign: one signs, those before it are still handed out until retired."""

from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from clerk_wsgi.local.records import Document
from clerk_wsgi.local.signing import SigningKey
from clerk_wsgi.local.state import State


class KeyRing:
    """Clerk names a key after its instance; a later one gets a name of its own, so that
    whoever remembers the first under its name is not wrong.

    A `private_key` that is handed in signs from the start, whatever is kept.
    """

    def __init__(
        self, state: State, name: str, private_key: RSAPrivateKey | None = None
    ) -> None:
        self._state = state
        self._name = name
        self._opened: dict[str, SigningKey] = {}  # by what is kept of them
        with state.changing():
            if not state.records.count("signing_key"):
                self._add(name, private_key)
            elif private_key and not is_same(private_key, self.current.private_key):
                self.rotate(private_key)

    @property
    def current(self) -> SigningKey:
        return self._open(self._state.records.find("signing_key")[-1])

    @property
    def all(self) -> list[SigningKey]:
        return [self._open(each) for each in self._state.records.find("signing_key")]

    @property
    def key_set(self) -> dict[str, Any]:
        """The JWKS document (RFC 7517, 5)."""
        return {"keys": [each.jwk for each in self.all]}

    def find(self, kid: object) -> SigningKey | None:
        return next((each for each in self.all if each.kid == kid), None)

    def rotate(self, private_key: RSAPrivateKey | None = None) -> SigningKey:
        """A new key signs from now on."""
        with self._state.changing():
            name = f"{self._name}_{self._state.ids.new('key')}"
            return self._add(name, private_key)

    def retire(self, kid: str) -> None:
        """The key is handed out no longer: its tokens are good nowhere.

        Another signs, a new one if it was the only one. Raises ApiError (404).
        """
        with self._state.changing():
            self._state.need("signing_key", kid)
            self._state.records.drop("signing_key", kid)
            if not self._state.records.count("signing_key"):
                self.rotate()

    def _add(self, kid: str, private_key: RSAPrivateKey | None) -> SigningKey:
        key = SigningKey(kid, private_key)
        pem = pem_of(key)
        self._opened[f"{kid}\n{pem}"] = key
        self._state.records.keep("signing_key", {"id": kid, "_pem": pem})
        return key

    def _open(self, record: Document) -> SigningKey:
        kid, pem = record["id"], record["_pem"]
        known = self._opened.get(f"{kid}\n{pem}")
        if known is None:
            private_key = load_pem_private_key(pem.encode(), None)
            assert isinstance(private_key, RSAPrivateKey)
            known = self._opened[f"{kid}\n{pem}"] = SigningKey(kid, private_key)
        return known


def pem_of(key: SigningKey) -> str:
    return key.private_key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    ).decode()


def is_same(one: RSAPrivateKey, other: RSAPrivateKey) -> bool:
    return one.private_numbers() == other.private_numbers()
