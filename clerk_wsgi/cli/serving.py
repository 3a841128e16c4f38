"""A server for development: one port of this machine, and no secrets in its log."""

import socket
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from clerk_wsgi.core.errors import ConfigurationError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

HOST = "127.0.0.1"


class RequestHandler(WSGIRequestHandler):
    """Logs paths without their queries, which hold tokens in development."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        path = getattr(self, "path", "").partition("?")[0]  # what is no HTTP has none
        status = getattr(code, "value", code)
        print(self.command, ascii(path)[1:-1], status, file=sys.stderr, flush=True)


def listen(port: int) -> socket.socket:
    """The socket to serve on; port 0 is any. Raises ConfigurationError if taken."""
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        raise ConfigurationError(
            f"Nobody can be served on port {port} of {HOST} "
            f"({(error.strerror or 'not available').lower()}): choose another with "
            "--port."
        ) from None


def build_server(
    listener: socket.socket, build: Callable[[str], "WSGIApplication"]
) -> BaseWSGIServer:
    """A server for the application that `build` makes of its own origin.

    It has threads, since the middleware asks its local Clerk on the same port.
    """
    with listener:
        port = listener.getsockname()[1]
        return make_server(
            HOST,
            port,
            build(f"http://{HOST}:{port}"),
            threaded=True,
            request_handler=RequestHandler,
            fd=listener.fileno(),
        )


def serve(
    port: int, build: Callable[[str], "WSGIApplication"], told: Callable[[str], str]
) -> None:
    """Serve until Ctrl-C; `told` is what to print about the origin."""
    server = build_server(listen(port), build)
    print(told(f"http://{HOST}:{server.port}"), flush=True)
    server.serve_forever()
