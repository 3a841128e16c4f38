"""A bug in whatever a decision calls: nobody gets in, and somebody is told."""

from types import SimpleNamespace
from wsgiref.validate import validator

import pytest
from clerk_tokens import (
    API,
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
    OrganizationSyncLayer,
    SessionLayer,
    auth,
)
from clerk_wsgi.backends.pem import PemBackend
from clerk_wsgi.core.cutoffs import SESSION, cut_off
from clerk_wsgi.core.events import DecisionFailed, RequestDecided
from clerk_wsgi.core.keys import cookie_suffix
from clerk_wsgi.feed import NAME

GOOD = mint()
CANARY = "eyJ-canary"
EXPIRED = mint({"exp": NOW - 100, "iat": NOW - 160, "nbf": NOW - 160})
REFRESHABLE = signed_in_cookies(EXPIRED) | {
    f"__refresh_{cookie_suffix(PUBLISHABLE_KEY)}": "rt",
    f"__session_{cookie_suffix(PUBLISHABLE_KEY)}": EXPIRED,
    f"__client_uat_{cookie_suffix(PUBLISHABLE_KEY)}": str(NOW - 200),
}
SECRET = {"secret_key": "sk_live_" + "s" * 40}
RULES = {"/private(.*)": {"token": "any"}}


def other_key(fail):
    key = PemBackend(PEM).find_key(None)
    return SimpleNamespace(find_key=lambda kid: key, find_other_key=fail)


def api(**calls):
    names = ("renew", "exchange_nonce", "verify_machine_token")
    return SimpleNamespace(**{**dict.fromkeys(names, None), **calls})


# What breaks: how a site gets it, what a client sends, where it fails, and whether a
# public page runs all the same, for nobody.
PORTS = {
    "find_key": (
        lambda fail: {"backend": SimpleNamespace(find_key=fail)},
        *(bearer(GOOD), "keys", True),
    ),
    "find_other_key": (
        lambda fail: {"backend": other_key(fail)},
        *(bearer(mint(key="b")), "keys", True),
    ),
    "verify_machine_token": (
        lambda fail: {**SECRET, "api": api(verify_machine_token=fail)},
        *(bearer("ak_" + "a" * 32), "machine-token", True),
    ),
    "renew": (
        lambda fail: {"api": api(renew=fail)},
        *({"Cookie": cookie_header(REFRESHABLE)}, "session", False),
    ),
    "exchange_nonce": (
        lambda fail: {"api": api(exchange_nonce=fail)},
        *({"Cookie": "__clerk_handshake_nonce=n"}, "session", False),
    ),
    "clock": (lambda fail: {"clock": fail}, bearer(GOOD), "session", False),
}
ERRORS = [
    *(RuntimeError(CANARY), ValueError(CANARY), KeyError(CANARY)),
    *(AssertionError(CANARY), StopIteration(CANARY), MemoryError(CANARY)),
]
ENDS = [KeyboardInterrupt(CANARY), SystemExit(CANARY), GeneratorExit(CANARY)]


def store(**broken):
    made = FeedStore(Clock(NOW))
    vars(made).update(broken)
    return made


def raising(error):
    def fail(*given, **named):
        raise error

    return fail


class Site:
    """Says whether anybody is there, and remembers which pages it served."""

    def __init__(self, **given):
        self.served, self.heard = [], []
        keys = {"publishable_key": PUBLISHABLE_KEY, "jwt_key": PEM, "clock": epoch_ms}
        options = {**keys, "on_event": self.heard.append, **given}
        self.app = ClerkMiddleware(self.serve, RULES, **options)
        self.browser = TestApp(validator(self.app))

    def serve(self, environ, start_response):
        self.served.append(environ["PATH_INFO"])
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [str(auth(accepts_token="any").is_authenticated).encode()]

    @property
    def failures(self):
        return [each for each in self.heard if isinstance(each, DecisionFailed)]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("kind", [PAGE, API], ids=["page", "api"])
@pytest.mark.parametrize("port", PORTS)
def test_a_port_that_breaks_lets_nobody_in(port, kind, error, caplog):
    give, headers, where, _ = PORTS[port]
    site = Site(**give(raising(error)))
    answer = site.browser.get("/private", headers=kind | headers, status=503)
    assert site.served == []
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["Cache-Control"] == "no-store"
    assert told(site, caplog, where, error)
    assert CANARY not in f"{answer}{site.heard}{caplog.text}"


def told(site, caplog, where, error):
    """Was it logged once, and heard of once?"""
    kind, (failed,), (record,) = type(error).__name__, site.failures, caplog.records
    said = record.getMessage()
    assert (record.name, record.levelname) == ("clerk_wsgi", "ERROR")
    assert said.startswith(f"clerk: {where} failed ({failed.mark}) at ")
    return said.endswith(kind) and (failed.where, failed.error) == (where, kind)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("port", PORTS)
def test_a_public_page_is_nobodys_or_unavailable(port, error, caplog):
    give, headers, where, runs = PORTS[port]
    site = Site(**give(raising(error)))
    answer = site.browser.get("/", headers=API | headers, status=200 if runs else 503)
    assert site.served == ["/"] * runs
    assert "True" not in answer.text
    assert told(site, caplog, where, error)
    assert CANARY not in f"{answer}{site.heard}{caplog.text}"


@pytest.mark.parametrize("error", ENDS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("port", PORTS)
def test_what_ends_a_process_flies_through(port, error):
    give, headers, _, _ = PORTS[port]
    site = Site(**give(raising(error)))
    with pytest.raises(type(error)):
        site.browser.get("/private", headers=API | headers)
    assert site.served == []


@pytest.mark.parametrize("key", [None, "a key", 5], ids=repr)
def test_what_is_no_key_verifies_nothing(key, caplog):
    site = Site(backend=SimpleNamespace(find_key=lambda kid: key))
    site.browser.get("/private", headers=API | bearer(GOOD), status=503)
    site.browser.get("/", headers=API | bearer(GOOD), status=503)
    assert site.served == []


@pytest.mark.parametrize("call", ["entries", "append"])
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_a_store_that_breaks_is_one_in_trouble(call, error, caplog):
    """Best effort goes on without; where it is required, nobody can tell."""
    broken = store(**{call: raising(error)})
    lenient, strict = Site(store=broken), Site(store=broken, revocation="required")
    headers = API | bearer(GOOD)
    assert lenient.browser.get("/private", headers=headers).text == "True"
    strict.browser.get("/private", headers=headers, status=503)
    assert strict.browser.get("/", headers=headers).text == "False"
    assert CANARY not in f"{lenient.heard}{strict.heard}{caplog.text}"


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_a_store_that_cannot_listen_is_read_by_each_request(error):
    broken = store(listen=raising(error))
    site = Site(store=broken)
    headers = API | bearer(GOOD)
    assert site.browser.get("/private", headers=headers).text == "True"
    cutoff = cut_off(SESSION, "sess_1", None, epoch_ms())
    broken.append(NAME, cutoff.entry, 60)
    site.browser.get("/private", headers=headers, status=404)


def test_a_hook_that_breaks_changes_nothing():
    site = Site(on_event=raising(RuntimeError()))
    assert site.browser.get("/private", headers=API | bearer(GOOD)).text == "True"
    assert site.browser.get("/", headers=API).text == "False"
    site.browser.get("/private", headers=API, status=404)


def test_a_hook_that_breaks_does_not_open_what_a_broken_port_closed():
    broken = SimpleNamespace(find_key=raising(RuntimeError()))
    site = Site(on_event=raising(RuntimeError()), backend=broken)
    site.browser.get("/private", headers=API | bearer(GOOD), status=503)


def test_a_layer_with_a_bug_lets_nobody_in(caplog):
    class Buggy(OrganizationSyncLayer):
        def switch(self, visit):
            raise RuntimeError(CANARY)

    site = Site()
    keys = {"publishable_key": PUBLISHABLE_KEY, "jwt_key": PEM, "clock": epoch_ms}
    app = SessionLayer(Buggy(site.serve), on_event=site.heard.append, **keys)
    TestApp(app).get("/", headers=API | bearer(GOOD), status=503)
    assert site.served == []
    assert told(site, caplog, "organization", RuntimeError())


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_exception_of_the_options_function_is_the_applications_own(error):
    site = Site(options=raising(error))
    with pytest.raises(type(error), match=CANARY):
        site.browser.get("/", headers=API | bearer(GOOD))
    assert site.served == []


def test_a_tenant_whose_options_are_wrong_says_what_to_mend():
    """Only the request tells which options count, so no start could find it."""
    site = Site(options=lambda request: {"sign_in_url": 5})
    with pytest.raises(ConfigurationError, match="sign_in_url"):
        site.browser.get("/", headers=API)
    assert site.served == []


def test_a_wrong_setup_still_fails_when_the_chain_is_built():
    with pytest.raises(ConfigurationError):
        Site(backend=SimpleNamespace())
    with pytest.raises(ConfigurationError):
        Site(sign_in_url=5)


def test_a_backend_that_mended_itself_is_trusted_again():
    key = PemBackend(PEM).find_key(None)
    backend = SimpleNamespace(find_key=raising(RuntimeError()))
    site = Site(backend=SimpleNamespace(find_key=lambda kid: backend.find_key(kid)))
    site.browser.get("/private", headers=API | bearer(GOOD), status=503)
    backend.find_key = lambda kid: key
    for _ in range(3):
        assert site.browser.get("/private", headers=API | bearer(GOOD)).text == "True"
    backend.find_key = raising(RuntimeError())
    site.browser.get("/private", headers=API | bearer(GOOD), status=503)
    decided = [each for each in site.heard if isinstance(each, RequestDecided)]
    assert [each.reason for each in decided] == [
        "unexpected-error",
        *(None, None, None),
        "unexpected-error",
    ]
    assert len(site.failures) == 2
