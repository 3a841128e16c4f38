"""A site that says whom it takes a client for, and what a refusal looks like there."""

import json
from wsgiref.validate import validator

from clerk_tokens import API, JWKS, PAGE, PEM, PUBLISHABLE_KEY, SIGN_IN, epoch_ms
from webtest import TestApp

from clerk_wsgi import ClerkMiddleware, auth
from clerk_wsgi.backends.http import Answer
from clerk_wsgi.backends.jwks import JwksBackend

HANDSHAKE = "https://clerk.example.com/v1/client/handshake?"
SECRET_KEY = "sk_live_" + "s" * 40


def site(environ, start_response):
    who = auth()
    told = {
        "user": who.user_id,
        "organization": who.org_id,
        "admin": who.has(role="org:admin"),
        "claims": who.session_claims and dict(who.session_claims),
    }
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(told).encode()]


def guarded(app=site, **options):
    """The application behind the middleware; `/private` is for users."""
    chosen = {
        "publishable_key": PUBLISHABLE_KEY,
        "jwt_key": PEM,
        "clock": epoch_ms,
        **options,
    }
    return ClerkMiddleware(app, {"/private(.*)": {}}, **chosen)


def browse(app=site, **options):
    return TestApp(validator(guarded(app, **options)))


class Clerk:
    """Hands out keys and counts how often."""

    def __init__(self, document=JWKS):
        self.document = document
        self.fetches = 0

    def __call__(self, method, url, headers, body):
        self.fetches += 1
        return Answer(200, {}, json.dumps(self.document).encode())

    def backend(self, clock=lambda: 1000.0):
        host = "https://api.clerk.com"
        return JwksBackend(host, "v1", SECRET_KEY, clock=clock, transport=self)


def user_of(browser, headers):
    return browser.get("/", headers=API | headers, status=200).json["user"]


def assert_nobody(browser, headers, pages=(SIGN_IN, HANDSHAKE)):
    """The three answers to somebody whom nothing proves."""
    public = browser.get("/", headers=API | headers, status=200)
    script = browser.get("/private", headers=API | headers, status=404)
    page = browser.get("/private", headers=PAGE | headers, status=307)
    assert public.json["user"] is None
    assert public.json["admin"] is False
    assert page.location.startswith(pages)
    return public, script, page
