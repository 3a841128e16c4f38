"""The demo assembled: two sites behind the middleware, and their Clerk beside them."""

from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request

from clerk_wsgi import ClerkMiddleware
from clerk_wsgi.cli.demo_satellite import Satellite
from clerk_wsgi.cli.demo_site import Demo, Places, check
from clerk_wsgi.cli.serving import serve as serve_on
from clerk_wsgi.cli.telling import kept, people
from clerk_wsgi.instance import Backend
from clerk_wsgi.local import LocalClerk
from clerk_wsgi.local.data_file import IN_MEMORY
from clerk_wsgi.local.instance import MOUNTED_AT
from clerk_wsgi.local.origins import site_of
from clerk_wsgi.local.seeds import PEOPLE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATTERNS: dict[str, Any] = {
    "organization_patterns": [
        "/orgs/:slug",
        "/orgs/:slug/(.*)",
        "/api/orgs/:slug/(.*)",
    ],
    "personal_account_patterns": ["/me", "/me/(.*)"],
}
# In development Clerk's components draw a pattern, which is such an image.
FOR_COMPONENTS: dict[str, Any] = {"directives": {"img-src": ["data:"]}}


class TwoSites:
    """One server, two origins: whoever calls it by its number is at the satellite.

    Browsers keep the cookies of 127.0.0.1 and of localhost apart. Under a name that is
    not this machine's there is neither.
    """

    def __init__(
        self, primary: "WSGIApplication", satellite: "WSGIApplication"
    ) -> None:
        self.primary = primary
        self.satellite = satellite

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> "Iterable[bytes]":
        try:
            here = site_of(Request(environ))
        except HTTPException as error:
            return error(environ, start_response)
        chosen = self.satellite if here.host == "127.0.0.1" else self.primary
        return chosen(environ, start_response)


def build_demo(
    local: LocalClerk,
    origin: str,
    *,
    clerk_js: bool = False,
    backend: Backend | str = "jwks",
    **more: Any,
) -> "WSGIApplication":
    """The demo for a server at `origin` (http://127.0.0.1:port).

    The primary site is there under the name localhost. `more` are further arguments of
    ClerkMiddleware.
    """
    primary = origin.replace("127.0.0.1", "localhost")
    shared = {"backend": backend, **local.options(origin), **more}
    key = local.publishable_key if clerk_js else ""
    policy = {"content_security_policy": FOR_COMPONENTS} if clerk_js else {}
    site = ClerkMiddleware(
        Demo(Places(MOUNTED_AT, satellite=origin, clerk_js=key)),
        check,
        **{**shared, **PATTERNS, **policy, "sign_in_url": "/sign-in"},
    )
    satellite = ClerkMiddleware(
        Satellite(primary, MOUNTED_AT),
        **{
            **shared,
            "is_satellite": True,
            "proxy_url": f"{origin}{MOUNTED_AT}",
            "sign_in_url": f"{primary}/sign-in",
        },
    )
    return TwoSites(local.beside(site), local.beside(satellite))


def serve(port: int, *, data: str | None = None, clerk_js: str | None = None) -> None:
    """Serve until Ctrl-C. `data` is a file that keeps it all, `clerk_js` a folder of
    `node_modules`: with it the pages have Clerk's own components.
    """
    with LocalClerk(PEOPLE, data=data or IN_MEMORY, clerk_js=clerk_js) as local:

        def build(origin: str) -> "WSGIApplication":
            return build_demo(local, origin, clerk_js=bool(clerk_js))

        def told(origin: str) -> str:
            primary = origin.replace("127.0.0.1", "localhost")
            return (
                f"The demo is at {primary}/ (Ctrl-C ends it), a satellite at {origin}/."
                f"\n\n{people(local, PEOPLE)}\n\nAll of it is on this machine. "
                f"{kept(local)}"
            )

        serve_on(port, build, told)
