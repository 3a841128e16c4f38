"""A Clerk instance as this process knows it: options, keys, remembered tokens."""

import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from typing import Any, Protocol, Self

from clerk_wsgi.core.authenticate import authenticate
from clerk_wsgi.core.errors import ConfigurationError
from clerk_wsgi.core.options import Options
from clerk_wsgi.core.ports import Ports, Renewal
from clerk_wsgi.core.request import RequestView
from clerk_wsgi.core.state import SESSION_TOKEN, RequestState, SignedOut
from clerk_wsgi.core.verification import VerificationKey
from clerk_wsgi.machine_memory import MachineMemory
from clerk_wsgi.memory import TokenMemory

BACKENDS = "clerk_wsgi.backends"

log = logging.getLogger("clerk_wsgi")


class Backend(Protocol):
    """Where keys come from. It finds them and judges nothing.

    A class named by `CLERK_BACKEND` also has `from_options(options)`, a class method.
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

    `request_data` are the request's own keys, sealed, where options depend on it.
    """

    def __init__(
        self,
        options: Options,
        backend: Backend,
        *,
        api: Api | None = None,
        clock: Callable[[], float] = epoch_ms,
    ) -> None:
        self.options = options
        self.backend = backend
        self.api = api
        self.request_data: str | None = None
        self.on_arrival = Ports(
            now=clock,
            find_key=backend.find_key,
            remembered=TokenMemory(),
            warn=warn_once,
            renew=api.renew if api else None,
            exchange_nonce=api.exchange_nonce if api else None,
        )
        self.when_asked = self.on_arrival._replace(
            verify_machine_token=(
                MachineMemory(api.verify_machine_token, clock) if api else None
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
    ) -> Self:
        """An instance with the backend of that name. Raises ConfigurationError."""
        name = backend or os.environ.get("CLERK_BACKEND") or default_backend(options)
        found = load(name).from_options(options) if isinstance(name, str) else name
        if not callable(getattr(found, "find_key", None)):
            raise ConfigurationError(
                f"The option backend must have a find_key method; {found!r} has none."
            )
        if api is None and options.secret_key:
            api = load("api").from_options(options)
        return cls(options, found, api=api, clock=clock)

    def authenticate(self, request: RequestView) -> RequestState:
        """The state on arrival: no machine token costs a call unasked."""
        return authenticate(request, self.options, self.on_arrival, "any")

    def authenticate_later(
        self, request: RequestView, state: SignedOut
    ) -> RequestState:
        """The state of a request whose opaque token somebody wants to know about now.

        Without a secret key nobody can, and it stays what it was.
        """
        if self.api is None or state.token_type is None:
            return state
        return self.authenticate_as(request, state.token_type)

    def authenticate_as(
        self, request: RequestView, accepts_token: str | Sequence[str] = SESSION_TOKEN
    ) -> RequestState:
        return authenticate(request, self.options, self.when_asked, accepts_token)


def default_backend(options: Options) -> str:
    return "pem" if options.jwt_key else "jwks"


def load(name: str) -> Any:
    """The backend class of that name: an entry point, or `package.module:Class`."""
    if ":" in name:
        return load_class(name)
    from importlib.metadata import entry_points  # slow to import, and needed once

    for found in entry_points(group=BACKENDS, name=name):
        return found.load()
    known = ", ".join(sorted({each.name for each in entry_points(group=BACKENDS)}))
    raise ConfigurationError(
        f"No backend is called {name!r} (option backend or variable CLERK_BACKEND). "
        f"There are: {known}, or name a class as package.module:Class."
    )


def load_class(name: str) -> Any:
    module, _, attribute = name.partition(":")
    try:
        return getattr(import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigurationError(
            f"The backend {name!r} (option backend or variable CLERK_BACKEND) cannot "
            f"be imported: {error}."
        ) from error
