"""The usual chain: which layers stand where."""

from wsgiref.validate import validator

import pytest
from clerk_tokens import PAGE, PEM, PUBLISHABLE_KEY, SIGN_IN, bearer, epoch_ms, mint
from webtest import TestApp

from clerk_wsgi import ClerkMiddleware, ConfigurationError, FrontendApiProxyLayer, auth
from clerk_wsgi.core.frontend_proxy import Incoming

KEYS = {"publishable_key": PUBLISHABLE_KEY, "jwt_key": PEM, "clock": epoch_ms}
SECRET = "sk_live_1234567890"


def hello(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{auth().user_id} {environ.get('HTTP_X_NONCE', '-')}".encode()]


def site(handler=None, **options):
    return TestApp(validator(ClerkMiddleware(validator(hello), handler, **options)))


def test_without_a_handler_everything_is_public_and_known():
    app = site(**KEYS)
    assert app.get("/").text == "None -"
    assert app.get("/", headers=bearer(mint())).text == "user_1 -"


def test_a_policy_stands_on_every_answer_redirects_too():
    app = site({"/in(.*)": {}}, content_security_policy={"strict": True}, **KEYS)
    page = app.get("/")
    assert "clerk.example.com" in page.headers["Content-Security-Policy"]
    assert page.text == f"None {page.headers['X-Nonce']}"
    sent_away = app.get("/in", headers=PAGE, status=307)
    assert sent_away.location.startswith(SIGN_IN)
    assert "Content-Security-Policy" in sent_away.headers


def test_a_wrong_policy_fails_when_the_chain_is_built():
    with pytest.raises(ConfigurationError):
        site(content_security_policy={"directives": 5}, **KEYS)


@pytest.mark.parametrize("option", ["content_security_policy", "frontend_api_proxy"])
def test_what_switches_a_layer_on_is_a_mapping(option):
    with pytest.raises(ConfigurationError, match=f"{option} is a mapping .* not True"):
        site(**{option: True}, **KEYS)


def test_the_proxy_answers_before_anybody_is_judged():
    asked = []

    def transport(outgoing):
        asked.append(outgoing)
        return Incoming(200, [("Content-Type", "application/json")], [b"{}"])

    app = site(
        lambda auth, request: auth.protect() and None,
        frontend_api_proxy={"transport": transport},
        secret_key=SECRET,
        **KEYS,
    )
    answer = app.get("/__clerk/v1/client", headers={"Cookie": "__session=x"})
    assert answer.json == {}
    assert asked[0].origin == "https://frontend-api.clerk.dev"
    assert asked[0].target == "/v1/client"
    assert "x-clerk-auth-status" not in answer.headers
    sent_away = app.get("/", headers={**PAGE, "Cookie": "__client_uat=1"}, status=307)
    assert sent_away.location.startswith("http://localhost/__clerk/v1/client/handshake")


def test_a_proxy_that_is_off_is_not_there():
    app = site(frontend_api_proxy={"enabled": False}, **KEYS)
    assert app.get("/__clerk/v1/client").text == "None -"


def test_the_proxys_own_transport_is_found_by_its_name():
    layer = FrontendApiProxyLayer(
        hello, publishable_key=PUBLISHABLE_KEY, secret_key=SECRET
    )
    assert type(layer.proxy.send.__self__).__name__ == "ProxyTransport"


def test_an_unknown_option_is_a_sentence():
    with pytest.raises(ConfigurationError, match="There is no option 'signinurl'"):
        site(signinurl="/in", **KEYS)
