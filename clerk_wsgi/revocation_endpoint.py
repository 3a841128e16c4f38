"""Clerk's webhooks, as cutoffs for every process that reads the store."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from clerk_wsgi.core.errors import (
    ConfigurationError,
    StoreUnavailable,
    WebhookVerificationError,
)
from clerk_wsgi.core.events import InputRefused, ignore
from clerk_wsgi.core.options import Options
from clerk_wsgi.core.revocation_events import cutoff_of
from clerk_wsgi.core.stores import Store
from clerk_wsgi.core.webhooks import WebhookEvent
from clerk_wsgi.environ import HasEnviron, environ_of, find_visit
from clerk_wsgi.instance import Instance, epoch_ms
from clerk_wsgi.mishaps import answer_to
from clerk_wsgi.responses import answer
from clerk_wsgi.revocations import Revocations
from clerk_wsgi.stores import open_store
from clerk_wsgi.webhooks import require_signing_keys, verify_webhook

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

AGAIN_SECONDS = "5"


class RevocationEndpoint:
    """A WSGI application that takes webhooks: what they end is refused at once.

    The signing secret is an argument or `CLERK_WEBHOOK_SIGNING_SECRET`. Behind
    ClerkMiddleware the request's Clerk instance is meant; elsewhere the one of the
    options, keywords as there, whose store has to be a shared one. Answers 204; 400
    to what Clerk did not send; 503 where others could not be told, so that Clerk sends
    it again. The same event twice, or an old one late, does no harm. Raises
    ConfigurationError for a secret that is none.
    """

    def __init__(
        self,
        *,
        signing_secret: str | Sequence[str] | None = None,
        store: Store | None = None,
        clock: Callable[[], float] = epoch_ms,
        env: Mapping[str, str] = os.environ,
        **options: Any,
    ) -> None:
        require_signing_keys(signing_secret, env)
        self.signing_secret = signing_secret
        self.store = store
        self.clock = clock
        self.env = env
        self.options = options

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "POST":
            refusal: WSGIApplication = answer(405, [("Allow", "POST")])
            return refusal(environ, start_response)
        return self.take(environ)(environ, start_response)

    def take(self, source: "WSGIEnvironment | HasEnviron") -> Response:
        """The answer to this request: an environ, or a framework's POST request."""
        environ = environ_of(source)
        visit = find_visit(environ)
        instance = visit.instance if visit else None
        emit = instance.emit if instance else ignore
        try:
            self.heed(self.verified(source), instance)
        except WebhookVerificationError as error:
            emit(InputRefused(f"webhook-{error.reason}"))
            return answer(400, body=f"{error.reason}\n")
        except StoreUnavailable:
            return answer(503, [("Retry-After", AGAIN_SECONDS)])
        except Exception as error:
            return answer_to(error, "webhook", emit)
        return taken()

    def verified(self, source: "WSGIEnvironment | HasEnviron") -> WebhookEvent:
        secret = self.signing_secret
        return verify_webhook(
            source, signing_secret=secret, clock=self.clock, env=self.env
        )

    def heed(self, event: WebhookEvent, instance: Instance | None) -> None:
        """Cut off what the event ends, and forget what it makes old."""
        cutoff = cutoff_of(event, self.clock())
        if instance and instance.users:
            instance.users.notice(event)
        if cutoff:
            known = instance.revocations if instance else None
            (known or self.own).cut(cutoff)

    @cached_property
    def own(self) -> Revocations:
        """For requests that no layer has seen."""
        options = Options.read(self.options, self.env)
        store = self.store or open_store(options, ignore)
        return Revocations(store, clock=self.clock)


def taken() -> Response:
    response = Response(status=204)
    del response.headers["Content-Type"]  # of nothing
    return response


def beside_endpoint(
    app: "WSGIApplication", *, path: str, clock: Callable[[], float] = epoch_ms
) -> "WSGIApplication":
    """The application, but for the path at which Clerk's webhooks come in."""
    if not isinstance(path, str) or not path.startswith("/"):
        raise ConfigurationError(
            "The option revocation_endpoint is a path, such as /webhooks/clerk, not "
            f"{path!r}."
        )
    endpoint = RevocationEndpoint(clock=clock)

    def site(
        environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        is_webhook = environ.get("PATH_INFO") == path
        return (endpoint if is_webhook else app)(environ, start_response)

    return site
