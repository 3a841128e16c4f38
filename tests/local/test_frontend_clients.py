"""Browsers at the Frontend API: their sessions, tokens, organizations and cookies."""

import pytest
from frontend_api import Page
from local_clerk import NOW, ORIGIN, Clock

from clerk_wsgi.core.keys import cookie_suffix
from clerk_wsgi.core.tokens import parse_token
from clerk_wsgi.core.verification import verify_header, verify_signature
from clerk_wsgi.local import LocalClerk
from clerk_wsgi.local.sessions import SESSION_SECONDS, create_session, end_session
from clerk_wsgi.local.users import change_user

FOREIGN = [
    "https://evil.example",
    "null",
    "http://localhost.evil.example",
    "http://10.0.0.1",
    "chrome-extension://abcdef",
    "",
]


@pytest.fixture
def page(local, clock):
    return Page(local, clock)


def claims(jwt):
    return parse_token(jwt).claims


def test_a_browser_without_a_name_gets_one(page):
    first, second = page.post("/dev_browser"), page.post("/dev_browser")
    assert first.body["id"].startswith("dvb_")
    assert first.body["id"] != second.body["id"]


def test_a_name_that_nobody_gave_is_refused_so_that_the_library_asks_for_another(page):
    for token in ("", "dvb_made_up"):
        page.token = token
        for said in (page.get("/client"), page.post("/client/sign_ins")):
            assert (said.status, said.code) == (401, "dev_browser_unauthenticated")


def test_a_cookie_does_not_speak_for_a_browser_in_development(page):
    token = page.open().token
    page.token = None
    page.browser.keep(f"__clerk_db_jwt={token}", "/")
    page.browser.keep(f"__client={token}", "/")
    assert page.get("/client").status == 401


def test_the_environment_says_what_components_need(page):
    said = page.ask("PATCH", "/environment")
    assert said.status == 200
    assert said.body == page.get("/environment").body
    settings = said.body["user_settings"]["attributes"]
    assert settings["email_address"]["first_factors"] == ["email_code"]
    assert settings["password"]["required"]
    assert not settings["phone_number"]["enabled"]
    shown = said.body["display_config"]
    assert shown["sign_in_url"] == f"{ORIGIN}/sign-in"
    assert shown["home_url"] == shown["after_sign_out_url"] == f"{ORIGIN}/"
    assert shown["instance_environment_type"] == "development"
    assert said.body["auth_config"]["single_session_mode"]


def test_behind_a_proxy_the_environment_names_the_proxy(page):
    headers = {"Clerk-Proxy-Url": "http://localhost:8000/__clerk"}
    said = page.ask("GET", "/environment", headers=headers)
    assert said.body["display_config"]["sign_in_url"] == (
        "http://localhost:8000/__clerk/sign-in"
    )
    for strange in ("https://evil.example/__clerk", "nonsense"):
        said = page.ask("GET", "/environment", headers={"Clerk-Proxy-Url": strange})
        assert said.body["display_config"]["sign_in_url"] == f"{ORIGIN}/sign-in"


def test_a_new_browser_has_no_sessions(page):
    client = page.open().get("/client").response
    assert client["object"] == "client"
    assert client["sessions"] == []
    assert client["last_active_session_id"] is None
    assert not any(name.startswith("_") for name in client)


def test_a_client_says_who_is_signed_in_there(page, local):
    session_id = page.sign_in("ada", "engine-1843")["id"]
    client = page.get("/client").response
    [session] = client["sessions"]
    assert client["last_active_session_id"] == session["id"] == session_id
    assert session["user"]["id"] == "user_ada"
    assert session["public_user_data"]["identifier"] == "ada@example.com"
    organizations = [
        (each["organization"]["slug"], each["role"])
        for each in session["user"]["organization_memberships"]
    ]
    assert organizations == [("lighthouse", "org:admin"), ("rowers", "org:member")]
    token = parse_token(session["last_active_token"]["jwt"])
    verify_header(token)
    verify_signature(token, local.keys.current.verification_key)
    assert token.claims["azp"] == ORIGIN
    assert token.claims["sid"] == session_id


def test_nothing_private_reaches_the_browser(page, local):
    change_user(local.state, "user_ada", private_metadata={"secret": "s3cr3t"})
    organization = local.state.need("organization", "org_lighthouse")
    told = {**organization, "private_metadata": {"secret": "s3cr3t"}}
    local.state.records.keep("organization", told)
    page.sign_in("ada", "engine-1843")
    for path in ("/client", "/me", "/organizations/org_lighthouse"):
        text = page.get(path).page.text
        assert "s3cr3t" not in text
        assert '"_' not in text
        assert "scrypt" not in text
    assert "s3cr3t" not in page.get("/me/organization_memberships").page.text


def test_a_client_was_changed_when_somebody_signed_in_and_not_later(page, clock):
    """The library writes that time into a cookie; older tokens are not believed."""
    page.open()
    clock.now += 100
    session = page.sign_in()
    clock.now += 100
    client = page.touch(session["id"]).client
    assert client["updated_at"] == (NOW + 100) * 1000


def test_a_client_lives_longer_than_the_library_watches(page):
    client = page.open().get("/client").response
    assert client["cookie_expires_at"] > (NOW + 30 * 24 * 3600) * 1000


def test_the_token_is_for_the_page_that_asks(local, clock):
    page = Page(local, clock, origin="http://localhost:5173")
    session = page.sign_in()
    path = f"/client/sessions/{session['id']}/tokens"
    assert claims(page.post(path).body["jwt"])["azp"] == "http://localhost:5173"
    page.origin = None
    referrer = {"Referer": "http://localhost:9000/page?x=1"}
    told = page.ask("GET", "/client", headers=referrer).response["sessions"][0]
    jwt = told["last_active_token"]["jwt"]
    assert claims(jwt)["azp"] == "http://localhost:9000"
    elsewhere = {"Referer": "https://evil.example/"}
    told = page.ask("GET", "/client", headers=elsewhere).response["sessions"][0]
    assert claims(told["last_active_token"]["jwt"])["azp"] == ORIGIN


def test_touching_activates_an_organization(page):
    session = page.sign_in()
    for wanted, slug in (("org_rowers", "rowers"), ("lighthouse", "lighthouse")):
        said = page.touch(session["id"], active_organization_id=wanted)
        assert claims(said.response["last_active_token"]["jwt"])["o"]["slg"] == slug
        [told] = said.client["sessions"]
        assert told["last_active_organization_id"] == f"org_{slug}"
    # Without a name it stays; an empty one is the personal account.
    said = page.touch(session["id"])
    assert said.response["last_active_organization_id"] == "org_lighthouse"
    said = page.touch(session["id"], active_organization_id="")
    assert said.response["last_active_organization_id"] is None
    assert "o" not in claims(said.response["last_active_token"]["jwt"])


@pytest.mark.parametrize("wanted", ["org_lighthouse", "lighthouse", "nowhere"])
def test_an_organization_of_others_is_not_activated(page, wanted):
    session = page.sign_in("alan", "machine-1936")
    said = page.touch(session["id"], active_organization_id=wanted)
    assert (said.status, said.code) == (403, "organization_not_found_or_unauthorized")
    told = page.get("/client").response["sessions"][0]
    assert told["last_active_organization_id"] is None


def test_touching_notes_where_the_session_was_seen(page):
    session = page.sign_in()
    chromium = "Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0.0.0 Safari/537.36"
    path = f"/client/sessions/{session['id']}/touch"
    page.ask("POST", path, headers={"User-Agent": chromium})
    [seen] = page.get("/me/sessions/active").body
    assert seen["latest_activity"]["browser_name"] == "Chrome"
    assert seen["latest_activity"]["browser_version"] == "156.0.0.0"
    assert seen["latest_activity"]["device_type"] == "Linux"
    assert not seen["latest_activity"]["is_mobile"]
    edge = "Mozilla/5.0 (iPhone) Mobile Chrome/99.0 Safari/5 Edg/99.0"
    page.ask("POST", path, headers={"User-Agent": edge})
    [seen] = page.get("/me/sessions/active").body
    assert seen["latest_activity"]["browser_name"] == "Edge"
    assert seen["latest_activity"]["is_mobile"]


def test_a_session_token_is_renewed(page, clock):
    session = page.sign_in()
    clock.now += 50
    said = page.post(f"/client/sessions/{session['id']}/tokens")
    assert said.body["object"] == "token"
    assert claims(said.body["jwt"])["iat"] == NOW + 50
    assert claims(said.body["jwt"])["exp"] == NOW + 110


def test_a_token_may_be_for_another_organization_than_the_active_one(page):
    session = page.sign_in()
    page.touch(session["id"], active_organization_id="org_rowers")
    path = f"/client/sessions/{session['id']}/tokens"
    assert claims(page.post(path).body["jwt"])["o"]["slg"] == "rowers"
    other = page.post(path, organization_id="org_lighthouse")
    assert claims(other.body["jwt"])["o"]["slg"] == "lighthouse"
    personal = page.post(path, organization_id="")
    assert "o" not in claims(personal.body["jwt"])
    assert claims(page.post(path).body["jwt"])["o"]["slg"] == "rowers"
    foreign = page.post(path, organization_id="org_nowhere")
    assert foreign.code == "organization_not_found_or_unauthorized"


def test_a_template_gives_a_token_that_is_no_session(page, local):
    template = {
        "id": "jtmp_1",
        "object": "jwt_template",
        "name": "supabase",
        "claims": {"role": "authenticated", "mail": "{{user.primary_email_address}}"},
        "lifetime": 120,
    }
    local.state.records.keep("jwt_template", template)
    session = page.sign_in()
    path = f"/client/sessions/{session['id']}/tokens"
    token = parse_token(page.post(f"{path}/supabase").body["jwt"])
    assert token.header["cat"] == "cl_B7d4PD222AAA"
    assert token.claims["mail"] == "grace@example.com"
    unknown = page.post(f"{path}/unknown")
    assert (unknown.status, unknown.code) == (404, "resource_not_found")


@pytest.mark.parametrize("way", ["end", "remove"])
def test_a_session_is_over(page, way):
    session = page.sign_in()
    path = f"/client/sessions/{session['id']}"
    said = page.post(f"{path}/{way}")
    assert said.response["status"] in ("ended", "removed")
    assert said.response["last_active_token"] is None
    assert said.client["sessions"] == []
    assert said.client["last_active_session_id"] is None
    for again in (page.post(f"{path}/tokens"), page.touch(session["id"])):
        assert (again.status, again.code) == (401, "signed_out")


@pytest.mark.parametrize(
    ("method", "path"), [("DELETE", "/client/sessions"), ("DELETE", "/client")]
)
def test_signing_out_ends_all(page, method, path):
    session = page.sign_in()
    said = page.ask(method, path)
    assert said.client["sessions"] == []
    assert page.get("/me").code == "signed_out"
    assert page.post(f"/client/sessions/{session['id']}/tokens").status == 401


def test_a_session_that_was_ended_elsewhere_or_is_too_old_gets_no_token(
    page, local, clock
):
    session = page.sign_in()
    path = f"/client/sessions/{session['id']}/tokens"
    clock.now += SESSION_SECONDS - 1
    assert page.post(path).status == 200
    clock.now += 1
    assert page.post(path).code == "signed_out"
    second = page.sign_in()
    end_session(local.state, second["id"], "revoked")
    assert page.post(f"/client/sessions/{second['id']}/tokens").code == "signed_out"


def test_sessions_of_other_browsers_are_nobodys_business(page, local, clock):
    session = page.sign_in()
    thief = Page(local, clock)
    thief.sign_in("alan", "machine-1936")
    path = f"/client/sessions/{session['id']}"
    for said in (
        thief.get(path),
        thief.touch(session["id"]),
        thief.post(f"{path}/tokens"),
        thief.post(f"{path}/end"),
        thief.get("/me", _clerk_session_id=session["id"]),
    ):
        assert (said.status, said.code) == (401, "signed_out")
    assert page.get(path).response["id"] == session["id"]


def test_touching_another_session_of_the_browser_makes_it_the_active_one(page, local):
    first = page.sign_in()
    client = local.state.need("client", first["client_id"])
    second = create_session(local.state, "user_ada", client)
    assert page.get("/me").response["id"] == "user_ada"
    said = page.touch(first["id"])
    assert said.client["last_active_session_id"] == first["id"]
    assert page.get("/me").response["id"] == "user_grace"
    assert len(said.client["sessions"]) == 2
    ended = page.post(f"/client/sessions/{first['id']}/end")
    assert ended.client["last_active_session_id"] == second["id"]


def test_a_request_may_name_its_session(page):
    session = page.sign_in()
    said = page.get("/me", _clerk_session_id=session["id"])
    assert said.response["id"] == "user_grace"
    assert page.get("/me", _clerk_session_id="sess_none").code == "signed_out"


def test_the_touch_page_brings_the_browser_back_with_its_name(page):
    page.open()
    said = page.get("/client/touch", redirect_url="http://localhost:3000/x?y=1")
    assert said.status == 307
    assert said.header("Location") == (
        f"http://localhost:3000/x?y=1&__clerk_db_jwt={page.token}"
    )
    assert page.get("/client/touch", redirect_url="https://evil.example").status == 400


@pytest.mark.parametrize("origin", FOREIGN)
def test_foreign_pages_may_neither_act_nor_read(page, origin):
    session = page.sign_in()
    page.origin = origin
    for said in (
        page.get("/client"),
        page.post("/dev_browser"),
        page.ask("DELETE", "/client/sessions"),
        page.touch(session["id"], active_organization_id="org_rowers"),
    ):
        assert (said.status, said.code) == (400, "origin_invalid")
        assert said.header("Access-Control-Allow-Origin") is None
    page.origin = None
    told = page.get("/client").response["sessions"][0]
    assert told["last_active_organization_id"] is None


@pytest.mark.parametrize(
    "origin", ["http://localhost:5173", "http://app.localhost", "http://[::1]:9"]
)
def test_pages_on_this_machine_may_ask_with_their_cookies(page, origin):
    page.open()
    page.origin = origin
    said = page.get("/client")
    assert said.status == 200
    assert said.header("Access-Control-Allow-Origin") == origin
    assert said.header("Access-Control-Allow-Credentials") == "true"
    assert "Origin" in said.header("Vary")
    assert page.get("/client/sessions/none").header("Access-Control-Allow-Origin")


def test_a_preflight_is_answered(page):
    asks = {"Access-Control-Request-Method": "POST"}
    said = page.browser.request("OPTIONS", "/v1/client", {"Origin": ORIGIN, **asks})
    assert said.status == 204
    assert said.header("Access-Control-Allow-Origin") == ORIGIN
    assert "Authorization" not in said.header("Access-Control-Allow-Headers")
    foreign = {"Origin": "https://evil.example", **asks}
    said = page.browser.request("OPTIONS", "/v1/client", foreign)
    assert said.header("Access-Control-Allow-Origin") is None


def test_a_get_is_never_taken_for_something_that_acts(page):
    page.sign_in()
    said = page.get("/client/sessions", _method="DELETE")
    assert said.status == 405
    assert page.get("/me").status == 200


def production(clock=None):
    clock = clock or Clock()
    local = LocalClerk(manner="production", clock=clock, deliver=lambda text: None)
    return Page(local, clock, origin="http://127.0.0.1:4747")


def test_in_production_the_browser_is_known_by_a_cookie():
    page = production()
    assert page.get("/client").response is None
    said = page.post("/client/sign_ins", identifier="grace@example.com")
    value, attributes = said.cookies["__client"]
    assert "HttpOnly" in attributes
    assert "SameSite=Lax" in attributes
    path = f"/client/sign_ins/{said.response['id']}/attempt_first_factor"
    done = page.post(path, strategy="password", password="compiler-1952")
    assert done.response["status"] == "complete"
    # Who knew the browser's token before somebody signed in does not know the new one.
    assert done.cookies["__client"][0] != value
    suffix = cookie_suffix(page.local.publishable_key)
    for name in ("__client_uat", f"__client_uat_{suffix}"):
        assert done.cookies[name][0] == str(NOW)
    assert page.get("/me").response["id"] == "user_grace"
    out = page.ask("DELETE", "/client/sessions")
    assert out.cookies["__client_uat"][0] == "0"
    assert page.get("/me").code == "signed_out"


def test_in_production_there_are_no_dev_browsers():
    page = production()
    assert page.post("/dev_browser").code == "dev_browser_invalid"
    session = page.sign_in()
    kept = page.browser.cookies["__client"]
    page.browser.lose("__client")
    assert page.get("/me", __clerk_db_jwt=kept).status == 401
    assert page.touch(session["id"]).status == 401


def test_in_production_touching_leads_back_to_the_very_same_page():
    page = production()
    page.sign_in()
    said = page.get("/client/touch", redirect_url="http://127.0.0.1:4747/x")
    assert said.header("Location") == "http://127.0.0.1:4747/x"
