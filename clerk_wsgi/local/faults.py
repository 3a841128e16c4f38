"""A bad day on demand: late answers, refusals, nonsense, and connections that break."""

import errno
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from math import isfinite
from socket import SHUT_RDWR
from threading import Lock
from typing import Any, TypeGuard

from werkzeug.wrappers import Request, Response

from clerk_wsgi.core.errors import ConfigurationError
from clerk_wsgi.local.answers import ApiError, json_error

CODES = {
    429: ("too_many_requests", "Too many requests. Please try again in a bit."),
    500: ("internal_clerk_error", "Oops, an unexpected error occurred."),
    503: ("service_unavailable", "The service is unavailable."),
}
LONGEST_DELAY = 600
RETRY_AFTER = 1


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with the next `times` requests, with None until it is removed.

    `path` and `method` may have a `*` for anything. `delay` is seconds before anything
    else happens. `status` is answered as Clerk answers it, 429 with `retry_after`
    seconds; `body` is answered as it stands, with status 200 if there is none; `drop`
    closes the connection without an answer. With a delay alone the right answer comes
    late.
    """

    id: str
    path: str = "*"
    method: str = "*"
    status: int | None = None
    times: int | None = None
    delay: float = 0
    retry_after: int | None = None
    body: str | None = None
    drop: bool = False

    def hits(self, request: Request) -> bool:
        return fnmatchcase(request.path, self.path) and fnmatchcase(
            request.method, self.method.upper()
        )

    def answer(self, request: Request) -> Response | None:
        """None for the right answer. Raises ConnectionResetError."""
        if self.drop:
            close_connection(request)
            raise ConnectionResetError(errno.ECONNRESET, "A fault dropped the request.")
        if self.body is not None:
            return Response(self.body, self.status or 200, content_type="text/html")
        if self.status is None:
            return None
        code, message = CODES.get(self.status, ("fault", "This fault was asked for."))
        answer = json_error(ApiError(self.status, code, message))
        if self.retry_after is not None:
            answer.headers["Retry-After"] = str(self.retry_after)
        return answer


class Faults:
    """The faults of one instance, in this process; `sleep` takes seconds."""

    def __init__(self, sleep: Callable[[float], object] = time.sleep) -> None:
        self.sleep = sleep
        self._lock = Lock()
        self._known: dict[str, Fault] = {}
        self._number = 0

    @property
    def all(self) -> list[Fault]:
        """Those that are still to happen; `times` is how often."""
        with self._lock:
            return list(self._known.values())

    def add(self, /, path: str = "*", **what: Any) -> Fault:
        """Have something go wrong; see `Fault`. Raises ConfigurationError."""
        if what.get("status") == 429:
            what.setdefault("retry_after", RETRY_AFTER)
        try:
            fault = Fault("", path, **what)
        except TypeError:
            known = ", ".join(Fault.__slots__[1:])
            raise ConfigurationError(f"A fault can have: {known}.") from None
        require_possible(fault)
        with self._lock:
            self._number += 1
            fault = replace(fault, id=f"fault_{self._number}")
            self._known[fault.id] = fault
        return fault

    def remove(self, identity: str) -> bool:
        """Was it there?"""
        with self._lock:
            return self._known.pop(identity, None) is not None

    def clear(self) -> None:
        with self._lock:
            self._known.clear()

    def answer(self, request: Request) -> Response | None:
        """What goes wrong with this request: an answer, None for nothing.

        Raises ConnectionResetError, which every server takes for a visitor who left.
        """
        fault = self._take(request)
        if fault is None:
            return None
        if fault.delay:
            self.sleep(fault.delay)
        return fault.answer(request)

    def _take(self, request: Request) -> Fault | None:
        """The oldest that hits."""
        with self._lock:
            found = next((f for f in self._known.values() if f.hits(request)), None)
            if found is not None and found.times is not None:
                if found.times > 1:
                    self._known[found.id] = replace(found, times=found.times - 1)
                else:
                    del self._known[found.id]
        return found


def close_connection(request: Request) -> None:
    """werkzeug's server would leave it open; others close it by themselves."""
    connection = request.environ.get("werkzeug.socket")
    if connection is not None:
        with suppress(OSError):
            connection.shutdown(SHUT_RDWR)


def require_possible(fault: Fault) -> None:
    """Raise ConfigurationError for a fault that cannot happen."""
    said = {
        "path": isinstance(fault.path, str) and fault.path.startswith(("/", "*")),
        "method": isinstance(fault.method, str) and fault.method != "",
        "status": fault.status is None or is_whole(fault.status, 200, 599),
        "times": fault.times is None or is_whole(fault.times, 1, 10**9),
        "delay": is_number(fault.delay) and 0 <= fault.delay <= LONGEST_DELAY,
        "retry_after": fault.retry_after is None
        or is_whole(fault.retry_after, 0, 10**9),
        "body": fault.body is None or isinstance(fault.body, str),
        "drop": isinstance(fault.drop, bool),
    }
    for name, is_good in said.items():
        if not is_good:
            value = getattr(fault, name)
            raise ConfigurationError(f"A fault's {name} cannot be {value!r}.")
    if fault.status is None and fault.body is None and not (fault.delay or fault.drop):
        raise ConfigurationError(
            "A fault needs a status, a body, a delay, or drop: nothing would go wrong."
        )


def is_whole(value: Any, least: int, most: int) -> bool:
    return type(value) is int and least <= value <= most


def is_number(value: Any) -> TypeGuard[float]:
    return type(value) in (int, float) and isfinite(value)
