"""What can be done to a running instance besides Clerk's own APIs: a bad day, another
time, other keys; and what it has sent. All of it needs the secret key.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, TypeVar

from clerk_wsgi.core.errors import ConfigurationError
from clerk_wsgi.core.strict_json import read_object
from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.bapi_calls import Asked, Call, Part, wrong_body
from clerk_wsgi.local.clock import Clock
from clerk_wsgi.local.faults import Faults, is_number
from clerk_wsgi.local.issuing import Issuer
from clerk_wsgi.local.minting import minted
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.webhook_sender import WebhookSender

Found = TypeVar("Found")

CONTROL = "/v1/local/"
TEXTS = ("user", "organization", "template", "origin")
YEARS_3000 = 32_503_680_000
"""Epoch seconds; dates of tokens are far from what any library refuses."""


class ControlApi(Part):
    def __init__(
        self, issuer: Issuer, clock: Clock, faults: Faults, sender: WebhookSender
    ) -> None:
        super().__init__(issuer)
        self.clock = clock
        self.faults = faults
        self.sender = sender
        self.webhooks = sender.webhooks

    def calls(self) -> Mapping[str, Call]:
        return {
            "GET /v1/local/faults": self.list_faults,
            "POST /v1/local/faults": self.add_fault,
            "DELETE /v1/local/faults": self.clear_faults,
            "DELETE /v1/local/faults/<identity>": self.remove_fault,
            "GET /v1/local/clock": self.tell_time,
            "POST /v1/local/clock": self.set_clock,
            "DELETE /v1/local/clock": self.resume_clock,
            "GET /v1/local/keys": self.list_keys,
            "POST /v1/local/keys/rotate": self.rotate_keys,
            "DELETE /v1/local/keys/<kid>": self.retire_key,
            "GET /v1/local/messages": self.list_messages,
            "POST /v1/local/messages/<identity>/resend": self.resend_message,
            "POST /v1/local/tokens": self.mint_token,
        }

    def list_faults(self, asked: Asked) -> object:
        return listed([asdict(each) for each in self.faults.all])

    def add_fault(self, asked: Asked) -> object:
        given = body_of(asked)
        return asdict(possible(lambda: self.faults.add(**given)))

    def clear_faults(self, asked: Asked) -> object:
        self.faults.clear()
        return self.list_faults(asked)

    def remove_fault(self, asked: Asked, identity: str) -> object:
        if not self.faults.remove(identity):
            raise ApiError(404, "resource_not_found", f"No fault is {identity!r}.")
        return {"id": identity, "deleted": True}

    def tell_time(self, asked: Asked) -> object:
        return {"object": "clock", "now": self.clock() / 1000}

    def set_clock(self, asked: Asked) -> object:
        """`freeze` is epoch seconds, or true for now; `shift` is seconds."""
        given = body_of(asked)
        if not given or set(given) - {"freeze", "shift"}:
            raise unusable("A clock takes freeze, shift, or both.")
        freeze, shift = given.get("freeze", True), given.get("shift", 0)
        if not (freeze is True or is_time(freeze)) or not is_time(shift):
            raise unusable("A clock takes seconds, and freeze also true.")
        if "freeze" in given:
            self.clock.freeze(None if freeze is True else freeze)
        self.clock.shift(shift)
        return self.tell_time(asked)

    def resume_clock(self, asked: Asked) -> object:
        self.clock.resume()
        return self.tell_time(asked)

    def list_keys(self, asked: Asked) -> object:
        """The last one signs."""
        return listed([{"object": "key", "kid": e.kid} for e in self.issuer.keys.all])

    def rotate_keys(self, asked: Asked) -> object:
        return {"object": "key", "kid": self.issuer.keys.rotate().kid}

    def retire_key(self, asked: Asked, kid: str) -> object:
        self.issuer.keys.retire(kid)
        return self.list_keys(asked)

    def list_messages(self, asked: Asked) -> object:
        found = self.webhooks.messages
        return {**asked.page(found[::-1]), "url": self.webhooks.url}

    def resend_message(self, asked: Asked, identity: str) -> object:
        message = self.webhooks.resend(identity)
        self.sender.start()
        return message

    def mint_token(self, asked: Asked) -> object:
        """See `minted`; `user` is required."""
        given = dict(body_of(asked))
        texts = {name: given.pop(name, None) or "" for name in TEXTS}
        claims, lifetime = given.pop("claims", None), given.pop("lifetime", None)
        if given or not all(isinstance(each, str) for each in texts.values()):
            raise unusable(f"A token takes claims, lifetime, {', '.join(TEXTS)}.")
        if not isinstance(claims, dict | None) or type(lifetime) not in (int, NONE):
            raise unusable("A token's claims are an object, its lifetime seconds.")
        who = texts.pop("user")
        token = minted(self.issuer, who, claims=claims, lifetime=lifetime, **texts)
        return {"object": "token", "jwt": token}


NONE = type(None)


def body_of(asked: Asked) -> dict[str, Any]:
    """The JSON object, whatever its type is said to be: curl says that it is a form."""
    try:
        return read_object(asked.request.get_data() or b"{}")
    except ValueError:
        raise wrong_body() from None


def listed(found: list[Document]) -> Document:
    return {"data": found, "total_count": len(found)}


def possible(do: Callable[[], Found]) -> Found:
    try:
        return do()
    except ConfigurationError as error:
        raise unusable(str(error)) from None


def unusable(said: str) -> ApiError:
    return ApiError(422, "form_param_value_invalid", said)


def is_time(value: Any) -> bool:
    return is_number(value) and abs(value) < YEARS_3000
