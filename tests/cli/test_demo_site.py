"""The demo from a browser's side: in process, and once over a real server."""

import json
import threading

import pytest
from browsing import Browser, over_http
from demo_site import demo_browser
from local_clerk import ORIGIN, Clock, local_clerk
from werkzeug.test import Client, create_environ, run_wsgi_app

from clerk_wsgi.cli.demo import build_demo
from clerk_wsgi.cli.serving import build_server, listen
from clerk_wsgi.local import LocalClerk
from clerk_wsgi.local.organizations import find_organization
from clerk_wsgi.local.users import merge_metadata

PRIMARY = ORIGIN.replace("127.0.0.1", "localhost")
API = {"Accept": "application/json"}
FIRST_VISIT = [
    ("GET", "/", 307),
    ("GET", "/__clerk/v1/client/handshake", 307),
    ("GET", "/", 307),
    ("GET", "/", 200),
]


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def browser(clock):
    return demo_browser(local_clerk(clock), clock)


@pytest.fixture
def real_browser():
    local = LocalClerk()
    server = build_server(listen(0), lambda origin: build_demo(local, origin))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Browser(f"http://localhost:{server.port}", over_http)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(params=["in process", "over HTTP"])
def any_browser(request):
    names = {"in process": "browser", "over HTTP": "real_browser"}
    return request.getfixturevalue(names[request.param])


def me(browser):
    return json.loads(browser.get("/api/me", API).text)


def test_the_whole_round_trip(any_browser):
    browser = any_browser
    assert "Nobody is signed in on this browser." in browser.get("/").text
    assert browser.seen == FIRST_VISIT

    page = browser.get("/dashboard")
    assert (page.path, page.status) == ("/__clerk/sign-in", 200)
    assert page.query == {"redirect_url": [f"{browser.origin}/dashboard"]}

    [chosen, typed] = page.forms
    assert "user_grace" in chosen["fields"]["user_id"]
    [back] = typed["fields"]["redirect_url"]
    page = browser.sign_in("grace", redirect_url=back)
    assert (page.path, page.query, page.status) == ("/dashboard", {}, 200)
    assert "Hello, Grace" in page.text
    assert "grace@example.com" in page.text

    page = browser.get("/orgs/lighthouse")
    assert page.status == 200
    assert "org:reports:read" in page.text
    assert me(browser)["org_role"] == "org:member"

    assert browser.get("/admin").status == 404

    page = browser.post("/__clerk/sign-out", redirect_url="/")
    assert (page.path, page.status) == ("/", 200)
    assert "Nobody is signed in on this browser." in page.text
    assert browser.get("/api/me", API).status == 404
    assert browser.get("/dashboard").path == "/__clerk/sign-in"


def test_a_page_shows_where_it_is_and_who_looks(browser):
    browser.sign_in("ada", "engine-1843")
    page = browser.get("/orgs")
    assert '<a href="/orgs" aria-current="page">' in page.text
    assert "Ada Lovelace" in page.text
    assert "You are its admin." in page.text


@pytest.mark.parametrize(
    ("who", "password", "path", "status"),
    [
        pytest.param("ada", "engine-1843", "/admin", 200, id="metadata"),
        pytest.param("grace", "compiler-1952", "/admin", 404, id="member"),
        pytest.param("emmy", "symmetry-1918", "/admin", 404, id="no organization"),
        pytest.param("emmy", "symmetry-1918", "/nowhere", 404, id="no such page"),
        pytest.param("emmy", "symmetry-1918", "/orgs", 200, id="organizations"),
    ],
)
def test_who_sees_what(browser, who, password, path, status):
    assert browser.sign_in(who, password).status == 200
    assert browser.get(path).status == status


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "192.168.0.4"]
)
def test_under_a_strangers_name_there_is_no_site(clock, host):
    """Whose pages could else read this one, if his name leads here."""
    app = build_demo(local_clerk(clock), ORIGIN)
    for path in ("/", "/dashboard", "/style.css", "/__clerk/sign-in"):
        with Client(app).get(path, base_url=f"http://{host}:4747") as answer:
            assert answer.status_code == 403


def test_bytes_in_a_query_that_are_no_text_are_refused(clock):
    app = build_demo(local_clerk(clock), ORIGIN)
    environ = {**create_environ("/sign-in", PRIMARY), "QUERY_STRING": "\xff"}
    assert run_wsgi_app(app, environ)[1] == "400 BAD REQUEST"


def role_of(local, user_id):
    return local.state.need("user", user_id)["public_metadata"].get("role")


def test_an_admin_gives_roles_and_takes_them_away(clock):
    local = local_clerk(clock)
    browser = demo_browser(local, clock)
    browser.sign_in("ada", "engine-1843")
    page = browser.get("/admin?search=grace")
    assert "Grace Hopper" in page.text
    assert "Alan Turing" not in page.text
    for role in ("admin", "moderator", ""):
        page = browser.post("/admin/role", user_id="user_grace", role=role, search="gr")
        assert (page.path, page.query.get("search")) == ("/admin", ["gr"])
        assert role_of(local, "user_grace") == (role or None)


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"user_id": "user_grace", "role": "king"}, 400),
        ({"user_id": "user_grace"}, 400),
        ({"user_id": "nobody", "role": "admin"}, 404),
        ({"user_id": "../users", "role": "admin"}, 404),
        ({"role": "admin"}, 404),
    ],
)
def test_roles_that_cannot_be_given(browser, given, status):
    browser.sign_in("ada", "engine-1843")
    assert browser.post("/admin/role", **given).status == status


def test_nobody_else_gives_roles(clock):
    local = local_clerk(clock)
    browser = demo_browser(local, clock)
    browser.sign_in()
    given = {"user_id": "user_grace", "role": "admin"}
    assert browser.post("/admin/role", **given).status == 404
    browser.sign_in("ada", "engine-1843")
    page = browser.request(
        "POST",
        "/admin/role",
        headers={"Origin": "http://localhost:1", "Sec-Fetch-Site": "same-site"},
        fields=given,
    )
    assert page.status == 403
    assert role_of(local, "user_grace") is None


def test_who_became_admin_is_one_with_the_next_token(clock):
    local = local_clerk(clock)
    browser = demo_browser(local, clock)
    browser.sign_in()
    merge_metadata(local.state, "user_grace", {"public_metadata": {"role": "admin"}})
    assert browser.get("/admin").status == 404
    clock.now += 120
    assert browser.get("/admin").status == 200


def test_personal_pages_leave_the_organization(browser):
    browser.sign_in()
    browser.get("/orgs/rowers")
    page = browser.get("/me/notes")
    assert page.status == 200
    assert "none: this is your personal account" in page.text
    assert me(browser)["org_id"] is None


def test_the_api_says_who_may(clock):
    local = local_clerk(clock)
    browser = demo_browser(local, clock)
    bad = {"Accept": "application/json", "Authorization": "Bearer ak_nonsense"}
    assert browser.request("GET", "/api/reports", headers=API).status == 404
    assert browser.request("GET", "/api/reports", headers=bad).status == 401
    browser.sign_in()
    assert browser.request("GET", "/api/reports", headers=API).status == 200
    browser.get("/orgs/rowers")
    assert browser.request("GET", "/api/orgs/rowers/reports", headers=API).status == 200
    assert find_organization(local.state, "rowers")
    page = browser.request("POST", "/api/account/close", headers=API, fields={})
    assert page.status == 200
    clock.now += 20 * 60
    browser.get("/dashboard")
    page = browser.request("POST", "/api/account/close", headers=API, fields={})
    assert page.status == 403
    assert json.loads(page.text)["clerk_error"]["reason"] == "reverification-error"


def test_whoever_sends_a_form_is_in_no_redirect_loop(browser):
    for _ in range(4):
        assert browser.sign_in().status == 200
        assert me(browser)["user_id"] == "user_grace"


def test_signing_out_works_where_no_handshake_is_made_any_more(browser):
    browser.sign_in()
    browser.keep("__clerk_redirect_count=3; Max-Age=2", "/orgs/rowers")
    browser.post("/__clerk/sign-out", redirect_url="/orgs/rowers")
    assert browser.get("/api/me", API).status == 404


def test_the_organization_in_the_url_becomes_active(browser):
    browser.sign_in()
    assert me(browser)["org_slug"] is None
    assert browser.get("/orgs/rowers").status == 200
    assert me(browser) | {"session_id": ""} == {
        "user_id": "user_grace",
        "session_id": "",
        "org_id": "org_rowers",
        "org_slug": "rowers",
        "org_role": "org:admin",
        "org_permissions": ["org:reports:read", "org:reports:manage"],
    }
    assert browser.get("/orgs/lighthouse").status == 200
    assert me(browser)["org_slug"] == "lighthouse"


@pytest.mark.parametrize("slug", ["lighthouse", "nobody", "%3Cb%3E", "%C3%BC"])
def test_an_organization_that_one_may_not_enter_stays_closed(browser, slug):
    browser.sign_in("alan", "machine-1936")
    browser.get("/orgs/rowers")
    page = browser.get(f"/orgs/{slug}")
    assert page.status == 404
    assert "<strong>rowers</strong> is active" in page.text
    assert "<b>" not in page.text
    assert me(browser)["org_slug"] == "rowers"


def test_the_personal_account_has_no_organization(browser):
    browser.sign_in()
    browser.get("/orgs/rowers")
    page = browser.post("/__clerk/organizations", redirect_url="/dashboard")
    assert (page.path, page.status) == ("/dashboard", 200)
    assert me(browser)["org_id"] is None


def test_an_expired_token_is_renewed_without_a_redirect(browser, clock):
    browser.sign_in()
    before = browser.cookies["__session"]
    clock.now += 120
    page = browser.request("GET", "/dashboard")
    assert page.status == 200
    assert browser.cookies["__session"] != before
    assert browser.request("GET", "/dashboard").status == 200


def test_a_lost_session_cookie_comes_back_by_handshake(browser):
    browser.sign_in()
    browser.lose("__session")
    page = browser.get("/dashboard")
    assert (page.path, page.status) == ("/dashboard", 200)
    assert ("GET", "/__clerk/v1/client/handshake", 307) in browser.seen[-4:]


def test_a_session_ends_after_a_week(browser, clock):
    browser.sign_in()
    clock.now += 7 * 24 * 60 * 60 + 60
    assert browser.get("/dashboard").path == "/__clerk/sign-in"


def test_signing_out_ends_the_session_for_a_stolen_refresh_token(browser, clock):
    browser.sign_in()
    stolen = dict(browser.jar)
    browser.post("/__clerk/sign-out", redirect_url="/")
    clock.now += 120
    browser.jar = stolen
    assert browser.get("/dashboard").path == "/__clerk/sign-in"


def test_another_local_clerk_is_nobody_to_this_one(browser, clock):
    browser.sign_in()
    other = demo_browser(local_clerk(clock, publishable_key=None), clock)
    other.jar = dict(browser.jar)
    assert other.get("/dashboard").path == "/__clerk/sign-in"
    assert other.sign_in().status == 200
    assert browser.get("/dashboard").status == 200


def test_no_page_shows_a_token(browser):
    browser.sign_in()
    text = browser.get("/dashboard").text + browser.get("/").text
    secrets = [value for value in browser.cookies.values() if len(value) > 10]
    assert len(secrets) > 4
    assert not [value for value in secrets if value in text]
    assert "<code>__session</code>" in text


def test_a_signed_out_script_is_told_so(browser):
    assert browser.get("/api/me", API).status == 404


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("POST", "/", 405, id="method"),
        pytest.param("GET", "/nowhere", 404, id="no such page"),
        pytest.param("GET", "/orgs/a/b/c", 404, id="deep"),
        pytest.param("GET", "/%ff", 404, id="not UTF-8"),
        pytest.param("GET", "/.%2e/dashboard", 400, id="dot segments"),
        pytest.param("HEAD", "/", 200, id="head"),
        pytest.param("GET", "/style.css", 200, id="style"),
        pytest.param("GET", "/icon.svg", 200, id="icon"),
        pytest.param("GET", "/?__clerk_handshake_nonce=x", 200, id="nonce"),
    ],
)
def test_odd_requests_get_an_answer(browser, method, path, status):
    page = browser.follow(browser.request(method, path, headers=API))
    assert page.status == status


def test_pages_forbid_scripts_and_frames(browser):
    policy = browser.get("/").header("Content-Security-Policy")
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy


def test_the_way_back_leads_to_the_page_that_was_asked_for(browser):
    page = browser.get("/orgs/rowers?from=mail")
    [back] = page.query["redirect_url"]
    page = browser.sign_in(redirect_url=back)
    assert (page.path, page.query, page.status) == (
        "/orgs/rowers",
        {"from": ["mail"]},
        200,
    )
