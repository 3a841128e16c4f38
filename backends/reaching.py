"""Connecting, with one deadline for all the addresses that a host may have."""

import socket
import time
from collections.abc import Iterable

from urllib3.connection import HTTPConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    LocationParseError,
    NameResolutionError,
    NewConnectionError,
)


def reach(
    connection: HTTPConnection, patience: float, deadline: float
) -> socket.socket:
    """A socket for that connection; its errors are urllib3's.

    `patience` is seconds for each address, `deadline` a time of the monotonic clock.
    """
    host, port = connection.host.strip("[]"), connection.port
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return connect(((str(each[4][0]), port) for each in found), patience, deadline)
    except socket.gaierror as error:
        raise NameResolutionError(host, connection, error) from error
    except UnicodeError as error:
        raise LocationParseError(f"{host!r} is no host") from error
    except TimeoutError as error:
        raise ConnectTimeoutError(connection, str(error)) from error
    except OSError as error:
        raise NewConnectionError(connection, str(error)) from error


def connect(
    addresses: Iterable[tuple[str, int]], patience: float, deadline: float
) -> socket.socket:
    """A socket to the first of the addresses that answers. Raises `OSError`.

    Each gets `patience` seconds at most, all together what is left until the deadline,
    and so does a handshake that follows.
    """
    failure = OSError("The host has no address.")
    for address in addresses:
        try:
            found = socket.create_connection(address, left(patience, deadline))
        except OSError as error:
            failure = error
        else:
            found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            found.settimeout(max(min(patience, deadline - time.monotonic()), 0.001))
            return found
    raise failure


def left(patience: float, deadline: float) -> float:
    """So many seconds, or fewer until the deadline. Raises `TimeoutError` after it."""
    remaining = deadline - time.monotonic()
    if remaining <= 0:
        raise TimeoutError("The deadline is over.")
    return min(patience, remaining)
