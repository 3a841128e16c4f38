"""Satellites: a second domain that follows the first, in both manners."""

import json
from urllib.parse import quote

import pytest
from two_sites import Sites

from clerk_wsgi import ConfigurationError

HERE = {
    "development": ("http://localhost:4747", "http://127.0.0.1:4747"),
    "production": ("http://shop.localhost:4747", "http://partner.localhost:4747"),
}
GRACE = {"email": "grace@example.com", "password": "compiler-1952"}


def make(manner, *, clerk_js=None, **given):
    primary, satellite = HERE[manner]
    options = {
        "is_satellite": True,
        "domain": satellite.partition("//")[2].partition(":")[0],
        "sign_in_url": f"{primary}/__clerk/sign-in",
        "sign_up_url": f"{primary}/__clerk/sign-up",
        **given,
    }
    by_origin = {satellite: options}
    sites = Sites(manner, primary, satellite, clerk_js=clerk_js, **by_origin)
    if manner == "production":
        sites.local.add_satellite(options["domain"], f"{primary}/__clerk")
    sites.primary, sites.satellite = primary, satellite
    return sites


@pytest.fixture(params=HERE)
def manner(request):
    return request.param


@pytest.fixture
def sites(manner):
    return make(manner)


def come_in(sites, back="/page"):
    fields = {**GRACE, "redirect_url": back}
    return sites.browser.post(f"{sites.primary}/__clerk/sign-in", **fields)


def test_a_first_visit_asks_nobody(sites):
    told = sites.told(f"{sites.satellite}/page")
    assert told["reason"] == "session-token-and-uat-missing"
    assert len(sites.browser.seen) == 1


def test_a_link_that_says_so_brings_the_session_along(sites):
    come_in(sites)
    told = sites.told(f"{sites.satellite}/page?__clerk_synced=false")
    assert (told["status"], told["user"]) == ("signed-in", "user_grace")


def test_so_it_does_where_clerks_component_is_the_sign_in_page(manner, node_modules):
    sites = make(manner, clerk_js=node_modules)
    come_in(sites)
    told = sites.told(f"{sites.satellite}/page?__clerk_synced=false")
    assert (told["status"], told["user"]) == ("signed-in", "user_grace")


def test_a_link_brings_nobody_along_where_nobody_is(sites):
    told = sites.told(f"{sites.satellite}/page?__clerk_synced=false")
    assert told["status"] == "signed-out"


def test_a_satellite_may_ask_by_itself(manner):
    sites = make(manner, satellite_auto_sync=True)
    come_in(sites)
    assert sites.told(f"{sites.satellite}/page")["user"] == "user_grace"


def test_a_satellite_that_asks_by_itself_comes_to_rest(manner):
    sites = make(manner, satellite_auto_sync=True)
    assert sites.told(f"{sites.satellite}/page")["status"] == "signed-out"
    assert len(sites.browser.seen) <= 8


def test_a_protected_page_is_reached_through_the_primary(sites):
    page = sites.browser.get(f"{sites.satellite}/private?a=1")
    assert page.url.startswith(f"{sites.primary}/__clerk/sign-in")
    [back] = page.forms[1]["fields"]["redirect_url"]
    assert "__clerk_synced=false" in back
    page = come_in(sites, back)
    assert page.url.startswith(f"{sites.satellite}/private?a=1")
    assert json.loads(page.text)["user"] == "user_grace"


def test_what_is_over_at_the_primary_is_over_at_the_satellite(sites):
    come_in(sites)
    sites.told(f"{sites.satellite}/page?__clerk_synced=false")
    sites.browser.post(f"{sites.primary}/__clerk/sign-out", redirect_url="/")
    sites.clock.now += 120
    told = sites.told(f"{sites.satellite}/page")
    assert told["status"] == "signed-out"


def test_an_expired_session_is_renewed_at_the_satellite(sites):
    come_in(sites)
    sites.told(f"{sites.satellite}/page?__clerk_synced=false")
    sites.clock.now += 120
    sites.browser.lose("__refresh")
    assert sites.told(f"{sites.satellite}/page")["user"] == "user_grace"


def test_the_organization_of_the_url_is_activated_at_the_satellite(sites):
    come_in(sites)
    sites.told(f"{sites.satellite}/page?__clerk_synced=false")
    assert sites.told(f"{sites.satellite}/orgs/rowers")["org"] == "rowers"


def bounced(sites):
    """A browser on its way from the satellite to the primary and back."""
    browser = sites.browser
    back = quote(f"{sites.satellite}/page", safe="")
    path = f"/__clerk/v1/client/handshake?redirect_url={back}&format=nonce"
    to_primary = browser.request("GET", f"{sites.satellite}{path}")
    assert to_primary.status == 307
    assert to_primary.location.url.startswith(f"{sites.primary}/__clerk/v1/client/sync")
    to_satellite = browser.request("GET", to_primary.location.url)
    assert to_satellite.status == 307
    assert to_satellite.location.url.startswith(f"{sites.satellite}{path}")
    return to_satellite.location.url


@pytest.fixture
def live():
    sites = make("production")
    come_in(sites)
    return sites


def test_the_primarys_answer_is_good_once(live):
    url = bounced(live)
    assert live.browser.request("GET", url).status == 307
    assert_refused(live.browser.request("GET", url))


def test_the_primarys_answer_is_good_for_a_minute(live):
    url = bounced(live)
    live.browser.now = lambda: 0  # a browser whose clock stands still
    live.clock.now += 61
    assert_refused(live.browser.request("GET", url))


def test_the_primarys_answer_is_good_for_that_browser_only(live):
    """Else anybody could be signed in as somebody else by a link."""
    url = bounced(live)
    assert_refused(live.another_browser().request("GET", url))


def test_an_answer_that_nobody_gave_is_refused(live):
    url = f"{live.satellite}/__clerk/v1/client/handshake?redirect_url=/&__clerk_sync=x"
    assert_refused(live.browser.request("GET", url))


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.example/v1/client/handshake",
        "http://other.localhost:4747/__clerk/v1/client/handshake",
        "http://partner.localhost:4747/page",
        "http://shop.localhost:4747/__clerk/v1/client/handshake",
        "http://[",
        "",
    ],
)
def test_the_primary_answers_satellites_only(live, back):
    path = f"/__clerk/v1/client/sync?redirect_url={quote(back, safe='')}&proof=x"
    page = live.browser.request("GET", f"{live.primary}{path}")
    assert page.status == 400
    assert page.header("Location") is None
    assert page.header("Content-Type") == "application/json"


def test_in_development_nobody_asks_the_primary_by_cookie():
    sites = make("development")
    back = quote(f"{sites.satellite}/__clerk/v1/client/handshake", safe="")
    path = f"/__clerk/v1/client/sync?redirect_url={back}"
    assert_refused(sites.browser.request("GET", f"{sites.primary}{path}"))


@pytest.mark.parametrize(
    ("domain", "primary"),
    [
        ("partner.example", "http://shop.localhost:4747"),
        ("partner.localhost", "http://shop.example"),
        ("partner.localhost", "nonsense"),
        ("", "http://shop.localhost"),
    ],
)
def test_a_satellite_is_on_this_machine(live, domain, primary):
    with pytest.raises(ConfigurationError, match="on this machine"):
        live.local.add_satellite(domain, primary)


def assert_refused(page):
    assert page.status == 400
    assert '"invalid_handshake"' in page.text
