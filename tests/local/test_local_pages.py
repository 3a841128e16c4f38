"""The account pages: signing in and out and choosing, without JavaScript."""

from urllib.parse import quote

import pytest
from local_clerk import ORIGIN, Clock, clerk_browser, local_clerk

from clerk_wsgi.core.keys import cookie_suffix

GRACE = {"email": "grace@example.com", "password": "compiler-1952"}
EVIL = "https://evil.example"


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def browser(clock):
    return clerk_browser(local_clerk(clock), clock)


def post(browser, path, headers=None, **fields):
    return browser.request("POST", path, headers=headers or {}, fields=fields)


def come_in(browser, **who):
    """Sign in, and keep what the handshake would have the browser keep."""
    page = post(browser, "/sign-in", **(who or GRACE))
    [token] = page.location.query["__clerk_db_jwt"]
    browser.keep(f"__clerk_db_jwt={token}; Path=/", "/")
    return token


def test_everybody_can_be_chosen(browser):
    [chosen, _] = browser.get("/sign-in?redirect_url=/x%3Fa%3D1%26b").forms
    assert chosen["fields"] == {
        "redirect_url": ["/x?a=1&b"],
        "user_id": ["user_ada", "user_grace", "user_alan", "user_emmy"],
    }


@pytest.mark.parametrize(
    "who",
    [
        pytest.param({"user_id": "user_grace"}, id="chosen"),
        pytest.param(GRACE, id="password"),
        pytest.param({**GRACE, "email": " Grace@EXAMPLE.com"}, id="other case"),
    ],
)
def test_signing_in_leads_back_with_the_browsers_token(browser, who):
    page = post(browser, "/sign-in", redirect_url="/dashboard?a=1", **who)
    assert page.status == 303
    assert page.location.url.startswith(f"{ORIGIN}/dashboard?a=1&__clerk_db_jwt=dvb_")


@pytest.mark.parametrize(
    "who",
    [
        pytest.param({**GRACE, "password": "compiler-1953"}, id="wrong password"),
        pytest.param({**GRACE, "password": ""}, id="empty password"),
        pytest.param({"email": GRACE["email"]}, id="no password"),
        pytest.param({**GRACE, "email": "nobody@example.com"}, id="unknown address"),
        pytest.param({"email": "nobody@example.com", "password": ""}, id="nobody"),
        pytest.param({"user_id": "user_nobody"}, id="unknown user"),
        pytest.param({"user_id": "", **GRACE}, id="empty user"),
        pytest.param({}, id="nothing"),
        pytest.param({"email": "\x00é💥", "password": "\udcff"}, id="garbage"),
    ],
)
def test_whoever_cannot_prove_it_stays_outside(browser, who):
    who = {n: v.encode("utf-8", "surrogateescape") for n, v in who.items()}
    page = post(browser, "/sign-in", redirect_url="/x", **who)
    assert page.status == 422
    assert page.header("Location") is None
    assert "do not belong together" in page.text
    assert page.forms[1]["fields"]["redirect_url"] == ["/x"]


def test_what_was_typed_is_escaped_when_shown_again(browser):
    nasty = "\"><script>alert('x')</script>"
    page = post(browser, "/sign-in", email=nasty, password="x")
    assert "<script>" not in page.text
    assert page.forms[1]["fields"]["email"] == [nasty]


def test_a_password_is_never_shown_again(browser):
    page = post(browser, "/sign-in", email="x@example.com", password="secret-thing")
    assert "secret-thing" not in page.text


def test_signing_in_changes_the_browsers_token(browser):
    """Whoever knew it before, and had somebody sign in under it, has nothing."""
    known = come_in(browser, user_id="user_alan")
    renewed = come_in(browser, user_id="user_grace")
    assert known != renewed
    browser.keep(f"__clerk_db_jwt={known}; Path=/", "/")
    assert browser.request("GET", "/organizations").status == 303


def test_the_sign_in_page_says_who_is_signed_in(browser):
    come_in(browser)
    assert "You are signed in as Grace Hopper." in browser.get("/sign-in").text


def test_a_page_knows_its_own_cookie_before_a_plain_one(clock):
    local = local_clerk(clock)
    browser = clerk_browser(local, clock)
    token = come_in(browser)
    browser.keep("__clerk_db_jwt=dvb_of_another_application; Path=/", "/")
    assert "signed in as" not in browser.get("/sign-in").text
    suffix = cookie_suffix(local.publishable_key)
    browser.keep(f"__clerk_db_jwt_{suffix}={token}; Path=/", "/")
    assert "signed in as" in browser.get("/sign-in").text


def test_organizations_are_listed_with_the_active_one(browser):
    come_in(browser)
    post(browser, "/organizations", organization_id="rowers")
    page = browser.get("/organizations?redirect_url=/here")
    [form] = page.forms
    assert form["fields"] == {
        "redirect_url": ["/here"],
        "organization_id": ["", "org_lighthouse", "org_rowers"],
    }
    assert page.text.count("Active") == 1


@pytest.mark.parametrize("wanted", ["lighthouse", "nobody", "user_alan", "\x00"])
def test_an_organization_of_others_cannot_be_chosen(browser, wanted):
    come_in(browser, user_id="user_alan")
    page = post(browser, "/organizations", organization_id=wanted)
    assert page.status == 403
    assert "no member" in page.text


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_choosing_an_organization_needs_somebody_signed_in(browser, method):
    fields = {"redirect_url": "/here"} if method == "POST" else None
    path = "/organizations" if fields else "/organizations?redirect_url=/here"
    page = browser.request(method, path, headers={}, fields=fields)
    assert page.status == 303
    assert page.location.url == f"{ORIGIN}/sign-in?redirect_url=%2Fhere"


def test_signing_out_takes_a_form(browser):
    come_in(browser)
    [form] = browser.get("/sign-out?redirect_url=/bye").forms
    assert form["fields"] == {"redirect_url": ["/bye"]}
    assert "signed in as" in browser.get("/sign-in").text


def test_signing_out_ends_the_session_and_clears_its_cookies(browser):
    come_in(browser)
    page = post(browser, "/sign-out", redirect_url="/bye")
    assert page.status == 303
    assert page.location.path == "/bye"
    cleared = [v for n, v in page.headers if n == "Set-Cookie"]
    assert sum(each.startswith("__session") for each in cleared) == 2
    assert "signed in as" not in browser.get("/sign-in").text


def test_nobody_may_sign_out_too(browser):
    assert post(browser, "/sign-out").status == 303


FOREIGN = [
    pytest.param({"Origin": EVIL}, id="another site"),
    pytest.param({"Origin": "null"}, id="a sandbox"),
    pytest.param({"Origin": "http://127.0.0.1:8000"}, id="another port"),
    pytest.param({"Origin": "https://127.0.0.1:4747"}, id="another scheme"),
    pytest.param({"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"}, id="cross-site"),
    pytest.param({"Origin": ORIGIN, "Sec-Fetch-Site": "same-site"}, id="same-site"),
]


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize("path", ["/sign-in", "/organizations", "/sign-out"])
def test_a_form_of_another_site_is_refused(browser, path, headers):
    come_in(browser)
    page = post(browser, path, headers, user_id="user_ada", organization_id="rowers")
    assert page.status == 403
    assert page.header("Set-Cookie") is None
    assert "signed in as Grace" in browser.get("/sign-in").text


def test_a_script_that_is_no_browser_may_send_a_form(browser):
    page = browser.request("POST", "/sign-in", {"Origin": ORIGIN}, fields=GRACE)
    assert page.status == 303


@pytest.mark.parametrize("path", ["/sign-in", "/organizations", "/sign-out"])
@pytest.mark.parametrize(
    "back",
    [EVIL, "//evil.example", "/\\evil.example", "javascript:alert(1)", "http://["],
)
def test_no_page_leads_elsewhere(browser, path, back):
    come_in(browser)
    asked = browser.request("POST", path, {}, fields={**GRACE, "redirect_url": back})
    assert asked.status == 400
    shown = browser.request("GET", f"{path}?redirect_url={quote(back, safe='')}")
    assert shown.status == 400
    assert "evil" not in shown.text


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:4747", 200),
        ("127.0.0.1", 200),
        ("[::1]:4747", 200),
        ("app.localhost", 200),
        ("evil.example", 403),
        ("127.0.0.1.evil.example", 403),
        ("192.168.0.4", 403),
        ("a b", 400),
        ("", 400),
        ("[", 400),
    ],
)
def test_only_this_machines_names_are_answered(browser, host, status):
    assert browser.request("GET", "/sign-in", {"Host": host}).status == status


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/", 404),
        ("PUT", "/sign-in", 405),
        ("DELETE", "/sign-out", 405),
        ("GET", "/sign-in/%00%ff", 404),
        ("GET", "/style.css", 200),
        ("HEAD", "/sign-in", 200),
    ],
)
def test_odd_requests_get_a_page(browser, method, path, status):
    page = browser.request(method, path)
    assert page.status == status
    assert page.header("Content-Type").startswith("text/")


def test_a_form_has_an_end(browser):
    assert post(browser, "/sign-in", email="x" * 100_000).status == 413


def test_pages_forbid_scripts_and_frames_and_are_kept_by_nobody(browser):
    page = browser.get("/sign-in")
    assert "default-src 'none'" in page.header("Content-Security-Policy")
    assert "frame-ancestors 'none'" in page.header("Content-Security-Policy")
    assert page.header("Cache-Control") == "no-store"
