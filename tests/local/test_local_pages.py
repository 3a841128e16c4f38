"""The account pages: signing in and out and choosing, without JavaScript."""

import re
from urllib.parse import quote

import pytest
from local_clerk import ORIGIN, clerk_browser, local_clerk
from werkzeug.test import create_environ, run_wsgi_app

from clerk_wsgi.core.keys import cookie_suffix
from clerk_wsgi.local.organizations import find_organization
from clerk_wsgi.local.users import change_user, create_user, find_by_identifier

GRACE = {"email": "grace@example.com", "password": "compiler-1952"}
EVIL = "https://evil.example"


@pytest.fixture
def mails():
    return []


@pytest.fixture
def local(clock, mails):
    return local_clerk(clock, deliver=mails.append)


def post(browser, path, headers=None, **fields):
    return browser.request("POST", path, headers=headers or {}, fields=fields)


def come_in(browser, **who):
    page = post(browser, "/sign-in", **(who or GRACE))
    [token] = page.location.query["__clerk_db_jwt"]
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


UNKNOWN = "Couldn&#x27;t find your account."
WRONG = "Password is incorrect. Try again, or use another method."


@pytest.mark.parametrize(
    ("who", "said"),
    [
        pytest.param({**GRACE, "password": "compiler-1953"}, WRONG, id="wrong"),
        pytest.param({**GRACE, "password": ""}, WRONG, id="empty"),
        pytest.param({"email": GRACE["email"]}, WRONG, id="no password"),
        pytest.param({**GRACE, "email": "nobody@example.com"}, UNKNOWN, id="unknown"),
        pytest.param({"user_id": "user_nobody"}, UNKNOWN, id="unknown user"),
        pytest.param({"user_id": "", **GRACE}, UNKNOWN, id="empty user"),
        pytest.param({"email_code": "1", "email": "x@y.z"}, UNKNOWN, id="no code"),
        pytest.param({}, UNKNOWN, id="nothing"),
        pytest.param({"email": "\x00é💥", "password": "\udcff"}, UNKNOWN, id="garbage"),
    ],
)
def test_whoever_cannot_prove_it_stays_outside(browser, who, said):
    who = {n: v.encode("utf-8", "surrogateescape") for n, v in who.items()}
    page = post(browser, "/sign-in", redirect_url="/x", **who)
    assert page.status == 422
    assert page.header("Location") is None
    assert said in page.text
    assert page.forms[1]["fields"]["redirect_url"] == ["/x"]


@pytest.mark.parametrize("flag", ["banned", "locked"])
def test_whoever_may_not_come_in_stays_outside(local, browser, flag):
    change_user(local.state, "user_grace", **{flag: True})
    page = post(browser, "/sign-in", **GRACE)
    assert page.status == 403
    assert "not allowed to sign in" in page.text


def test_without_a_password_another_method_is_named(local, browser):
    change_user(local.state, "user_grace", _password=None, password_enabled=False)
    assert post(browser, "/sign-in", **GRACE).status == 400


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
    browser.jar.clear()
    browser.keep(f"__clerk_db_jwt={known}; Path=/", "/")
    assert browser.request("GET", "/organizations").status == 303


def test_the_sign_in_page_says_who_is_signed_in(browser):
    come_in(browser)
    assert "You are signed in as Grace Hopper." in browser.get("/sign-in").text


def test_a_page_knows_its_own_cookie_before_a_plain_one(local, browser):
    token = come_in(browser)
    browser.keep("__clerk_db_jwt=dvb_of_another_application; Path=/", "/")
    assert "signed in as" in browser.get("/sign-in").text
    browser.lose("__clerk_db_jwt_")
    assert "signed in as" not in browser.get("/sign-in").text
    suffix = cookie_suffix(local.publishable_key)
    browser.keep(f"__clerk_db_jwt_{suffix}={token}; Path=/", "/")
    assert "signed in as" in browser.get("/sign-in").text


def test_a_browser_that_comes_from_another_host_is_known_by_the_url(browser):
    token = come_in(browser)
    browser.jar.clear()
    asked = browser.get(f"/sign-in?__clerk_db_jwt={token}")
    assert "signed in as" in asked.text


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


PATHS = [
    *("/sign-in", "/sign-in/code", "/sign-up", "/sign-up/code", "/organizations"),
    *("/create-organization", "/user", "/sign-out"),
]


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize("path", [*PATHS, "/user/password", "/user/sessions"])
def test_a_form_of_another_site_is_refused(browser, path, headers):
    come_in(browser)
    page = post(browser, path, headers, user_id="user_ada", organization_id="rowers")
    assert page.status == 403
    assert "another site" in page.text
    assert page.header("Set-Cookie") is None
    assert "signed in as Grace" in browser.get("/sign-in").text


def test_a_script_that_is_no_browser_may_send_a_form(browser):
    page = browser.request("POST", "/sign-in", {"Origin": ORIGIN}, fields=GRACE)
    assert page.status == 303


@pytest.mark.parametrize("path", PATHS)
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
    ("method", "path"),
    [
        ("GET", "/sign-in"),
        ("GET", "/v1/client"),
        ("POST", "/v1/users"),
        ("POST", "/nowhere"),
    ],
)
def test_bytes_in_a_query_that_are_no_text_are_refused(local, method, path):
    """No browser sends them, but a socket can."""
    environ = {**create_environ(path, ORIGIN, method=method), "QUERY_STRING": "\xff"}
    body, status, _ = run_wsgi_app(local, environ)
    assert status == "400 BAD REQUEST"
    assert b"not UTF-8" in b"".join(body)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
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


@pytest.mark.parametrize("path", ["/sign-in", "/sign-up", "/user"])
def test_pages_forbid_scripts_and_frames_and_are_kept_by_nobody(browser, path):
    come_in(browser)
    page = browser.get(path)
    assert "default-src 'none'" in page.header("Content-Security-Policy")
    assert "frame-ancestors 'none'" in page.header("Content-Security-Policy")
    assert page.header("Cache-Control") == "no-store"
    for outside in ("<script", "<img", "//fonts", "https://", "style="):
        assert outside not in page.text


def test_every_field_has_a_label(browser):
    come_in(browser)
    for path in ("/sign-in", "/sign-up", "/create-organization", "/user"):
        text = browser.get(path).text
        fields = set(re.findall(r'<input id="(\w+)"', text))
        assert fields
        assert fields == set(re.findall(r'<label for="(\w+)"', text)), path


def code_in(mails):
    """The six digits of the last message."""
    [code] = re.findall(r"\b\d{6}\b", mails[-1])
    return code


def other_than(code):
    return "000000" if code != "000000" else "111111"


def ask_for_code(browser, email="grace@example.com", back="/x"):
    """The page that asks for it."""
    fields = {"email": email, "password": "", "redirect_url": back}
    page = post(browser, "/sign-in", email_code="1", **fields)
    assert page.status == 303
    return browser.follow(page)


def test_a_code_that_came_by_mail_lets_in(browser, mails):
    page = ask_for_code(browser)
    assert (page.path, page.status) == ("/sign-in/code", 200)
    assert "grace@example.com" in page.text
    assert mails[-1].startswith("To grace@example.com: ")
    assert code_in(mails) not in page.text
    page = post(browser, "/sign-in/code", code=code_in(mails), redirect_url="/x")
    assert page.status == 303
    assert page.location.url.startswith(f"{ORIGIN}/x?__clerk_db_jwt=dvb_")
    assert "signed in as Grace" in browser.get("/sign-in").text


def test_a_code_may_be_typed_in_groups(browser, mails):
    ask_for_code(browser)
    code = code_in(mails)
    typed = f" {code}\r\n"
    assert post(browser, "/sign-in/code", code=typed).status == 303


def test_a_wrong_code_is_told_and_the_right_one_is_good_still(browser, mails):
    ask_for_code(browser)
    page = post(browser, "/sign-in/code", code=other_than(code_in(mails)))
    assert page.status == 422
    assert "Incorrect code" in page.text
    assert post(browser, "/sign-in/code", code=code_in(mails)).status == 303


def test_a_code_cannot_be_guessed(browser, mails):
    ask_for_code(browser)
    wrong = other_than(code_in(mails))
    statuses = [post(browser, "/sign-in/code", code=wrong).status for _ in range(8)]
    assert statuses[-1] == 400
    assert post(browser, "/sign-in/code", code=code_in(mails)).status == 400


def test_a_code_is_good_for_ten_minutes(browser, mails, clock):
    ask_for_code(browser)
    clock.now += 601
    page = post(browser, "/sign-in/code", code=code_in(mails))
    assert page.status == 400
    assert "expired" in page.text


def test_a_code_is_good_once(browser, mails):
    ask_for_code(browser)
    assert post(browser, "/sign-in/code", code=code_in(mails)).status == 303
    again = post(browser, "/sign-in/code", code=code_in(mails))
    assert again.location.path == "/sign-in"


def test_a_code_is_good_for_the_browser_that_asked(local, browser, mails, clock):
    ask_for_code(browser)
    other = clerk_browser(local, clock)
    page = post(other, "/sign-in/code", code=code_in(mails))
    assert page.location.path == "/sign-in"
    assert "signed in as" not in other.get("/sign-in").text


def test_another_code_can_be_asked_for(browser, mails):
    ask_for_code(browser)
    first = code_in(mails)
    page = post(browser, "/sign-in/code", again="1")
    assert page.status == 200
    assert "on its way" in page.text
    assert len(mails) == 2
    if first != code_in(mails):
        assert post(browser, "/sign-in/code", code=first).status == 422
    assert post(browser, "/sign-in/code", code=code_in(mails)).status == 303


@pytest.mark.parametrize("path", ["/sign-in/code", "/sign-up/code"])
def test_nobody_is_asked_for_a_code_that_was_not_sent(browser, path):
    for page in (
        browser.request("GET", f"{path}?redirect_url=/x"),
        post(browser, path),
    ):
        assert page.status == 303
        assert page.location.path == path.removesuffix("/code")


NEW = {"email": "mary@example.com", "password": "somerville-1831", "last_name": "S."}


def test_signing_up_takes_an_address_that_is_proven(local, browser, mails):
    page = browser.follow(post(browser, "/sign-up", redirect_url="/x", **NEW))
    assert (page.path, page.status) == ("/sign-up/code", 200)
    assert find_by_identifier(local.state, NEW["email"]) is None
    page = post(browser, "/sign-up/code", code=code_in(mails), redirect_url="/x")
    assert page.location.url.startswith(f"{ORIGIN}/x?__clerk_db_jwt=dvb_")
    assert "signed in as S." in browser.get("/sign-in").text
    user = find_by_identifier(local.state, NEW["email"])
    [address] = user["email_addresses"]
    assert address["verification"]["status"] == "verified"
    assert address["verification"]["strategy"] == "email_code"
    assert (user["first_name"], user["last_name"]) == (None, "S.")
    post(browser, "/sign-out")
    who = {name: NEW[name] for name in ("email", "password")}
    assert post(browser, "/sign-in", **who).status == 303


def test_a_password_waits_as_a_digest_only(local, browser):
    post(browser, "/sign-up", **NEW)
    assert NEW["password"] not in "".join(map(str, local.state.records.find("waiting")))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"email": "grace@example.com"}, "is taken"),
        ({"email": "GRACE@example.com "}, "is taken"),
        ({"email": ""}, "valid email address"),
        ({"email": "mary"}, "valid email address"),
        ({"email": "a\x00 b@example.com"}, "valid email address"),
        ({"password": "short"}, "8 characters or more"),
        ({"password": ""}, "8 characters or more"),
        ({"password": "x" * 73}, "less than 72"),
    ],
)
def test_what_cannot_be_is_told(browser, mails, wrong, said):
    page = post(browser, "/sign-up", **{**NEW, **wrong, "redirect_url": "/x"})
    assert page.status == 422
    assert said in page.text
    assert page.forms[0]["fields"]["last_name"] == ["S."]
    assert page.forms[0]["fields"]["password"] == [""]
    assert mails == []


def test_an_address_may_be_taken_while_its_code_is_awaited(local, browser, mails):
    post(browser, "/sign-up", **NEW)
    create_user(local.state, email_addresses=[NEW["email"]])
    page = post(browser, "/sign-up/code", code=code_in(mails))
    assert page.status == 422
    assert "is taken" in page.text
    assert "signed in as" not in browser.get("/sign-in").text


def test_an_organization_is_created_and_active(local, browser):
    come_in(browser)
    fields = {"name": "Tide Tables", "slug": "tides", "redirect_url": "/orgs"}
    page = post(browser, "/create-organization", **fields)
    assert page.status == 303
    assert page.location.path == "/orgs"
    made = find_organization(local.state, "tides")
    assert made["name"] == "Tide Tables"
    assert made["created_by"] == "user_grace"
    page = browser.get("/organizations")
    assert re.search(
        r"Tide Tables</strong><small>org:admin</small></span><em>A", page.text
    )


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": ""}, "Enter the organization"),
        ({"name": "X", "slug": "rowers"}, "slug is taken"),
        ({"name": "X", "slug": "Not A Slug"}, "lowercase letters"),
        ({"name": "X" * 257}, "at most 256"),
    ],
)
def test_an_organization_that_cannot_be_is_told(browser, fields, said):
    come_in(browser)
    page = post(browser, "/create-organization", **fields)
    assert page.status == 422
    assert said in page.text
    assert page.forms[0]["fields"]["name"] == [fields["name"]]


def test_whoever_may_create_no_organization_creates_none(local, browser):
    come_in(browser)
    change_user(local.state, "user_grace", create_organization_enabled=False)
    assert "create-organization" not in browser.get("/organizations").text
    page = post(browser, "/create-organization", name="X")
    assert page.status == 403
    assert find_organization(local.state, "x") is None


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/create-organization"),
        ("POST", "/create-organization"),
        ("GET", "/user"),
        ("POST", "/user"),
        ("POST", "/user/password"),
        ("POST", "/user/sessions"),
        ("GET", "/"),
    ],
)
def test_an_account_is_shown_to_nobody_else(browser, method, path):
    fields = {} if method == "POST" else None
    page = browser.follow(browser.request(method, path, headers={}, fields=fields))
    assert page.path == "/sign-in"


def test_a_name_is_changed(local, browser):
    come_in(browser)
    page = post(
        browser, "/user", first_name=" Amazing ", last_name="", redirect_url="/x"
    )
    assert page.location.path == "/user"
    assert "Your name was saved." in browser.follow(page).text
    user = local.state.need("user", "user_grace")
    assert (user["first_name"], user["last_name"]) == ("Amazing", None)


def test_a_name_has_an_end(browser):
    come_in(browser)
    page = post(browser, "/user", first_name="x" * 257)
    assert page.status == 422
    assert "at most 256" in page.text


def test_a_password_is_changed_by_whoever_knows_it(browser):
    come_in(browser)
    known = {"current_password": GRACE["password"], "new_password": "flow-matic-1955"}
    page = browser.follow(post(browser, "/user/password", **known))
    assert "Your password was changed." in page.text
    assert post(browser, "/sign-in", **GRACE).status == 422
    new = {**GRACE, "password": "flow-matic-1955"}
    assert post(browser, "/sign-in", **new).status == 303


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"current_password": "wrong", "new_password": "flow-matic-1955"}, WRONG),
        ({"new_password": "flow-matic-1955"}, WRONG),
        ({"current_password": GRACE["password"]}, "8 characters or more"),
    ],
)
def test_a_password_is_not_changed_otherwise(browser, fields, said):
    come_in(browser)
    page = post(browser, "/user/password", **fields)
    assert page.status == 422
    assert said in page.text
    assert post(browser, "/sign-in", **GRACE).status == 303


def test_a_first_password_needs_no_other(local, browser):
    come_in(browser, user_id="user_grace")
    change_user(local.state, "user_grace", _password=None, password_enabled=False)
    assert "current_password" not in browser.get("/user").text
    page = post(browser, "/user/password", new_password="flow-matic-1955")
    assert page.status == 303


@pytest.mark.parametrize("others", [True, False])
def test_a_changed_password_may_sign_out_elsewhere(local, browser, clock, others):
    other = clerk_browser(local, clock)
    come_in(browser)
    come_in(other)
    known = {"current_password": GRACE["password"], "new_password": "flow-matic-1955"}
    said = {"sign_out_of_other_sessions": "1"} if others else {}
    post(browser, "/user/password", **known, **said)
    assert browser.get("/user").path == "/user"
    assert other.get("/user").path == ("/sign-in" if others else "/user")


def test_a_session_elsewhere_is_signed_out(local, browser, clock):
    other = clerk_browser(local, clock)
    come_in(browser)
    come_in(other)
    [form] = [f for f in browser.get("/user").forms if "session_id" in f["fields"]]
    [session_id] = form["fields"]["session_id"]
    page = browser.follow(post(browser, "/user/sessions", session_id=session_id))
    assert "That session was signed out." in page.text
    assert other.get("/user").path == "/sign-in"


@pytest.mark.parametrize("wanted", ["of another", "sess_nobody", "", "\x00"])
def test_a_session_of_others_is_not_signed_out(local, browser, clock, wanted):
    other = clerk_browser(local, clock)
    come_in(browser)
    come_in(other, user_id="user_ada")
    [session] = local.state.records.find("session", user_id="user_ada")
    asked = session["id"] if wanted == "of another" else wanted
    assert post(browser, "/user/sessions", session_id=asked).status == 404
    assert other.get("/user").path == "/user"


def test_a_satellite_is_told_who_the_browser_is(browser):
    """Clerk: authenticating a request, 10.2."""
    token = come_in(browser)
    back = quote("http://localhost:9999/p?a=1&__clerk_synced=false", safe="")
    page = browser.request("GET", f"/sign-in?__clerk_redirect_url={back}")
    assert page.status == 307
    assert page.location.url == (
        f"http://localhost:9999/p?a=1&__clerk_synced=true&__clerk_db_jwt={token}"
    )


def test_no_satellite_elsewhere_is_told_anything(browser):
    come_in(browser)
    back = quote(f"{EVIL}/", safe="")
    page = browser.request("GET", f"/sign-in?__clerk_redirect_url={back}")
    assert page.status == 400
    assert page.header("Location") is None


def test_where_nobody_is_known_nobody_is_to_be_chosen(clock):
    browser = clerk_browser(local_clerk(clock, seeds={}), clock)
    [typed] = browser.get("/sign-in").forms
    assert "password" in typed["fields"]
