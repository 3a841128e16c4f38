"""Keys of a request travel inward, and nobody who dumps the environ sees them."""

import pytest
from clerk_tokens import PEM, PUBLISHABLE_KEY, bearer, epoch_ms, mint
from webtest import TestApp

from clerk_wsgi import ClerkMiddleware, ConfigurationError, get_dynamic_keys

SECRET = "sk_live_of_this_tenant_only"
TENANT = {
    "publishable_key": PUBLISHABLE_KEY,
    "secret_key": SECRET,
    "jwt_key": PEM,
    "sign_in_url": "/tenant/sign-in",
}


@pytest.fixture
def site(monkeypatch):
    """A site whose tenants bring keys; what its application saw."""
    monkeypatch.setenv("CLERK_ENCRYPTION_KEY", "0123456789abcdef")
    seen = []

    def app(environ, start_response):
        seen.append(dict(environ))
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"ok"]

    def make(own):
        middleware = ClerkMiddleware(app, options=lambda request: own, clock=epoch_ms)
        return TestApp(middleware), seen

    return make


def test_code_behind_us_gets_the_keys(site):
    app, seen = site(TENANT)
    app.get("/", headers=bearer(mint()))
    assert get_dynamic_keys(seen[0]) == {
        name: value for name, value in TENANT.items() if name != "jwt_key"
    }


def test_nothing_that_dumps_the_environ_shows_a_secret(site):
    app, seen = site(TENANT)
    app.get("/", headers=bearer(mint()))
    dumped = " ".join(f"{name}={value!r}" for name, value in seen[0].items())
    assert SECRET not in dumped
    assert "clerk_wsgi.request_data" in dumped


def test_another_encryption_key_opens_nothing(site, monkeypatch):
    app, seen = site(TENANT)
    app.get("/", headers=bearer(mint()))
    monkeypatch.setenv("CLERK_ENCRYPTION_KEY", "another")
    with pytest.raises(ConfigurationError, match="code=encryption_key_invalid"):
        get_dynamic_keys(seen[0])


def test_a_secret_of_the_request_needs_an_encryption_key(site, monkeypatch):
    monkeypatch.delenv("CLERK_ENCRYPTION_KEY")
    app, _ = site(TENANT)
    with pytest.raises(ConfigurationError, match="code=encryption_key_missing"):
        app.get("/")


def test_without_keys_of_its_own_a_request_carries_none(site, monkeypatch):
    monkeypatch.setenv("CLERK_PUBLISHABLE_KEY", PUBLISHABLE_KEY)
    monkeypatch.delenv("CLERK_ENCRYPTION_KEY")
    app, seen = site({"jwt_key": PEM, "domain": "tenant.example"})
    app.get("/")
    assert get_dynamic_keys(seen[0]) == {}
    assert "clerk_wsgi.request_data" not in seen[0]
