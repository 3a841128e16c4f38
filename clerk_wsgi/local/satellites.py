"""Domains that follow another one: who is signed in there is signed in here, too.

In production a satellite's Frontend API has the browser ask the primary's who it is,
and come back with an answer that is good once (Clerk: backend API, 6.1).
"""

from urllib.parse import urlencode

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from clerk_wsgi.core.errors import ConfigurationError
from clerk_wsgi.core.urls import Url, parse_url, set_parameter
from clerk_wsgi.local.answers import ApiError, sent_to
from clerk_wsgi.local.clients import find_client, open_client
from clerk_wsgi.local.cookies import CLIENT
from clerk_wsgi.local.issuing import Issuer
from clerk_wsgi.local.origins import is_loopback, site_of, way_back
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.state import State

HANDSHAKE, SYNC = "/v1/client/handshake", "/v1/client/sync"
PROOF = "__clerk_sync"
SECONDS = 60


def add_satellite(state: State, domain: str, primary: str) -> Document:
    """`primary` is the URL of the Frontend API where browsers are known.

    Raises ConfigurationError for what is not on this machine.
    """
    try:
        is_here = is_loopback(domain) and is_loopback(parse_url(primary).host)
    except ValueError:
        is_here = False
    if not is_here:
        raise ConfigurationError(
            f"A satellite must have a domain on this machine, and its primary a URL "
            f"here: {domain!r} and {primary!r} are not."
        )
    document = {
        "id": f"dmn_{domain}",
        "object": "domain",
        "name": domain,
        "is_satellite": True,
        "_primary": primary.rstrip("/"),
    }
    with state.changing():
        state.records.keep("domain", document)
    return document


def satellite_at(state: State, host: str) -> Document | None:
    """The satellite of that host: its domain, or one below it."""
    for each in state.records.find("domain"):
        if host == each["name"] or host.endswith(f".{each['name']}"):
            return each
    return None


class Synchronization:
    """The two ends of it: the satellite's, which asks, and the primary's."""

    def __init__(self, issuer: Issuer) -> None:
        self.issuer = issuer
        self.state = issuer.state

    def rules(self) -> list[Rule]:
        return [Rule(SYNC, endpoint=self.answer, methods=["GET"])]

    def ask(self, request: Request, satellite: Document) -> Response:
        """To the primary, and from there back to where the browser is now.

        What comes back is good only for the browser that was sent.
        """
        proof = self.state.ids.secret()
        here = site_of(request)._replace(
            path=f"{request.root_path}{HANDSHAKE}",
            query=request.query_string.decode("latin-1"),
        )
        asked = urlencode({"redirect_url": str(here), "proof": proof})
        answer = sent_to(f"{satellite['_primary']}{SYNC}?{asked}", 307)
        write = self.issuer.cookies_for(site_of(request))
        answer.headers.add("Set-Cookie", f"{write.cookie(PROOF, proof, 60)}; HttpOnly")
        return answer

    def answer(self, request: Request) -> Response:
        """What the primary knows of this browser, for one of its satellites only."""
        back = self.require_satellite(request)
        client = find_client(self.state, request.cookies.get(CLIENT, ""))
        ends_at = self.state.clock() + SECONDS
        code = self.state.ids.secret()
        told = {
            "id": code,
            "client": client["id"] if client else None,
            "proof": request.args.get("proof", ""),
            "ends_at": ends_at,
        }
        with self.state.changing():
            self.state.records.keep("sync", told, ends_at)
        return sent_to(set_parameter(back, PROOF, code), 307)

    def require_satellite(self, request: Request) -> Url:
        back = way_back(request, request.args.get("redirect_url", ""))
        known = satellite_at(self.state, back.host)
        is_handshake = back.path.endswith(HANDSHAKE)
        if known is None or not is_handshake or not self.issuer.settings.is_production:
            raise invalid("The way back is no satellite's handshake.")
        return back

    def told(self, request: Request) -> Document:
        """The browser, as the primary said. Raises ApiError (400)."""
        identity = request.args.get(PROOF, "")
        with self.state.changing():
            found = self.state.records.get("sync", identity)
            self.state.records.drop("sync", identity)
        if found is None or not self.state.clock() < found["ends_at"]:
            raise invalid("The primary's answer is too old.")
        if found["proof"] != request.cookies.get(PROOF):
            raise invalid("The primary's answer is for another browser.")
        known = self.state.records.get("client", found["client"] or "")
        return known or open_client(self.state)


def invalid(said: str) -> ApiError:
    return ApiError(400, "invalid_handshake", said)
