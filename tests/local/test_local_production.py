"""The production manner: browsers known by cookies, and clean URLs."""

import json
import re

import pytest
from two_sites import Sites

from clerk_wsgi.core.tokens import parse_token
from clerk_wsgi.local.sessions import end_sessions_of
from clerk_wsgi.local.users import change_user

APP = "http://app.shop.localhost:4747"
ADMIN = "http://admin.shop.localhost:4747"
ELSEWHERE = "http://127.0.0.1:4747"
GRACE = {"email": "grace@example.com", "password": "compiler-1952"}
API = {"Accept": "application/json"}


@pytest.fixture
def sites():
    return Sites("production", APP, ADMIN, ELSEWHERE)


@pytest.fixture
def browser(sites):
    return sites.browser


def come_in(browser, back="/page", site=APP):
    fields = {**GRACE, "redirect_url": back}
    return browser.request("POST", f"{site}/__clerk/sign-in", fields=fields)


def requests_since(browser, start):
    return [(path, status) for _, path, status in browser.seen[start:]]


def test_a_first_visit_asks_nobody(sites, browser):
    told = sites.told("/page")
    assert told["reason"] == "session-token-and-uat-missing"
    assert len(browser.seen) == 1


def test_signing_in_comes_back_to_a_clean_url(sites, browser):
    page = come_in(browser)
    assert page.status == 303
    assert page.location.url == f"{APP}/page"
    suffix = sites.local.settings.suffix
    assert set(browser.cookies) == {
        "__client",
        "__client_uat",
        f"__client_uat_{suffix}",
    }
    assert sites.told(page.location.url)["user"] == "user_grace"
    assert requests_since(browser, 1) == [
        ("/page", 307),
        ("/__clerk/v1/client/handshake", 307),
        ("/page", 200),
    ]
    assert "__clerk" not in browser.seen[-1][1]


def test_only_clerk_sees_what_the_browser_proves_itself_with(browser):
    page = come_in(browser)
    [cookie] = [v for n, v in page.headers if v.startswith("__client=")]
    assert "; HttpOnly" in cookie
    assert "Domain" not in cookie
    assert "__client" not in browser.cookies_for(ADMIN)


def test_the_handshake_is_gone_after_use(sites, browser):
    browser.follow(come_in(browser))
    assert not [name for name in browser.cookies if "handshake" in name]
    assert sites.told("/page")["status"] == "signed-in"


def test_another_host_of_the_domain_hears_of_it(sites, browser):
    """It has no session yet, but the shared cookie says that there is one."""
    browser.follow(come_in(browser))
    browser.keep(f"__client={browser.cookies['__client']}; Path=/", ADMIN)
    assert sites.told(f"{ADMIN}/page")["user"] == "user_grace"


def test_a_foreign_domain_hears_of_nothing(sites, browser):
    browser.follow(come_in(browser))
    assert sites.told(f"{ELSEWHERE}/page")["status"] == "signed-out"


def test_an_expired_session_is_renewed_without_a_redirect(sites, browser):
    browser.follow(come_in(browser))
    sites.clock.now += 120
    start = len(browser.seen)
    assert sites.told("/page")["status"] == "signed-in"
    assert requests_since(browser, start) == [("/page", 200)]


def test_without_its_refresh_token_it_takes_a_handshake(sites, browser):
    browser.follow(come_in(browser))
    sites.clock.now += 120
    browser.lose("__refresh")
    start = len(browser.seen)
    assert sites.told("/page")["status"] == "signed-in"
    assert len(browser.seen) == start + 3


def test_a_revoked_session_is_over_within_a_minute(sites, browser):
    browser.follow(come_in(browser))
    end_sessions_of(sites.local.state, "user_grace")
    sites.clock.now += 120
    assert sites.told("/page")["status"] == "signed-out"
    assert browser.cookies["__client_uat"] == "0"


def test_without_the_time_of_change_a_session_is_asked_about(sites, browser):
    browser.follow(come_in(browser))
    browser.lose("__client_uat")
    assert sites.told("/page")["status"] == "signed-in"
    assert browser.cookies["__client_uat"] != "0"


def test_signing_out_is_known_at_once_and_everywhere(sites, browser):
    browser.follow(come_in(browser))
    browser.keep(f"__client={browser.cookies['__client']}; Path=/", ADMIN)
    assert sites.told(f"{ADMIN}/page")["status"] == "signed-in"
    fields = {"redirect_url": "/bye"}
    page = browser.request("POST", f"{APP}/__clerk/sign-out", fields=fields)
    assert page.location.url == f"{APP}/bye"
    assert sites.told("/bye")["status"] == "signed-out"
    assert sites.told(f"{ADMIN}/page")["status"] == "signed-out"


def test_signing_in_changes_the_browsers_token(sites, browser):
    come_in(browser)
    known = browser.cookies["__client"]
    come_in(browser)
    assert browser.cookies["__client"] != known
    other = sites.another_browser()
    other.keep(f"__client={known}; Path=/", APP)
    page = other.get("/__clerk/sign-in")
    assert "signed in as" not in page.text


def test_a_page_that_is_protected_leads_to_the_form_and_back(sites, browser):
    page = browser.get("/private?a=1")
    assert page.path == "/__clerk/sign-in"
    [back] = page.forms[1]["fields"]["redirect_url"]
    page = browser.follow(come_in(browser, back))
    assert (page.path, page.query, page.status) == ("/private", {"a": ["1"]}, 200)


def test_organizations_change_by_page_and_by_url(sites, browser):
    browser.follow(come_in(browser))
    fields = {"organization_id": "org_rowers", "redirect_url": "/page"}
    page = browser.post("/__clerk/organizations", **fields)
    assert json.loads(page.text)["org"] == "rowers"
    assert sites.told("/orgs/lighthouse")["org"] == "lighthouse"
    assert sites.told("/me")["org"] is None


def test_a_new_organization_is_active(sites, browser):
    browser.follow(come_in(browser))
    fields = {"name": "Tides", "redirect_url": "/page"}
    page = browser.post("/__clerk/create-organization", **fields)
    assert json.loads(page.text)["org"] == "tides"


def test_a_session_knows_its_organization_on_other_hosts_too(sites, browser):
    """Where it is active, that is told by a change that is younger than the token."""
    browser.follow(come_in(browser))
    browser.keep(f"__client={browser.cookies['__client']}; Path=/", ADMIN)
    assert sites.told(f"{ADMIN}/page")["org"] is None
    sites.clock.now += 2
    fields = {"organization_id": "org_rowers", "redirect_url": "/page"}
    browser.post("/__clerk/organizations", **fields)
    assert sites.told(f"{ADMIN}/page")["org"] == "rowers"


def test_signing_up_with_a_code(sites, browser):
    new = {"email": "mary@example.com", "password": "somerville-1831"}
    page = browser.post("/__clerk/sign-up", redirect_url="/page", **new)
    assert page.path == "/__clerk/sign-up/code"
    [code] = re.findall(r"\b\d{6}\b", sites.mails[-1])
    page = browser.post("/__clerk/sign-up/code", code=code, redirect_url="/page")
    assert json.loads(page.text)["status"] == "signed-in"


def handshake(browser, back, site=APP):
    path = f"/__clerk/v1/client/handshake?redirect_url={back}"
    return browser.request("GET", f"{site}{path}")


@pytest.mark.parametrize("back", [f"{ELSEWHERE}/", "http://other.localhost/"])
def test_nobody_is_sent_where_no_cookie_reaches(browser, back):
    page = handshake(browser, back)
    assert page.status == 400
    assert '"invalid_handshake"' in page.text


@pytest.mark.parametrize("back", [f"{ADMIN}/x", "http://shop.localhost:1/", "/x"])
def test_the_domain_may_be_gone_back_to(browser, back):
    page = handshake(browser, back)
    assert page.status == 307
    assert "__clerk" not in page.location.url.partition("?")[2]
    [cookie] = [v for n, v in page.headers if v.startswith("__clerk_handshake=")]
    assert "; Domain=shop.localhost" in cookie
    assert "; HttpOnly" in cookie
    assert "; Max-Age=60" in cookie


def test_what_comes_back_signed_fits_into_a_cookie(sites, browser):
    """A browser drops larger ones without a word, and would ask again and again."""
    change_user(sites.local.state, "user_grace", public_metadata={"notes": "x" * 500})
    come_in(browser)
    for suffixed in ("true", "false"):
        page = handshake(browser, f"/x&suffixed_cookies={suffixed}")
        [cookie] = [v for n, v in page.headers if v.startswith("__clerk_handshake=")]
        assert len(cookie.partition(";")[0]) <= 4096
        token = parse_token(
            cookie.partition(";")[0].partition("=")[2], max_length=16_384
        )
        sessions = [each for each in token.claims["handshake"] if "__session" in each]
        assert len(sessions) == 1
        assert ("__session_" in sessions[0]) is (suffixed == "true")


def test_a_page_elsewhere_knows_no_browser_by_its_url(sites, browser):
    come_in(browser)
    token = browser.cookies["__client"]
    other = sites.another_browser()
    for path in ("/__clerk/sign-in", "/__clerk/user"):
        page = other.get(f"{path}?__clerk_db_jwt={token}")
        assert "signed in as" not in page.text
        assert page.path == "/__clerk/sign-in"


def test_satellites_of_development_are_told_nothing(browser):
    come_in(browser)
    page = browser.get(f"/__clerk/sign-in?__clerk_redirect_url={ADMIN}/")
    assert page.status == 200


def test_a_program_is_never_redirected(sites, browser):
    browser.follow(come_in(browser))
    sites.clock.now += 120
    browser.lose("__refresh")
    page = browser.request("GET", "/page", API)
    assert page.status == 200
    assert json.loads(page.text)["status"] == "signed-out"
