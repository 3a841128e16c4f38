"""One hook hears what happens, and can hurt nobody."""

import logging

import pytest
from clerk_requests import Headers
from clerk_tokens import (
    PAGE,
    PEM,
    PUBLISHABLE_KEY,
    bearer,
    cookie_header,
    epoch_ms,
    mint,
    signed_in_cookies,
)
from feeds import Clock, FeedStore
from forging import NOW
from webtest import TestApp

from clerk_wsgi import (
    ClerkMiddleware,
    ConfigurationError,
    SessionLayer,
    auth,
    get_auth,
)
from clerk_wsgi.backends.pem import PemBackend
from clerk_wsgi.core.cutoffs import SESSION, cut_off
from clerk_wsgi.core.events import (
    HandshakeStarted,
    InputRefused,
    KeysFetched,
    RequestDecided,
    Revoked,
    ignore,
)
from clerk_wsgi.core.options import Options
from clerk_wsgi.core.request import RequestView
from clerk_wsgi.hooks import Hook, harmless
from clerk_wsgi.instance import Instance

KEYS = {"publishable_key": PUBLISHABLE_KEY, "jwt_key": PEM, "clock": epoch_ms}
SIGNED_IN = RequestDecided("signed-in", None, "session_token")


def hello(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(get_auth(environ).user_id).encode()]


@pytest.fixture
def heard():
    return []


@pytest.fixture
def site(heard):
    wrapped = ClerkMiddleware(hello, {"/in": {}}, on_event=heard.append, **KEYS)
    return TestApp(wrapped)


@pytest.mark.parametrize(
    ("headers", "events"),
    [
        pytest.param(bearer(mint()), [SIGNED_IN], id="signed in"),
        pytest.param(
            {},
            [
                RequestDecided(
                    "signed-out", "session-token-and-uat-missing", "session_token"
                )
            ],
            id="nobody",
        ),
        pytest.param(
            bearer("ak_1"),
            [RequestDecided("signed-out", "machine-token-not-verified", "api_key")],
            id="a machine that nobody asked about",
        ),
    ],
)
def test_every_decision_is_told(site, heard, headers, events):
    site.get("/", headers=headers)
    assert heard == events


def test_a_handshake_is_told(site, heard):
    reason = "client-uat-but-no-session-token"
    site.get("/", headers={**PAGE, "Cookie": "__client_uat=1"}, status=307)
    assert heard == [
        RequestDecided("handshake", reason, "session_token"),
        HandshakeStarted(reason),
    ]


def test_a_path_that_nobody_can_read_is_told(site, heard):
    site.get("/in", status=400, extra_environ={"PATH_INFO": "/a\\b"})
    assert InputRefused("malformed-url") in heard


def test_a_page_whose_own_url_is_asked_for_tells_as_well(heard):
    def app(environ, start_response):
        return auth().redirect_to_sign_in()(environ, start_response)

    site = TestApp(SessionLayer(app, on_event=heard.append, **KEYS))
    site.get("/", status=400, extra_environ={"HTTP_HOST": "good.com@evil.com"})
    assert InputRefused("malformed-url") in heard


def test_options_that_cannot_read_the_url_are_told(heard):
    def options(request):
        return {"domain": request.url.host}

    layer = SessionLayer(hello, options=options, on_event=heard.append)
    TestApp(layer).get("/", status=400, extra_environ={"HTTP_HOST": "a b"})
    assert heard == [InputRefused("malformed-url")]


def test_a_handshake_that_only_a_developer_can_mend_is_told(heard):
    key = "pk_test_bHVja3ktY2F0LTEyLmNsZXJrLmFjY291bnRzLmRldiQ="
    given = KEYS | {"publishable_key": key, "secret_key": "sk_test_1234567890"}
    site = TestApp(SessionLayer(hello, on_event=heard.append, **given))
    forged = mint(key="b")
    site.get("/", headers={"Cookie": f"__clerk_handshake={forged}"}, status=400)
    assert heard == [InputRefused("handshake")]


def test_a_layer_that_judged_before_is_not_told_of_twice(heard):
    inner = SessionLayer(hello, on_event=heard.append, **KEYS)
    outer = SessionLayer(inner, on_event=heard.append, **KEYS)
    TestApp(outer).get("/", headers=bearer(mint()))
    assert heard == [SIGNED_IN]


def test_a_hook_that_fails_hurts_nobody_and_is_complained_of_once(caplog):
    def fail(event):
        raise RuntimeError("my logging is broken")

    site = TestApp(ClerkMiddleware(hello, on_event=fail, **KEYS))
    with caplog.at_level(logging.ERROR, "clerk_wsgi"):
        for _ in range(3):
            assert site.get("/", headers=bearer(mint())).text == "user_1"
    assert [each.getMessage() for each in caplog.records] == [
        "on_event failed; that is not said again."
    ]


async def awaited(event):
    raise AssertionError("nobody awaits it")


def test_a_hook_that_would_have_to_be_awaited_fails_at_start():
    with pytest.raises(ConfigurationError, match="on_event"):
        SessionLayer(hello, on_event=awaited, **KEYS)


def test_a_hook_is_wrapped_once():
    hook = harmless(print)
    assert isinstance(hook, Hook)
    assert harmless(hook) is hook
    assert harmless(None) is harmless(ignore) is ignore


def test_a_hook_that_is_none_fails_when_the_chain_is_built():
    with pytest.raises(ConfigurationError, match="on_event"):
        SessionLayer(hello, on_event="print", **KEYS)


def test_no_event_shows_a_token(site, heard):
    token = mint()
    site.get("/", headers=bearer(token))
    site.get("/", headers={"Cookie": cookie_header(signed_in_cookies(token))})
    site.get("/", headers=bearer(token[:-4]))
    assert len(heard) == 3
    assert token[:20] not in repr(heard)


class Sociable(PemBackend):
    """A backend that wants to know whom to tell, and where to share."""

    def listen(self, emit):
        self.emit = emit

    def share(self, store):
        self.store = store


@pytest.fixture
def loaded(heard):
    clock = Clock(NOW)
    store, backend = FeedStore(clock), Sociable(PEM)
    options = Options.read({"publishable_key": PUBLISHABLE_KEY, "jwt_key": PEM}, {})
    instance = Instance.load(
        options, backend, clock=clock.ms, store=store, on_event=heard.append
    )
    return instance, backend, store


def test_a_backend_is_told_whom_to_tell_and_where_to_share(loaded, heard):
    _, backend, store = loaded
    backend.emit(KeysFetched(0.1, 2))
    assert heard == [KeysFetched(0.1, 2)]
    assert backend.store is store


def test_what_was_revoked_is_told(loaded, heard):
    instance, *_ = loaded
    instance.revocations.cut(cut_off(SESSION, "sess_9", None, NOW * 1000))
    assert heard == [Revoked("session", "sess_9")]


def test_an_instance_of_its_own_tells_nobody():
    options = Options.read({"publishable_key": PUBLISHABLE_KEY, "jwt_key": PEM}, {})
    instance = Instance.load(options, clock=epoch_ms)
    request = RequestView(method="GET", headers=Headers(), path_info="/")
    assert instance.authenticate(request).status == "signed-out"
    assert instance.emit is ignore
