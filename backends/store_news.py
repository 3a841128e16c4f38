"""What a Redis or Valkey server tells those who subscribed to a feed."""

import time
from typing import Any

from clerk_wsgi.backends.store_wire import exchange

ANSWER_SECONDS = 0.5
MOST_AT_ONCE = 1000


class News:
    """A subscription; raises whatever the connection does when it is cut off."""

    def __init__(self, connection: Any, channel: str) -> None:
        self._connection = connection
        self._is_asking = False
        connection.allow(time.monotonic() + ANSWER_SECONDS)
        (answer,) = exchange(connection, [("SUBSCRIBE", channel)])
        if not isinstance(answer, list) or answer[:1] != [b"subscribe"]:
            raise ConnectionError("The subscription was not taken.")

    def wait(self, seconds: float) -> None:
        """Until there are news, at most so long. News that came together are one."""
        until = time.monotonic() + seconds
        while self._has_come(until - time.monotonic()):
            self._is_asking = False
            if self._read() == b"message":
                return self._skip()
        if self._is_asking:
            raise ConnectionError("The server has gone silent.")
        self._is_asking = True  # a line that was cut without a word is found out so
        packed = self._connection.pack_commands([("PING",)])
        self._connection.send_packed_command(packed, check_health=False)
        return None

    def _skip(self) -> None:
        for _ in range(MOST_AT_ONCE):
            if not self._has_come(0):
                break
            self._read()

    def _has_come(self, seconds: float) -> bool:
        seconds = max(0.0, seconds)
        self._connection.allow(time.monotonic() + seconds + ANSWER_SECONDS)
        return bool(self._connection.can_read(seconds))

    def _read(self) -> object:
        """What kind of thing the server says."""
        said = self._connection.read_response()
        return said[0] if isinstance(said, list) and said else said
