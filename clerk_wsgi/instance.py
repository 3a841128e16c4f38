"""A Clerk instance as this process knows it: options, keys, remembered tokens."""

import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any, Protocol, Self

from clerk_wsgi.core.authenticate import authenticate
from clerk_wsgi.core.errors import ConfigurationError
from clerk_wsgi.core.events import Emit, ignore
from clerk_wsgi.core.options import Options
from clerk_wsgi.core.ports import NothingRevoked, Ports, Renewal
from clerk_wsgi.core.request import RequestView
from clerk_wsgi.core.state import SESSION_TOKEN, RequestState, SignedOut
from clerk_wsgi.core.stores import Store
from clerk_wsgi.core.verification import VerificationKey
from clerk_wsgi.hooks import harmless as harmless
from clerk_wsgi.loading import default_backend, introduce, made
from clerk_wsgi.loading import load as load
from clerk_wsgi.machine_memory import MachineMemory
from clerk_wsgi.memory import TokenMemory
from clerk_wsgi.mishaps import RETRY_SECONDS, tell
from clerk_wsgi.revocations import Revocations
from clerk_wsgi.shared_memory import SharedUsers
from clerk_wsgi.stores import OWN_STORE, open_store

log = logging.getLogger("clerk_wsgi")


class Backend(Protocol):
    """Where keys come from. It finds them and judges nothing.

    A class named by `CLERK_BACKEND` also has `from_options(options)`, a class method.
    One that has `listen(emit)` is told whom to tell of events, one that has
    `share(store)` where it may keep what other processes need, too. One that has
    `find_other_key(kid, than)` (see `core.ports`) is asked that where the signature
    of a token is not that key's.
    """

    def find_key(self, kid: str | None) -> VerificationKey:
        """Raises KeyNotFound or KeysUnavailable, and nothing else."""


class Api(Protocol):
    """The calls of Clerk's Backend API that authentication needs."""

    def renew(self, renewal: Renewal) -> Sequence[str]: ...

    def exchange_nonce(self, nonce: str) -> Sequence[str]: ...

    def verify_machine_token(self, token_type: str, text: str) -> Mapping[str, Any]: ...


def epoch_ms() -> float:
    return time.time() * 1000


@lru_cache(256)
def warn_once(message: str) -> None:
    """The same thing may be wrong with every request: once is enough."""
    log.warning("%s", message)


class Instance:
    """Judges requests for one Clerk instance; shares nothing with another.

    `request_data` are the request's own keys, sealed, where options depend on it;
    `revocations` is None where nobody wants to know, `users` where no other process
    shares them.
    """

    def __init__(
        self,
        options: Options,
        backend: Backend,
        *,
        api: Api | None = None,
        clock: Callable[[], float] = epoch_ms,
        revocations: Revocations | None = None,
        store: Store | None = None,
        emit: Emit = ignore,
    ) -> None:
        self.options = options
        self.backend = backend
        self.api = api
        self.clock = clock
        self.revocations = revocations
        self.users = SharedUsers(store) if store else None
        self.emit = emit
        self.request_data: str | None = None
        self.on_arrival = Ports(
            now=clock,
            find_key=backend.find_key,
            remembered=TokenMemory(),
            warn=warn_once,
            revocations=revocations or NothingRevoked(),
            report=partial(tell, where="keys", emit=emit),
            find_other_key=getattr(backend, "find_other_key", None),
            renew=api.renew if api else None,
            exchange_nonce=api.exchange_nonce if api else None,
        )
        self.when_asked = self.on_arrival._replace(
            verify_machine_token=(
                MachineMemory(api.verify_machine_token, clock, store) if api else None
            ),
        )

    @classmethod
    def load(
        cls,
        options: Options,
        backend: Backend | str | None = None,
        *,
        api: Api | None = None,
        clock: Callable[[], float] = epoch_ms,
        store: Store | None = None,
        on_event: Emit | None = None,
    ) -> Self:
        """An instance with the backend of that name. Raises ConfigurationError.

        `store` stands in for the one at the option `store_url`.
        """
        name = backend or os.environ.get("CLERK_BACKEND") or default_backend(options)
        found = made(name, options) if isinstance(name, str) else name
        if not callable(getattr(found, "find_key", None)):
            raise ConfigurationError(
                f"The option backend must have a find_key method; {found!r} has none."
            )
        if api is None and options.secret_key:
            api = load("api").from_options(options)
        emit = harmless(on_event)
        is_shared = store is not None or options.store_url != OWN_STORE
        store = store or open_store(options, emit)
        shared = store if is_shared else None
        introduce(found, shared, emit)
        return cls(
            options,
            found,
            api=api,
            clock=clock,
            revocations=follower(options, store, clock, emit),
            store=shared,
            emit=emit,
        )

    def authenticate(self, request: RequestView) -> RequestState:
        """The state on arrival: no machine token costs a call unasked."""
        return authenticate(request, self.options, self.on_arrival, "any")

    def authenticate_later(
        self, request: RequestView, state: SignedOut
    ) -> RequestState:
        """The state of a request whose opaque token somebody wants to know about now.

        Without a secret key nobody can, and it stays what it was. Called from within
        the application, so what nobody expected leaves its bearer unknown here.
        """
        if self.api is None or state.token_type is None:
            return state
        try:
            return self.authenticate_as(request, state.token_type)
        except Exception as error:
            tell(error, "machine-token", self.emit)
            return replace(state, reason="unexpected-error", retry_after=RETRY_SECONDS)

    def authenticate_as(
        self, request: RequestView, accepts_token: str | Sequence[str] = SESSION_TOKEN
    ) -> RequestState:
        return authenticate(request, self.options, self.when_asked, accepts_token)


def follower(
    options: Options, store: Store, clock: Callable[[], float], emit: Emit
) -> Revocations | None:
    if options.revocation == "off":
        return None
    return Revocations(
        store,
        is_required=options.revocation == "required",
        max_age=options.revocation_max_age_in_ms / 1000,
        clock=clock,
        emit=emit,
    )
