"""The variables and the server for applications that find their keys in `CLERK_*`."""

import os
from threading import Thread

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from clerk_wsgi.testing.clerk import Clerk

CLERK = pytest.StashKey[Clerk]()


class Quiet(WSGIRequestHandler):
    def log(self, *told: object) -> None:
        pass


class Environment:
    """One Clerk for the whole run, served on this machine."""

    def __init__(self) -> None:
        self.clerk = Clerk()
        self.server = make_server(
            "127.0.0.1", 0, self.clerk.local, threaded=True, request_handler=Quiet
        )
        self.before: dict[str, str | None] = {}

    def enter(self, config: pytest.Config) -> None:
        config.stash[CLERK] = self.clerk
        Thread(target=self.server.serve_forever, daemon=True).start()
        for name, value in self.variables().items():
            self.before[name] = os.environ.get(name)
            os.environ[name] = value
        config.add_cleanup(self.leave)

    def variables(self) -> dict[str, str]:
        local = self.clerk.local
        return {
            "CLERK_PUBLISHABLE_KEY": local.publishable_key,
            "CLERK_SECRET_KEY": local.secret_key,
            "CLERK_JWT_KEY": local.jwt_key,
            "CLERK_API_URL": f"http://127.0.0.1:{self.server.port}",
        }

    def leave(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        for name, value in self.before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
