"""Clerk's keys over the network: fetched ahead of need, kept when Clerk is down.

What bounds the fetches and the waiting, whatever tokens come in:

- a set is fresh for five minutes, or as long as Clerk says; a thread in the background
  fetches its successor before that, which replaces it whole;
- an unknown name may cause a fetch twice in thirty seconds, and is remembered; so may
  a bad signature, where the keys are older than thirty seconds;
- after a failure the next fetch waits 1, 2, 4 ... 30 seconds, and no request waits;
- one fetch runs at a time. A request waits for it only where it has no key, or one
  that nobody looked after in time.
"""

import time
from collections.abc import Callable
from typing import Protocol, Self

from clerk_wsgi.backends.fetch_limits import about_one
from clerk_wsgi.backends.forks import renew_after_fork
from clerk_wsgi.backends.health import KeyHealth
from clerk_wsgi.backends.http import HttpClient, Transport
from clerk_wsgi.backends.key_events import Listener
from clerk_wsgi.backends.key_refresh import Flight, Keeper, Tended
from clerk_wsgi.backends.key_sharing import SharedKeys, scope
from clerk_wsgi.backends.key_source import KeySource
from clerk_wsgi.backends.key_supply import KeySupply
from clerk_wsgi.backends.pem import PemBackend
from clerk_wsgi.core.errors import KeyNotFound, KeysUnavailable
from clerk_wsgi.core.events import Emit
from clerk_wsgi.core.stores import Store
from clerk_wsgi.core.verification import VerificationKey

WAIT_SECONDS = 3

Clock = Callable[[], float]


class JwksOptions(Protocol):
    """What this backend reads of the options."""

    @property
    def api_url(self) -> str: ...
    @property
    def api_version(self) -> str: ...
    @property
    def secret_key(self) -> str | None: ...
    @property
    def jwt_key(self) -> str | None: ...


class JwksBackend:
    """Finds keys by their names in the key set that Clerk hands out.

    `pinned` is the PEM of a key that serves where no set can be had. `clock` gives
    seconds and never goes back, `now` epoch seconds; `transport` sends the requests;
    `patience` is how many seconds a request waits for a fetch at most; `jitter` gives
    a factor for every pause, and `keeper` makes what refreshes in the background.
    """

    def __init__(
        self,
        api_url: str,
        api_version: str,
        secret_key: str | None,
        *,
        pinned: str | None = None,
        clock: Clock = time.monotonic,
        now: Clock = time.time,
        transport: Transport | None = None,
        patience: float = WAIT_SECONDS,
        jitter: Callable[[], float] = about_one,
        keeper: Callable[[Tended, Clock], Keeper] = Keeper,
    ) -> None:
        transport = transport or HttpClient(keep_alive=False).send
        source = KeySource(api_url, api_version, secret_key, transport)
        self._supply = KeySupply(source, clock, jitter)
        self._scope = scope(api_url, api_version, secret_key or "")
        self._pinned = PemBackend(pinned) if pinned else None
        self._clock = clock
        self._now = now
        self._patience = patience
        self._make_keeper = keeper
        self._keeper = keeper(self._supply, clock)
        renew_after_fork(self)

    @classmethod
    def from_options(cls, options: JwksOptions) -> Self:
        return cls(
            options.api_url,
            options.api_version,
            options.secret_key,
            pinned=options.jwt_key,
        )

    def renew(self) -> None:
        """A forked child needs a keeper of its own, and may keep the keys."""
        self._supply.renew()
        self._keeper = self._make_keeper(self._supply, self._clock)

    def listen(self, emit: Emit) -> None:
        """Tell of every set that came, and of the start and the end of outages."""
        self._supply.listener = Listener(emit)

    def share(self, store: Store) -> None:
        """Put sets into that store, too, and look there before the first fetch."""
        self._supply.shared = SharedKeys(store, self._scope, self._now)

    def health(self) -> KeyHealth:
        """How the keys fare. Asking causes nothing."""
        return self._supply.health()

    def find_key(self, kid: str | None) -> VerificationKey:
        """The key of that name.

        Raises `KeyNotFound` if there is none, `KeysUnavailable` if nobody can tell.
        """
        if not kid:
            raise KeyNotFound("A token that names no key fits none.")
        key = self._supply.find_fresh(kid)
        if key is None:
            return self._find_further(kid)
        if not self._keeper.was_asked:
            self._keeper.is_at_work()
        return key

    def find_other_key(
        self, kid: str | None, than: VerificationKey
    ) -> VerificationKey | None:
        """Another key of that name than this one, by which a signature is bad.

        A new key may have got the old one's name. Clerk is asked about that, if it was
        not heard in the last thirty seconds. Whoever comes meanwhile is not kept: for
        them this raises `KeysUnavailable`.
        """
        if not kid:
            return None
        if self._supply.held(kid) == than:
            self._ask_about(kid, than)
        held = self._supply.held(kid)
        return None if held == than else held

    def _find_further(self, kid: str) -> VerificationKey:
        self._supply.look_in_store()
        self._refresh(kid)
        try:
            return self._supply.find(kid)
        except KeysUnavailable:
            if self._pinned and not self._supply.is_usable():
                return self._pinned.find_key(kid)
            raise

    def _refresh(self, kid: str) -> None:
        """Have the set fetched, unless that must not be now; wait where it helps."""
        supply, keeper = self._supply, self._keeper
        if supply.find_fresh(kid):  # from the store: the keeper brings one of our own
            keeper.is_at_work()
            return
        if supply.is_failing and keeper.is_at_work():
            return  # it goes on trying
        flight, leads = supply.join(kid)
        if flight and leads:
            self._see_to(flight)
            supply.remember_unknown(kid, flight)
        elif flight and self._is_worth_waiting(kid):
            flight.landed.wait(self._patience)

    def _ask_about(self, kid: str, than: VerificationKey) -> None:
        supply = self._supply
        if supply.is_failing and self._keeper.is_at_work():
            return  # it goes on trying
        flight, leads = supply.join(kid, than)
        if flight and leads:
            self._see_to(flight)
        elif flight:
            raise supply.unavailable()

    def _see_to(self, flight: Flight) -> None:
        if self._keeper.is_at_work():
            self._keeper.call()
        else:
            self._supply.fetch(flight)
        flight.landed.wait(self._patience)

    def _is_worth_waiting(self, kid: str) -> bool:
        return not (self._supply.is_failing or self._supply.held(kid))
