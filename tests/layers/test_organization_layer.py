"""The URL names an organization, and the session follows or stays."""

from functools import partial
from wsgiref.validate import validator

import pytest
from clerk_tokens import (
    IN_ORGANIZATION,
    PAGE,
    PEM,
    PUBLISHABLE_KEY,
    bearer,
    cookie_header,
    epoch_ms,
    mint,
    signed_in_cookies,
)
from webtest import TestApp

from clerk_wsgi import (
    Chain,
    ConfigurationError,
    OrganizationSyncLayer,
    SessionLayer,
    auth,
)

SESSION = partial(
    SessionLayer, publishable_key=PUBLISHABLE_KEY, jwt_key=PEM, clock=epoch_ms
)
SYNC = partial(
    OrganizationSyncLayer,
    organization_patterns=["/orgs/:slug", "/orgs/:slug/(.*)", "/by-id/:id"],
    personal_account_patterns=["/me", "/me/(.*)"],
)


def active(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(auth().org_slug).encode()]


@pytest.fixture
def site():
    return TestApp(Chain(validator, SESSION, validator, SYNC, validator)(active))


def cookies(claims=IN_ORGANIZATION, **more):
    return cookie_header({**signed_in_cookies(mint(claims)), **more})


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/orgs/bcorp", "bcorp"),
        ("/orgs/bcorp/settings", "bcorp"),
        ("/ORGS/ACME", "ACME"),
        ("/by-id/org_2", "org_2"),
        ("/me", ""),
        ("/me/settings", ""),
    ],
)
def test_a_page_of_another_organization_activates_it(site, path, wanted):
    answer = site.get(path, headers={"Cookie": cookies(), **PAGE}, status=307)
    assert f"&organization_id={wanted}" in answer.location
    assert "active-organization-mismatch" in answer.location
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/orgs/acme", "/by-id/org_1", "/", "/orgs/"])
def test_the_active_organization_and_other_paths_stay(site, path):
    assert site.get(path, headers={"Cookie": cookies(), **PAGE}).text == "acme"


def test_without_an_organization_the_personal_account_is_active(site):
    answer = site.get("/me", headers={"Cookie": cookies({}), **PAGE})
    assert answer.text == "None"


STAYS = {
    "a script": {"Sec-Fetch-Dest": "empty"},
    "no document": {"Accept": "application/json"},
}


@pytest.mark.parametrize("headers", STAYS.values(), ids=STAYS)
def test_what_cannot_follow_a_redirect_stays_as_it_is(site, headers):
    headers = {"Cookie": cookies(), **headers}
    assert site.get("/orgs/bcorp", headers=headers).text == "acme"


def test_a_form_is_not_redirected(site):
    headers = {"Cookie": cookies(), **PAGE}
    assert site.post("/orgs/bcorp", headers=headers).text == "acme"


def test_whoever_may_not_enter_is_sent_three_times_at_most(site):
    cookie = cookies(__clerk_redirect_count="3")
    answer = site.get("/orgs/bcorp", headers={"Cookie": cookie, **PAGE})
    assert answer.text == "acme"


def test_a_bearer_has_the_organization_that_it_has(site):
    headers = {**bearer(mint(IN_ORGANIZATION)), **PAGE}
    assert site.get("/orgs/bcorp", headers=headers).text == "acme"


def test_nobody_is_not_sent_anywhere(site):
    assert site.get("/orgs/bcorp", headers=PAGE).text == "None"


def test_a_pending_session_is_left_alone(site):
    headers = {"Cookie": cookies({**IN_ORGANIZATION, "sts": "pending"}), **PAGE}
    assert site.get("/orgs/bcorp", headers=headers).text == "None"


def test_the_options_of_the_session_layer_do_the_same():
    session = partial(SESSION, organization_patterns=["/orgs/:slug"])
    app = TestApp(Chain(validator, session, validator)(active))
    answer = app.get("/orgs/bcorp", headers={"Cookie": cookies(), **PAGE}, status=307)
    assert "&organization_id=bcorp" in answer.location


def test_no_patterns_match_nothing():
    app = TestApp(Chain(SESSION, OrganizationSyncLayer)(active))
    assert app.get("/orgs/b", headers={"Cookie": cookies(), **PAGE}).text == "acme"


@pytest.mark.parametrize("patterns", [5, [1], ["/orgs/:"]])
def test_wrong_patterns_fail_when_the_chain_is_built(patterns):
    with pytest.raises(ConfigurationError):
        OrganizationSyncLayer(active, organization_patterns=patterns)
