"""Sites behind the middleware, each with the same local Clerk beside it; no network."""

import json
from itertools import count
from wsgiref.validate import validator

from browsing import Browser, in_process_at
from local_clerk import PUBLISHABLE_KEY, SECRET_KEY, Clock, local_clerk

from clerk_wsgi import ClerkMiddleware, auth, get_state
from clerk_wsgi.backends.api import BackendApi
from clerk_wsgi.core.errors import KeyNotFound
from clerk_wsgi.local.in_process import transport_to

MANNERS = {
    "development": {"publishable_key": PUBLISHABLE_KEY, "secret_key": SECRET_KEY},
    "production": {"publishable_key": None, "secret_key": None},
}


class KeysOf:
    """A backend that knows the instance's keys."""

    def __init__(self, local):
        self.local = local

    def find_key(self, kid):
        key = self.local.keys.find(kid)
        if key is None:
            raise KeyNotFound(kid)
        return key.verification_key


def show_state(environ, start_response):
    """Who is there, as JSON; `/private` is for people only."""
    if environ["PATH_INFO"].startswith("/private"):
        auth.protect()
    state = get_state(environ)
    told = {
        "status": state.status,
        "reason": state.reason,
        "user": auth().user_id,
        "org": auth().org_slug,
    }
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(told).encode()]


def site(local, origin, clock, **given):
    options = local.options(origin)
    del options["jwt_key"]
    api = BackendApi(
        secret_key=options["secret_key"],
        api_url=origin,
        transport=transport_to(local),
        clock=count().__next__,  # a second a call, for so many browsers at one moment
    )
    wrapped = ClerkMiddleware(
        show_state,
        backend=KeysOf(local),
        api=api,
        clock=clock,
        organization_patterns=["/orgs/:slug"],
        personal_account_patterns=["/me"],
        **{**options, **given},
    )
    return local.beside(wrapped)


class Sites:
    """A browser, and a site at each origin; `options` are those of some of them."""

    def __init__(self, manner, *origins, clerk_js=None, **options):
        self.clock = Clock()
        self.mails = []
        self.local = local_clerk(
            self.clock,
            manner=manner,
            clerk_js=clerk_js,
            deliver=self.mails.append,
            **MANNERS[manner],
        )
        self.apps = {
            each: validator(site(self.local, each, self.clock, **options.get(each, {})))
            for each in origins
        }
        self.browser = self.another_browser()

    def another_browser(self):
        """Somebody else's, which has no cookies."""
        start = next(iter(self.apps))
        return Browser(start, in_process_at(self.apps), self.clock.seconds)

    def told(self, url):
        """What the site says, after all redirects."""
        page = self.browser.get(url)
        assert page.status == 200, page
        return json.loads(page.text)
