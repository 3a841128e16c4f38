"""What a Redis or Valkey server's answers mean, and its silence."""

from collections.abc import Sequence
from typing import Any

import redis

from clerk_wsgi.backends.store_breaker import Failed, Refused
from clerk_wsgi.backends.store_commands import Command

REASONS: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
    ((redis.AuthenticationError,), "authentication"),
    ((redis.BusyLoadingError,), "loading"),
    ((redis.ReadOnlyError,), "read-only"),
    ((redis.OutOfMemoryError,), "out-of-memory"),
    ((redis.ResponseError,), "refused"),
    ((TimeoutError, redis.TimeoutError), "timeout"),
    ((OSError, redis.ConnectionError), "connection"),
)


def trouble(error: Exception) -> Refused | Failed:
    """The error in one word of ours; nothing that the server wrote."""
    named = (word for kinds, word in REASONS if isinstance(error, kinds))
    is_refusal = isinstance(error, redis.ResponseError) and not is_replica(error)
    return (Refused if is_refusal else Failed)(next(named, "garbage"))


def is_replica(error: Exception) -> bool:
    """Who may only be read from is no master any more, and is left."""
    return isinstance(error, redis.ReadOnlyError)


def exchange(connection: Any, commands: Sequence[Command]) -> list[Any]:
    """An answer for each command, or the exception that says why it was refused."""
    packed = connection.pack_commands(commands)
    connection.send_packed_command(packed, check_health=False)
    return [answer(connection) for _ in commands]


def answer(connection: Any) -> Any:
    """The next answer; of a transaction the last one that was refused."""
    try:
        found = connection.read_response()
    except redis.ResponseError as error:
        return error
    parts = found if isinstance(found, list) else ()
    refused = [each for each in parts if isinstance(each, Exception)]
    return refused[-1] if refused else found
