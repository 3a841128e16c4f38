"""Clerk's keys over the network: fetched seldom, kept when Clerk is down.

What bounds the fetches, whatever tokens come in:

- a set is fresh for five minutes, and its successor replaces it whole;
- an unknown name may cause a fetch twice in thirty seconds, and is remembered;
- after a failure the next fetch waits 1, 2, 4 ... 30 seconds, whoever asks;
- one fetch runs at a time. Who has a key of the last hour does not wait for it.
"""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Protocol, Self

from clerk_wsgi.backends.fetch_limits import FetchLimits
from clerk_wsgi.backends.forks import renew_after_fork
from clerk_wsgi.backends.http import HttpClient, Transport
from clerk_wsgi.backends.key_source import KeySource
from clerk_wsgi.core.errors import KeyNotFound, KeysUnavailable
from clerk_wsgi.core.verification import VerificationKey

FRESH_SECONDS = 300
STALE_SECONDS = 3600
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


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A key set and when it came, in seconds of the backend's clock."""

    keys: Mapping[str, VerificationKey] = field(default_factory=dict)
    fetched_at: float = -math.inf


class JwksBackend:
    """Finds keys by their names in the key set that Clerk hands out.

    `clock` gives seconds and never goes back, `transport` sends the requests, and
    `patience` is how many seconds to wait for a fetch that another thread began.
    """

    def __init__(
        self,
        api_url: str,
        api_version: str,
        secret_key: str | None,
        *,
        clock: Clock = time.monotonic,
        transport: Transport | None = None,
        patience: float = WAIT_SECONDS,
    ) -> None:
        transport = transport or HttpClient().send
        self._source = KeySource(api_url, api_version, secret_key, transport)
        self._clock = clock
        self._patience = patience
        self._snapshot = Snapshot()
        self._limits = FetchLimits(clock)
        self.renew()
        renew_after_fork(self)

    @classmethod
    def from_options(cls, options: JwksOptions) -> Self:
        return cls(options.api_url, options.api_version, options.secret_key)

    def renew(self) -> None:
        """Keys are a forked child's too; locks, and a fetch under way, are not."""
        self._lock = Lock()
        self._flight: Event | None = None

    def find_key(self, kid: str | None) -> VerificationKey:
        """The key of that name.

        Raises `KeyNotFound` if there is none, `KeysUnavailable` if nobody can tell.
        """
        if not kid:
            raise KeyNotFound("A token that names no key fits none.")
        key, age = self._look_up(kid)
        if key and age < FRESH_SECONDS:
            return key
        self._refresh(kid, wait=not key)
        key, age = self._look_up(kid)
        if key:
            return key
        with self._lock:
            if age < FRESH_SECONDS and not self._limits.is_failing:
                raise KeyNotFound("Clerk's key set has no such key.")
            raise self._limits.unavailable()

    def _look_up(self, kid: str) -> tuple[VerificationKey | None, float]:
        """The key, unless it is too old, and the age of the set in seconds."""
        snapshot = self._snapshot
        age = self._clock() - snapshot.fetched_at
        usable = age < FRESH_SECONDS + STALE_SECONDS
        return snapshot.keys.get(kid) if usable else None, age

    def _refresh(self, kid: str, *, wait: bool) -> None:
        """Fetch the set, unless that is going on already or must not be now."""
        with self._lock:
            flight = self._flight
            leads = flight is None and self._may_fetch(kid)
            if leads:
                flight = self._flight = Event()
        if flight and leads:
            self._fetch(kid, flight)
        elif flight and wait:
            flight.wait(self._patience)

    def _may_fetch(self, kid: str) -> bool:
        key, age = self._look_up(kid)
        if age >= FRESH_SECONDS:
            return self._limits.may_fetch()
        return not key and self._limits.may_fetch(unknown=kid)

    def _fetch(self, kid: str, flight: Event) -> None:
        started = self._clock()
        try:
            keys = self._source.fetch()
            with self._lock:
                self._snapshot = Snapshot(keys, started)
                self._limits.succeeded()
                if kid not in keys:
                    self._limits.remember_unknown(kid)
        except KeysUnavailable as failure:
            with self._lock:
                self._limits.failed(failure)
        finally:
            self._flight = None
            flight.set()
