"""Locks that are held while somebody outside is asked, made when they are needed."""

import threading

from clerk_wsgi.core.once import once


class Turns:
    """Whose turn it is to begin, and to read.

    Between the import, or a fork, and the first request gevent may replace the
    interpreter's locks, of which one that is waited for stops every greenlet.
    """

    @once
    def beginning(self) -> threading.Lock:
        return threading.Lock()

    @once
    def reading(self) -> threading.Lock:
        return threading.Lock()
