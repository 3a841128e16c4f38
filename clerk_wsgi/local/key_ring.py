"""The keys that sign: one signs, those before it are still handed out until retired."""

from collections.abc import Iterable
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
    """Clerk names a key after its instance; a second one gets a number."""

    def __init__(
        self, state: State, name: str, private_key: RSAPrivateKey | None = None
    ) -> None:
        self._state = state
        self._name = name
        self._opened: dict[str, SigningKey] = {}
        with state.changing():
            if not state.records.count("signing_key"):
                self._add(private_key)

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
            return self._add(private_key)

    def retire(self, kid: str) -> None:
        """The key is handed out no longer: its tokens are good nowhere."""
        with self._state.changing():
            self._state.records.drop("signing_key", kid)
            if not self._state.records.count("signing_key"):
                self._add(None)

    def _add(self, private_key: RSAPrivateKey | None) -> SigningKey:
        key = SigningKey(self._free_name(self.all), private_key)
        self._opened[key.kid] = key
        self._state.records.keep("signing_key", {"id": key.kid, "_pem": pem_of(key)})
        return key

    def _free_name(self, known: Iterable[SigningKey]) -> str:
        taken = {each.kid for each in known}
        return self._name if not taken else f"{self._name}_{self._state.ids.new('key')}"

    def _open(self, record: Document) -> SigningKey:
        kid = record["id"]
        if kid not in self._opened:
            private_key = load_pem_private_key(record["_pem"].encode(), None)
            assert isinstance(private_key, RSAPrivateKey)
            self._opened[kid] = SigningKey(kid, private_key)
        return self._opened[kid]


def pem_of(key: SigningKey) -> str:
    return key.private_key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    ).decode()
