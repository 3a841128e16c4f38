"""A Clerk instance as a WSGI application."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from clerk_wsgi.instance import epoch_ms
from clerk_wsgi.local.application import Application
from clerk_wsgi.local.bundles import Bundles
from clerk_wsgi.local.clock import Clock
from clerk_wsgi.local.data_file import IN_MEMORY
from clerk_wsgi.local.faults import Faults
from clerk_wsgi.local.ids import Ids
from clerk_wsgi.local.issuing import Issuer
from clerk_wsgi.local.key_ring import KeyRing
from clerk_wsgi.local.mail import postman, to_console
from clerk_wsgi.local.records import Records
from clerk_wsgi.local.satellites import add_satellite
from clerk_wsgi.local.seeds import PEOPLE, Seeds, sow
from clerk_wsgi.local.settings import settle
from clerk_wsgi.local.state import State
from clerk_wsgi.local.webhook_sender import WebhookSender
from clerk_wsgi.local.webhooks import Webhooks

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MOUNTED_AT = "/__clerk"


class LocalClerk:
    """Frontend API, Backend API and account pages, for this machine only.

    `seeds` are the people it starts with; `data` is a file that keeps everything, else
    it is gone with the process. Keys that are not handed in are made up; live ones
    raise ConfigurationError. `manner` is "development", or "production" for browsers
    that are known by cookies. `session_claims` are claims of your own in each session
    token, with shortcodes. `clock` gives epoch milliseconds. With `ids` (any text or
    number) the ids of what is made are the same in each run. `clerk_js` is a
    `node_modules` with Clerk's browser library, and `deliver` is called with the text
    of each e-mail, which goes nowhere else. `webhook_url` is told of every change; it
    must be on this machine.

    `clock`, `faults`, `keys` and `webhooks` can be used while it runs; `is_new` says
    that the seeds were sown, and not in an earlier run with that file. `close()` it, or
    use it in a `with`, if it has a file or sends webhooks.
    """

    def __init__(
        self,
        seeds: Seeds = PEOPLE,
        *,
        data: str | Path = IN_MEMORY,
        publishable_key: str | None = None,
        secret_key: str | None = None,
        private_key: RSAPrivateKey | None = None,
        manner: str = "development",
        session_claims: Mapping[str, Any] | None = None,
        clock: Callable[[], float] = epoch_ms,
        ids: int | str | None = None,
        clerk_js: str | Path | None = None,
        deliver: Callable[[str], None] = to_console,
        webhook_url: str | None = None,
    ) -> None:
        bundles = Bundles(clerk_js)
        self.clock = clock if isinstance(clock, Clock) else Clock(clock)
        self.faults = Faults()
        records = Records(str(data))
        numbered = Ids(ids, records.next_number)
        self.state = State(records, lambda: self.clock() / 1000, numbered)
        try:
            with self.state.changing():
                self.settings = settle(
                    self.state,
                    publishable_key=publishable_key,
                    secret_key=secret_key,
                    manner=manner,
                    session_claims=session_claims,
                )
                self.webhooks = Webhooks(self.state, self.settings, webhook_url)
                name = self.settings.instance_id
                self.keys = KeyRing(self.state, name, private_key)
                self.is_new = not records.count("role")
                if self.is_new:
                    sow(self.state, seeds)
        except BaseException:
            records.close()
            raise
        self.issuer = Issuer(self.state, self.settings, self.keys)
        self.state.after.append(postman(deliver))
        self.sender = WebhookSender(self.webhooks)
        self.application = Application(
            self.issuer, bundles, self.clock, self.faults, self.sender
        )

    def close(self) -> None:
        """Twice does no harm; what is asked afterwards fails."""
        self.sender.close()
        self.state.records.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def reset(self, seeds: Seeds = PEOPLE) -> None:
        """Forget everything but the keys, and start with these people."""
        self.faults.clear()
        with self.state.changing():
            self.state.records.drop_all_but(("instance", "signing_key"))
            sow(self.state, seeds)

    @property
    def publishable_key(self) -> str:
        return self.settings.publishable_key

    @property
    def secret_key(self) -> str:
        return self.settings.secret_key

    @property
    def jwt_key(self) -> str:
        """The public key as PEM, for applications that verify without a network."""
        return self.keys.current.pem

    def options(self, origin: str, path: str = MOUNTED_AT) -> dict[str, Any]:
        """Options of an application at `origin` that has this instance at `path`.

        They name all that a `CLERK_*` variable for another instance could spoil. Who
        has further names for the site adds them to `authorized_parties`.
        """
        return {
            "publishable_key": self.publishable_key,
            "secret_key": self.secret_key,
            "jwt_key": self.jwt_key,
            "api_url": f"{origin}{path}",
            "api_version": "v1",
            "proxy_url": path,
            "sign_in_url": f"{path}/sign-in",
            "sign_up_url": f"{path}/sign-up",
            "is_satellite": False,
            "authorized_parties": [origin, origin.replace("127.0.0.1", "localhost")],
        }

    def add_satellite(self, domain: str, primary: str) -> None:
        """Sites below `domain` follow those whose Frontend API is at `primary`, a URL.

        Only in the production manner; in development a satellite names the primary's
        sign-in page in its options. Raises ConfigurationError.
        """
        add_satellite(self.state, domain, primary)

    def beside(
        self, app: "WSGIApplication", path: str = MOUNTED_AT
    ) -> "WSGIApplication":
        """`app`, with this instance answering below `path`."""
        return DispatcherMiddleware(app, {path: self})

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        return self.application(environ, start_response)
