"""A real HTTP server on a free port of this machine, for clients that know no other."""

from contextlib import contextmanager
from threading import Thread

from werkzeug.serving import WSGIRequestHandler

from clerk_wsgi.cli.serving import build_server, listen


class Silent(WSGIRequestHandler):
    def log(self, *_):
        pass


@contextmanager
def serving(build):
    """Serves `build(origin)`; gives the origin."""
    server = build_server(listen(0), build)
    server.RequestHandlerClass = Silent
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()
