"""The Frontend API's handshake: what comes back, for whom, and where to."""

import json
from urllib.parse import urlencode

import pytest
from local_clerk import NOW, ORIGIN, PUBLISHABLE_KEY

from clerk_wsgi.core.keys import cookie_suffix
from clerk_wsgi.core.tokens import parse_token
from clerk_wsgi.core.verification import verify_header, verify_signature

SUFFIX = cookie_suffix(PUBLISHABLE_KEY)
SECRET = {"Authorization": "Bearer sk_test_forTestsOnly"}


def handshake(browser, method="GET", **parameters):
    parameters = {"redirect_url": "/page?a=1", "format": "nonce", **parameters}
    given = {name: value for name, value in parameters.items() if value is not ...}
    return browser.request(method, f"/v1/client/handshake?{urlencode(given)}")


def payload(browser, nonce):
    path = f"/v1/clients/handshake_payload?nonce={nonce}"
    return browser.request("GET", path, headers=SECRET)


def directives(browser, **parameters):
    """What a handshake brings, by cookie: (value, attributes)."""
    page = handshake(browser, **parameters)
    assert page.status == 307
    [nonce] = page.location.query["__clerk_handshake_nonce"]
    found = json.loads(payload(browser, nonce).text)["directives"]
    pairs = (each.partition(";") for each in found)
    return {p.partition("=")[0]: (p.partition("=")[2], more) for p, _, more in pairs}


def signed_in(browser, who="grace", password="compiler-1952"):
    """The token of a browser where somebody has signed in."""
    page = browser.request(
        "POST",
        "/sign-in",
        fields={"email": f"{who}@example.com", "password": password},
    )
    assert page.status == 303
    [token] = page.location.query["__clerk_db_jwt"]
    return token


def claims(browser, **parameters):
    return parse_token(directives(browser, **parameters)["__session"][0]).claims


def test_an_unknown_browser_gets_a_name_and_nobody_is_signed_in(browser):
    found = directives(browser)
    assert found["__client_uat"][0] == found[f"__client_uat_{SUFFIX}"][0] == "0"
    for name in ("__session", f"__session_{SUFFIX}", f"__refresh_{SUFFIX}"):
        assert found[name][0] == ""
        assert "Max-Age=0" in found[name][1]
    browser_token = found["__clerk_db_jwt"][0]
    assert browser_token.startswith("dvb_")
    assert found[f"__clerk_db_jwt_{SUFFIX}"][0] == browser_token


def test_a_known_browser_keeps_its_name(browser):
    token = directives(browser)["__clerk_db_jwt"][0]
    assert directives(browser, __clerk_db_jwt=token)["__clerk_db_jwt"][0] == token
    assert directives(browser, __clerk_db_jwt="dvb_x")["__clerk_db_jwt"][0] != "dvb_x"


def test_whoever_is_signed_in_gets_a_session_in_both_flavours(browser):
    found = directives(browser, __clerk_db_jwt=signed_in(browser))
    assert found["__session"] == found[f"__session_{SUFFIX}"]
    assert found["__client_uat"][0] == found[f"__client_uat_{SUFFIX}"][0] == str(NOW)
    assert found[f"__refresh_{SUFFIX}"][1].endswith("HttpOnly")
    assert all("Path=/; SameSite=Lax" in more for _, more in found.values())
    assert not any("Secure" in more for _, more in found.values())


def test_a_site_served_over_https_gets_secure_cookies(browser):
    back = "https://localhost:4443/"
    found = directives(browser, redirect_url=back, __clerk_db_jwt=signed_in(browser))
    assert all("; Secure" in more for _, more in found.values())


def test_the_session_token_has_clerks_layout(local, browser):
    found = claims(browser, __clerk_db_jwt=signed_in(browser, "ada", "engine-1843"))
    assert found["sid"].startswith("sess_")
    assert found["jti"].startswith("jti_")
    assert {n: v for n, v in found.items() if n not in ("sid", "jti")} == {
        "azp": ORIGIN,
        "exp": NOW + 60,
        "fea": "u:notes",
        "fva": [0, -1],
        "iat": NOW,
        "iss": local.settings.issuer,
        "metadata": {"role": "admin"},
        "nbf": NOW - 10,
        "pla": "u:personal",
        "sts": "active",
        "sub": "user_ada",
        "v": 2,
    }


def test_the_session_token_is_signed_by_the_instance(local, browser):
    text = directives(browser, __clerk_db_jwt=signed_in(browser))["__session"][0]
    token = parse_token(text)
    assert token.header == {
        "alg": "RS256",
        "cat": "cl_B7d4PD111AAA",
        "kid": local.keys.current.kid,
        "typ": "JWT",
    }
    verify_header(token)
    verify_signature(token, local.keys.current.verification_key)


def test_without_a_format_the_payload_itself_comes_back_signed(local, browser):
    page = handshake(browser, format=...)
    [text] = page.location.query["__clerk_handshake"]
    token = parse_token(text)
    verify_signature(token, local.keys.current.verification_key)
    assert any(each.startswith("__client_uat=0") for each in token.claims["handshake"])


def test_the_way_back_keeps_its_query(browser):
    location = handshake(browser).location
    assert location.url.startswith(f"{ORIGIN}/page?a=1&__clerk_handshake_nonce=")


def test_a_handshake_is_kept_by_nobody(browser):
    assert handshake(browser).header("Cache-Control") == "no-store"


def test_a_nonce_is_good_once(browser):
    [nonce] = handshake(browser).location.query["__clerk_handshake_nonce"]
    assert payload(browser, nonce).status == 200
    again = payload(browser, nonce)
    assert again.status == 404
    assert '"resource_not_found"' in again.text


@pytest.mark.parametrize(("seconds", "status"), [(59, 200), (61, 404)])
def test_a_nonce_is_good_for_a_minute(browser, clock, seconds, status):
    [nonce] = handshake(browser).location.query["__clerk_handshake_nonce"]
    clock.now += seconds
    assert payload(browser, nonce).status == status


@pytest.mark.parametrize(
    ("asked", "slug"),
    [
        pytest.param("org_rowers", "rowers", id="id"),
        pytest.param("rowers", "rowers", id="slug"),
        pytest.param("", None, id="personal account"),
        pytest.param(..., "lighthouse", id="not asked"),
        pytest.param("nobody", "lighthouse", id="unknown"),
        pytest.param("user_grace", "lighthouse", id="no organization"),
    ],
)
def test_an_organization_is_activated(browser, asked, slug):
    token = signed_in(browser)
    assert claims(browser, __clerk_db_jwt=token, organization_id="lighthouse")["o"]
    found = claims(browser, __clerk_db_jwt=token, organization_id=asked)
    assert found.get("o", {}).get("slg") == slug
    assert claims(browser, __clerk_db_jwt=token).get("o") == found.get("o")


def test_an_organization_of_others_is_not_activated(browser):
    token = signed_in(browser, "alan", "machine-1936")
    assert "o" not in claims(
        browser, __clerk_db_jwt=token, organization_id="lighthouse"
    )


def test_nobody_activates_an_organization(browser):
    assert directives(browser, organization_id="lighthouse")["__session"][0] == ""


def test_cookies_do_not_speak_for_a_browser_here(browser):
    browser.keep(f"__clerk_db_jwt={signed_in(browser)}", "/")
    assert directives(browser)["__session"][0] == ""


ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example",
    "https://localhost.evil.example/",
    "http://user:pw@localhost/",
    "http://127.0.0.1.evil.example/",
    "http://0.0.0.0/",
    "http://10.0.0.1/",
    "javascript:alert(1)",
    "data:text/html,x",
    "ftp://localhost/",
    "http://",
    "http://[",
    "",
    ...,
]


@pytest.mark.parametrize("back", ELSEWHERE, ids=str)
def test_nobody_is_sent_elsewhere(browser, back):
    page = handshake(browser, redirect_url=back)
    assert page.status == 400
    assert page.header("Location") is None
    assert page.header("Content-Type") == "application/json"
    assert '"code": "invalid_handshake"' in page.text


@pytest.mark.parametrize(
    "back",
    ["http://localhost:8000/x", "http://a.localhost/", "http://[::1]:9/", "page"],
)
def test_other_sites_of_this_machine_may_be_gone_back_to(browser, back):
    assert handshake(browser, redirect_url=back).status == 307


@pytest.mark.parametrize("method", ["POST", "HEAD", "PUT", "OPTIONS"])
def test_a_handshake_is_only_got(browser, method):
    page = handshake(browser, method)
    assert page.status == 405
    assert page.header("Allow") == "GET"


def test_garbage_in_every_parameter_is_survived(browser):
    for text in ("\x00\x1f", "💥" * 50, "a" * 5000, "%ff%fe", "../..", "';--"):
        names = ("__clerk_db_jwt", "organization_id", "format", "__session")
        given = dict.fromkeys([*names, "suffixed_cookies", "redirect_url"], text)
        assert handshake(browser, **given).status in (307, 400)


def test_the_key_set_is_public_at_its_well_known_place(local, browser):
    page = browser.request("GET", "/.well-known/jwks.json")
    assert page.status == 200
    assert local.keys.current.kid in page.text
    assert '"d"' not in page.text
