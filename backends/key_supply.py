"""The keys at hand, and how others come: one fetch at a time, whoever asked for it."""

from collections.abc import Callable
from threading import Lock

from clerk_wsgi.backends.fetch_limits import FORCED_SECONDS, FetchLimits
from clerk_wsgi.backends.health import KeyHealth
from clerk_wsgi.backends.key_events import Listener
from clerk_wsgi.backends.key_refresh import Flight
from clerk_wsgi.backends.key_sharing import SharedKeys
from clerk_wsgi.backends.key_snapshot import KeySnapshot
from clerk_wsgi.backends.key_source import KeyDocument, KeySource, nobody_can_tell
from clerk_wsgi.core.errors import KeyNotFound, KeysUnavailable
from clerk_wsgi.core.events import Event, KeysFetched, OutageEnded, OutageStarted
from clerk_wsgi.core.verification import VerificationKey

REFRESH_AT = 0.8


class KeySupply:
    """A key set, replaced whole by newer ones and never by what is no set.

    `clock` gives seconds and never goes back; `jitter` a factor for every pause.
    """

    def __init__(
        self,
        source: KeySource,
        clock: Callable[[], float],
        jitter: Callable[[], float],
    ) -> None:
        self._source = source
        self._clock = clock
        self._jitter = jitter
        self._snapshot = KeySnapshot()
        self.listener = Listener()
        self.shared: SharedKeys | None = None
        self.renew()

    def renew(self) -> None:
        """Keys are a forked child's too; locks, and a fetch under way, are not."""
        self._lock = Lock()
        self._flight: Flight | None = None
        self._limits = FetchLimits(self._clock, self._jitter)
        self._looked_in_store = False
        self._next_fetch = self._refresh_at()

    @property
    def is_failing(self) -> bool:
        """Did the last fetch fail?"""
        return self._limits.is_failing

    def is_usable(self) -> bool:
        """Is there a set that is not too old?"""
        return self._snapshot.status(self._clock()) != "unavailable"

    def find_fresh(self, kid: str) -> VerificationKey | None:
        snapshot = self._snapshot
        is_fresh = self._clock() - snapshot.fetched_at < snapshot.seconds
        return snapshot.keys.get(kid) if is_fresh else None

    def find(self, kid: str) -> VerificationKey:
        """The key, a stale one where there is no other.

        Raises `KeyNotFound` if there is none, `KeysUnavailable` if nobody can tell.
        """
        with self._lock:
            status = self._snapshot.status(self._clock())
            key = self._snapshot.keys.get(kid)
            if key is not None and status != "unavailable":
                return key
            if status == "fresh" and not self.is_failing:
                raise KeyNotFound("Clerk's key set has no such key.")
            raise self._limits.unavailable()

    def held(self, kid: str) -> VerificationKey | None:
        """The key of that name that is at hand, perhaps a stale one."""
        return self._snapshot.keys.get(kid) if self.is_usable() else None

    def unavailable(self) -> KeysUnavailable:
        """Says that nobody can tell now, to be raised."""
        with self._lock:
            return self._limits.unavailable()

    def health(self) -> KeyHealth:
        with self._lock:
            now, snapshot = self._clock(), self._snapshot
            return KeyHealth(
                status=snapshot.status(now),
                keys=len(snapshot.keys) if now < snapshot.usable_until else 0,
                age=now - snapshot.fetched_at if snapshot.keys else None,
                seconds_left=max(snapshot.usable_until - now, 0),
                next_try=max(self._next_fetch - now, 0),
                last_error=self._limits.last_error(),
            )

    def join(
        self, kid: str, than: VerificationKey | None = None
    ) -> tuple[Flight | None, bool]:
        """The fetch to wait for, if there is one, and whether it is new: then the
        caller sees to it that somebody does it.

        `than` is the key of that name that is known and will not do.
        """
        with self._lock:
            flight = self._under_way()
            if flight is None and self._may_fetch(kid, than):
                self._flight = Flight(self._clock())
                return self._flight, True
            return flight, False

    def tend(self) -> float:
        """Fetch if somebody asked for it, or if it is time; the seconds until it is."""
        with self._lock:
            flight = self._under_way()
            if flight is None and self._clock() >= self._next_fetch:
                flight = self._flight = Flight(self._clock())
        if flight:
            self.fetch(flight)
        return self._next_fetch - self._clock()

    def fetch(self, flight: Flight) -> None:
        """Do that fetch, unless somebody does it already."""
        with self._lock:
            if not flight.take():
                return
        started, came = self._clock(), None
        events: list[Event] = []
        try:
            came = self._source.fetch()
            events = self._succeeded(came, started)
        except Exception as error:
            events = self._failed(error, started)
        finally:
            self._land(flight)
        if came and self.shared:
            self.shared.write(came, self._clock() - started)
        self.listener.tell(*events)

    def remember_unknown(self, kid: str, flight: Flight) -> None:
        """Nobody needs to ask for that name again soon, if that fetch brought none."""
        with self._lock:
            came = flight.landed.is_set() and not self.is_failing
            if came and kid not in self._snapshot.keys:
                self._limits.remember_unknown(kid)

    def look_in_store(self) -> None:
        """Where no keys came yet: take those that another process stored, if any."""
        if self.shared and not self._snapshot.keys:
            with self._lock:
                looked, self._looked_in_store = self._looked_in_store, True
            if not looked:
                self._adopt()

    def _adopt(self) -> None:
        stored = self.shared.read(self._clock()) if self.shared else None
        if stored:
            with self._lock:
                self._snapshot = self._snapshot.followed_by(stored)

    def _under_way(self) -> Flight | None:
        flight = self._flight
        return None if flight is None or flight.is_lost(self._clock()) else flight

    def _may_fetch(self, kid: str, than: VerificationKey | None) -> bool:
        """May it be, for a name that is unknown or that another key may have?

        Clerk, heard a moment ago, is believed as to who has which name. So signatures,
        which cost nothing to forge, leave a fetch for names that are new.
        """
        snapshot, now = self._snapshot, self._clock()
        if snapshot.status(now) != "fresh":
            return self._limits.may_fetch()
        if snapshot.keys.get(kid) != than:
            return False
        if than and now - snapshot.fetched_at < FORCED_SECONDS:
            return False
        return self._limits.may_fetch(unknown=kid)

    def _refresh_at(self) -> float:
        """Ahead of need: when four fifths of the time are over, more or less."""
        return (
            self._snapshot.fetched_at
            + self._snapshot.seconds * REFRESH_AT * self._jitter()
        )

    def _succeeded(self, came: KeyDocument, started: float) -> list[Event]:
        with self._lock:
            fetched = KeySnapshot(came.keys, started, came.seconds)
            self._snapshot = self._snapshot.followed_by(fetched)
            self._next_fetch = self._refresh_at()
            outage = self._limits.succeeded()
        events: list[Event] = [KeysFetched(self._clock() - started, len(came.keys))]
        return events if outage is None else [*events, OutageEnded("keys", outage)]

    def _failed(self, error: Exception, started: float) -> list[Event]:
        """What is no answer of Clerk's is one of ours, and an outage all the same."""
        failure = error if isinstance(error, KeysUnavailable) else nobody_can_tell()
        failure.__cause__ = failure.__cause__ or error
        with self._lock:
            if started < self._snapshot.fetched_at:
                return []  # somebody else was luckier since
            is_first = self._limits.failed(failure)
            self._next_fetch = self._limits.next_try
        self._adopt()
        left = max(self._snapshot.usable_until - self._clock(), 0)
        return [OutageStarted("keys", failure.reason, left)] if is_first else []

    def _land(self, flight: Flight) -> None:
        with self._lock:
            if self._flight is flight:
                self._flight = None
        flight.landed.set()
