"""Where people are sent to sign in or up, and how they come back."""

import pytest
from clerk_vectors import each_case

from clerk_wsgi.core.errors import ConfigurationError
from clerk_wsgi.core.keys import parse_publishable_key
from clerk_wsgi.core.redirects import (
    RedirectSettings,
    decorate_with_dev_browser,
    redirect_to_sign_in,
    redirect_to_sign_up,
)

METHODS = {
    "redirectToSignIn": redirect_to_sign_in,
    "redirectToSignUp": redirect_to_sign_up,
}
NAMES = {
    "baseUrl": "base_url",
    "publishableKey": "publishable_key",
    "signInUrl": "sign_in_url",
    "signUpUrl": "sign_up_url",
    "isSatellite": "is_satellite",
    "devBrowserToken": "dev_browser",
    "sessionStatus": "session_status",
}
TEST_KEY = "pk_test_aW5jbHVkZWQua2F0eWRpZC05Mi5jbGVyay5hY2NvdW50cy5kZXYk"
LIVE_KEY = "pk_live_Y2xlcmsuZXhhbXBsZS5jb20k"
APP = "https://app.example.com/here"


def settings_for(**options):
    return RedirectSettings(**{"base_url": APP, "publishable_key": TEST_KEY, **options})


@each_case("redirects", lambda case: case["method"] in METHODS)
def test_people_are_sent_where_clerk_sends_them(case):
    given = {NAMES[name]: value for name, value in case["params"].items()}
    back = (case["args"] or {}).get("returnBackUrl")
    redirect = METHODS[case["method"]]
    if "throws" in case:
        message = case["throws"].removeprefix("@clerk/backend: ")
        with pytest.raises((ConfigurationError, ValueError), match=message):
            redirect(RedirectSettings(**given), back)
    else:
        assert redirect(RedirectSettings(**given), back) == case["expected"]


@each_case("redirects", lambda case: case["method"] == "setDevBrowserInURL")
def test_a_redirect_elsewhere_carries_the_development_browser_token(case):
    url, token = case["params"]["url"], case["params"]["devBrowser"]
    assert decorate_with_dev_browser(url, APP, token) == case["expected"]


@pytest.mark.parametrize(
    ("redirect", "variable"),
    [
        (redirect_to_sign_in, "CLERK_SIGN_IN_URL"),
        (redirect_to_sign_up, "CLERK_SIGN_UP_URL"),
    ],
)
def test_a_missing_page_names_the_variables_that_would_mend_it(redirect, variable):
    nowhere = settings_for(publishable_key=None)
    with pytest.raises(
        ConfigurationError, match=f"CLERK_PUBLISHABLE_KEY or {variable}"
    ):
        redirect(nowhere, None)


def test_a_key_that_is_parsed_already_will_do():
    key = parse_publishable_key(LIVE_KEY)
    url = redirect_to_sign_in(settings_for(publishable_key=key), None)
    assert url == "https://accounts.example.com/sign-in"


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/sign-in", "/sign-in"),
        (
            "https://app.example.com/sign-in?x=%20",
            "https://app.example.com/sign-in?x=%20",
        ),
        ("https://app.example.com:443/x", "https://app.example.com:443/x"),
        (
            "http://app.example.com/x",
            "http://app.example.com/x?__clerk_db_jwt=tok",
        ),
        (
            "https://app.example.com:8443/x",
            "https://app.example.com:8443/x?__clerk_db_jwt=tok",
        ),
        ("//else.example/x", "https://else.example/x?__clerk_db_jwt=tok"),
        (
            "https://else.example/?a=1&__clerk_db_jwt=&b=2",
            "https://else.example/?a=1&b=2&__clerk_db_jwt=tok",
        ),
        ("mailto:a@b.example", "mailto:a@b.example"),
        ("http://[bad", "http://[bad"),
    ],
)
def test_only_another_origin_gets_the_development_browser_token(location, expected):
    assert decorate_with_dev_browser(location, APP, "tok") == expected


@pytest.mark.parametrize(
    "back",
    [
        "https://app.example.com/a\r\nX-Injected: 1",
        "/a%0d%0aX-Injected:%201",
        "/\0",
        "/\u2028é\udc80",
    ],
)
def test_a_return_url_cannot_break_out_of_the_location_header(back):
    url = redirect_to_sign_in(settings_for(), back)
    assert url.isascii()
    assert url.isprintable()
    assert " " not in url


@pytest.mark.parametrize(
    "back", ["javascript:alert(1)", "data:text/html,x", "http://user:pw@app.example"]
)
def test_a_return_url_is_http_and_holds_no_credentials(back):
    with pytest.raises(ValueError, match="Invalid URL"):
        redirect_to_sign_in(settings_for(), back)


def test_a_live_key_puts_no_token_into_a_url_even_on_another_origin():
    live = settings_for(publishable_key=LIVE_KEY, dev_browser="tok")
    assert "tok" not in redirect_to_sign_up(live, APP)
