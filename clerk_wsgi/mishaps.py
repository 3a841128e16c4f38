"""What nobody expected while a request was judged: nobody gets in, and it is told.

An exception's own words may hold a token, so its type and its place are all that is
said of it.
"""

import logging
from traceback import walk_tb
from zlib import crc32

from werkzeug.wrappers import Response

from clerk_wsgi.core.errors import (
    ConfigurationError,
    HandshakeError,
    MalformedURLError,
)
from clerk_wsgi.core.events import DecisionFailed, Emit, InputRefused
from clerk_wsgi.responses import NO_STORE, answer

RETRY_SECONDS = 5
MOST_FRAMES = 10

log = logging.getLogger("clerk_wsgi")


def answer_to(error: Exception, where: str, emit: Emit) -> Response:
    """What a request gets that nobody could judge: 400 for its own fault, else 503.

    Raises a ConfigurationError as it is: its words are ours, and name what to mend.
    """
    if isinstance(error, ConfigurationError):
        raise error
    if isinstance(error, MalformedURLError | HandshakeError):
        is_url = isinstance(error, MalformedURLError)
        emit(InputRefused("malformed-url" if is_url else "handshake"))
        return answer(400, body=f"{error}\n")
    mark = tell(error, where, emit)
    headers = [("Retry-After", str(RETRY_SECONDS)), NO_STORE]
    return answer(503, headers, f"Service Unavailable ({mark})\n")


def tell(error: Exception, where: str, emit: Emit) -> str:
    """Log and emit it; the mark of that mistake, the same whenever it is made."""
    kind, place = type(error).__name__, place_of(error)
    mark = f"{crc32(f'{kind} {place}'.encode()):08x}"
    log.error("clerk: %s failed (%s) at %s with %s", where, mark, place, kind)
    emit(DecisionFailed(where, kind, mark))
    return mark


def place_of(error: Exception) -> str:
    """The lines of code through which it flew, the last one first."""
    frames = [(frame.f_code, line) for frame, line in walk_tb(error.__traceback__)]
    return " < ".join(
        f"{code.co_filename}:{line} in {code.co_name}"
        for code, line in frames[: -MOST_FRAMES - 1 : -1]
    )
