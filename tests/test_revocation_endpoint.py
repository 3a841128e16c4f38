"""A webhook comes in, and the session that it ends is refused: in every framework."""

from wsgiref.validate import validator

import bottle
import django.http
import django.urls
import flask
import pytest
from clerk_frameworks import WSGIHandler, WSGIRequest
from clerk_tokens import PEM, PUBLISHABLE_KEY, bearer, epoch_ms, mint
from feeds import Clock, FeedStore
from forging import CLAIMS, NOW
from webhook_posts import SECRET, event, signed
from webtest import TestApp

from clerk_wsgi import ClerkMiddleware, ConfigurationError, auth
from clerk_wsgi.backends.memory import MemoryStore
from clerk_wsgi.core.errors import ClerkAPIError
from clerk_wsgi.core.events import InputRefused, Revoked
from clerk_wsgi.revocation_endpoint import RevocationEndpoint
from clerk_wsgi.shared_memory import SharedUsers

KEYS = {"publishable_key": PUBLISHABLE_KEY, "jwt_key": PEM, "clock": epoch_ms}
ENDED = event("session.ended", {"id": CLAIMS["sid"]}, NOW)
BANNED = event("user.updated", {"id": CLAIMS["sub"], "banned": True}, NOW)
BEARER = bearer(mint())


@pytest.fixture
def store():
    return FeedStore(Clock(NOW))


@pytest.fixture
def endpoint():
    return RevocationEndpoint(signing_secret=SECRET, clock=epoch_ms, env={})


def plain_site(endpoint):
    def app(environ, start_response):
        if environ["PATH_INFO"] == "/hook":
            return endpoint(environ, start_response)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [str(auth().user_id).encode()]

    return app


def flask_site(endpoint):
    site = flask.Flask("site")
    site.add_url_rule("/hook", "hook", lambda: endpoint, methods=["POST"])
    site.add_url_rule("/", "home", lambda: str(auth().user_id))
    return site


def django_site(endpoint):
    def hook(request):
        return django.http.HttpResponse(status=endpoint.take(request).status_code)

    def home(request):
        return django.http.HttpResponse(str(auth().user_id))

    urls = (django.urls.path("hook", hook), django.urls.path("", home))
    handler = WSGIHandler()
    handler.request_class = type("Request", (WSGIRequest,), {"urlconf": urls})
    return handler


def bottle_site(endpoint):
    site = bottle.Bottle()
    site.mount("/hook", endpoint)
    site.get("/", callback=lambda: str(auth().user_id))
    return site


SITES = [plain_site, flask_site, django_site, bottle_site]


@pytest.fixture(params=SITES, ids=lambda site: site.__name__.partition("_")[0])
def visitor(request, endpoint, store):
    wrapped = ClerkMiddleware(request.param(endpoint), store=store, **KEYS)
    return TestApp(wrapped, lint=False)  # Django gives even nothing a content type


def post(app, said, status=204, now=NOW, **more):
    body, headers = signed(said, now, **more)
    return app.post("/hook", body, headers=headers, status=status)


def test_the_session_that_ended_is_nobodys(visitor):
    assert visitor.get("/", headers=BEARER).text == CLAIMS["sub"]
    post(visitor, ENDED)
    answer = visitor.get("/", headers=BEARER)
    assert answer.text == "None"
    assert answer.headers["x-clerk-auth-reason"] == "session-token-revoked"


@pytest.fixture
def heard():
    return []


@pytest.fixture
def site(endpoint, store, heard):
    wrapped = ClerkMiddleware(
        plain_site(validator(endpoint)), store=store, on_event=heard.append, **KEYS
    )
    return TestApp(validator(wrapped))


def test_whoever_is_banned_is_out_until_they_have_a_newer_token(site):
    post(site, BANNED)
    assert site.get("/", headers=BEARER).text == "None"
    newer = bearer(mint({"iat": NOW + 1}))
    assert site.get("/", headers=newer).text == CLAIMS["sub"]


def test_the_same_event_twice_and_an_old_one_late_do_no_harm(site, store, heard):
    for said in (BANNED, BANNED, event("user.updated", BANNED["data"], NOW - 90)):
        post(site, said)
    revoked = [each for each in heard if isinstance(each, Revoked)]
    assert revoked == [Revoked("user", CLAIMS["sub"])]
    assert site.get("/", headers=BEARER).text == "None"


def test_an_event_that_ends_nothing_is_taken(site, store):
    post(site, event("user.created", {"id": CLAIMS["sub"]}, NOW))
    assert store.appended == []


@pytest.mark.parametrize(
    ("said", "more", "reason"),
    [
        pytest.param(ENDED, {"key": b"x"}, "no-matching-signature", id="forged"),
        pytest.param(ENDED, {"now": NOW - 301}, "timestamp-too-old", id="old"),
        pytest.param(ENDED, {"now": NOW + 301}, "timestamp-too-new", id="new"),
        pytest.param(b"[]", {}, "malformed-body", id="no object"),
        pytest.param(
            event("session.ended", {}, NOW), {}, "malformed-body", id="nobody"
        ),
    ],
)
def test_what_clerk_did_not_say_is_refused_and_changes_nothing(
    site, store, heard, said, more, reason
):
    assert post(site, said, 400, **more).text == f"{reason}\n"
    assert InputRefused(f"webhook-{reason}") in heard
    assert store.appended == []
    assert site.get("/", headers=BEARER).text == CLAIMS["sub"]


def test_a_delivery_without_headers_is_refused(site):
    assert site.post("/hook", b"{}", status=400).text == "missing-headers\n"


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_other_methods_are_not_for_it(site, method):
    answer = site.request("/hook", method=method, status=405)
    assert answer.headers["Allow"] == "POST"


def test_clerk_sends_it_again_if_a_store_has_a_bug(site, store, caplog):
    def fail(*_):
        raise LookupError("canary")

    store.append = fail
    answer = post(site, ENDED, 503)
    assert int(answer.headers["Retry-After"]) > 0
    assert site.get("/", headers=BEARER).text == "None"
    assert "canary" not in caplog.text + answer.text
    assert "webhook failed" in caplog.text


def test_clerk_sends_it_again_if_nobody_else_could_be_told(site, store):
    store.trouble = "gone"
    assert post(site, ENDED, 503).headers["Retry-After"] == "5"
    assert site.get("/", headers=BEARER).text == "None"
    store.trouble = None
    post(site, ENDED)
    assert len(store.appended) == 1


def test_a_site_that_does_not_look_tells_those_who_do(endpoint, store):
    deaf = ClerkMiddleware(plain_site(endpoint), store=store, revocation="off", **KEYS)
    endpoint.store = store
    endpoint.options = {"publishable_key": PUBLISHABLE_KEY}
    post(TestApp(deaf), ENDED)
    assert TestApp(deaf).get("/", headers=BEARER).text == CLAIMS["sub"]
    looks = TestApp(ClerkMiddleware(plain_site(endpoint), store=store, **KEYS))
    assert looks.get("/", headers=BEARER).text == "None"


def test_it_can_stand_alone_where_the_store_is_shared(store):
    keys = {"publishable_key": PUBLISHABLE_KEY}
    alone = RevocationEndpoint(signing_secret=SECRET, clock=epoch_ms, env={}, **keys)
    post(TestApp(validator(alone)), event("user.deleted", {"id": "user_9"}, NOW))
    site = TestApp(ClerkMiddleware(plain_site(alone), **KEYS))
    nine = bearer(mint({"sub": "user_9", "iat": NOW + 30}))
    assert site.get("/", headers=BEARER).text == CLAIMS["sub"]
    assert site.get("/", headers=nine).text == "None"


def test_the_secret_may_be_a_variable(store):
    env = {"CLERK_WEBHOOK_SIGNING_SECRET": SECRET}
    endpoint = RevocationEndpoint(clock=epoch_ms, store=store, env=env)
    post(TestApp(endpoint), ENDED)
    assert len(store.appended) == 2  # and when the feed began


@pytest.mark.parametrize("secret", [None, "", "whsec_", "whsec_!", 7])
def test_a_secret_that_is_none_fails_at_start(secret):
    with pytest.raises(ConfigurationError):
        RevocationEndpoint(signing_secret=secret, env={})


class Sessions:
    """Clerk's, with two of the user's alive."""

    def __init__(self):
        self.revoked = []
        self.failing = ()

    def list(self, *, user_id, status, limit):
        assert user_id == CLAIMS["sub"]
        ids = {"active": [CLAIMS["sid"], "sess_8"], "pending": ["sess_9"]}[status]
        return type("Page", (), {"data": [type("S", (), {"id": i}) for i in ids]})

    def revoke(self, session_id):
        if session_id in self.failing:
            raise ClerkAPIError("no", status=500)
        self.revoked.append(session_id)


class Api:
    def __init__(self):
        self.sessions = Sessions()
        self.client = self

    def renew(self, renewal):
        raise AssertionError

    exchange_nonce = verify_machine_token = renew


@pytest.fixture
def api():
    return Api()


@pytest.fixture
def ends(store, api):
    """A site whose `/` says who is there and whose other pages end something."""

    def ends(**options):
        acts = {
            "/session": lambda: auth().revoke_session(),
            "/other": lambda: auth.revoke_session("sess_8"),
            "/user": lambda: auth().revoke_user(),
            "/someone": lambda: auth.revoke_user(CLAIMS["sub"]),
        }

        def app(environ, start_response):
            acts.get(environ["PATH_INFO"], lambda: None)()
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [str(auth().user_id).encode()]

        given = {"store": store, "api": api, **KEYS, **options}
        return TestApp(validator(ClerkMiddleware(app, **given)))

    return ends


WITH_SECRET = {"secret_key": "sk_live_1234567890"}
OTHER = bearer(mint({"sid": "sess_8"}))


def test_the_application_ends_a_session_here_and_at_clerk(ends, api, store):
    site = ends(**WITH_SECRET)
    assert site.get("/session", headers=BEARER).text == CLAIMS["sub"]
    assert site.get("/", headers=BEARER).text == "None"
    assert site.get("/", headers=OTHER).text == CLAIMS["sub"]
    assert api.sessions.revoked == [CLAIMS["sid"]]
    assert site.get("/other").text == "None"
    assert site.get("/", headers=OTHER).text == "None"


@pytest.mark.parametrize("page", ["/user", "/someone"])
def test_the_application_ends_all_sessions_of_a_user(ends, api, page):
    site = ends(**WITH_SECRET)
    site.get(page, headers=BEARER)
    for headers in (BEARER, OTHER, bearer(mint({"sid": "sess_7", "iat": NOW + 5}))):
        assert site.get("/", headers=headers).text == "None"
    assert api.sessions.revoked == [CLAIMS["sid"], "sess_8", "sess_9"]


def test_what_clerk_refuses_is_cut_off_all_the_same(ends, api):
    site = ends(**WITH_SECRET)
    api.sessions.failing = ("sess_8",)
    with pytest.raises(ClerkAPIError):
        site.get("/user", headers=BEARER)
    assert api.sessions.revoked == [CLAIMS["sid"], "sess_9"]
    assert site.get("/", headers=OTHER).text == "None"


@pytest.mark.parametrize("page", ["/session", "/user"])
def test_without_a_secret_key_clerk_is_not_asked(ends, api, page):
    site = ends()
    site.get(page, headers=BEARER)
    assert site.get("/", headers=BEARER).text == "None"
    assert api.sessions.revoked == []


def test_a_store_that_is_away_stops_nobody(ends, store):
    site = ends()
    store.trouble = "gone"
    site.get("/user", headers=BEARER)
    assert site.get("/", headers=BEARER).text == "None"


def test_with_revocation_off_clerk_is_asked_alone(ends, api, store):
    site = ends(revocation="off", **WITH_SECRET)
    site.get("/session", headers=BEARER)
    assert api.sessions.revoked == [CLAIMS["sid"]]
    assert store.appended == []


def test_with_nothing_to_revoke_by_it_says_so(ends):
    with pytest.raises(ConfigurationError, match="CLERK_SECRET_KEY"):
        ends(revocation="off").get("/user", headers=BEARER)


@pytest.mark.parametrize("page", ["/session", "/user"])
def test_nobody_has_nothing_to_end(ends, page):
    with pytest.raises(ValueError, match="Nobody is signed in"):
        ends().get(page)


def test_where_it_is_required_a_dead_store_means_503(ends, store):
    guarded = ClerkMiddleware(
        lambda environ, start_response: [],
        {"/in": {}},
        store=store,
        revocation="required",
        **KEYS,
    )
    store.trouble = "gone"
    answer = TestApp(guarded).get("/in", headers=BEARER, status=503)
    assert answer.headers["Retry-After"] == "5"
    open_page = ends(revocation="required").get("/", headers=BEARER)
    assert open_page.text == "None"


def test_the_middleware_takes_webhooks_at_a_path_of_its_own(store, monkeypatch):
    monkeypatch.setenv("CLERK_WEBHOOK_SIGNING_SECRET", SECRET)
    wrapped = ClerkMiddleware(
        plain_site(None),
        public=["/"],
        revocation_endpoint="/hook",
        store=store,
        **KEYS,
    )
    site = TestApp(validator(wrapped))
    assert site.get("/", headers=BEARER).text == CLAIMS["sub"]
    post(site, ENDED)
    assert site.get("/", headers=BEARER).text == "None"
    site.get("/hook/more", status=404)


@pytest.mark.parametrize("path", ["hook", "", 7])
def test_a_path_that_is_none_fails_at_start(path, monkeypatch):
    monkeypatch.setenv("CLERK_WEBHOOK_SIGNING_SECRET", SECRET)
    with pytest.raises(ConfigurationError, match="revocation_endpoint"):
        ClerkMiddleware(plain_site(None), revocation_endpoint=path, **KEYS)


def test_a_user_who_changed_is_no_longer_remembered(endpoint):
    store = MemoryStore()
    wrapped = ClerkMiddleware(plain_site(endpoint), store=store, **KEYS)
    SharedUsers(store).write({"id": CLAIMS["sub"], "first_name": "Ada"})
    post(TestApp(wrapped), event("user.updated", {"id": CLAIMS["sub"]}, NOW))
    assert SharedUsers(store).read(CLAIMS["sub"]) is None
