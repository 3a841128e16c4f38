"""What a client may write around a token, and into environs, hosts and cookies."""

from urllib.parse import parse_qs, urlsplit

import pytest
from attacked_site import (
    HANDSHAKE,
    SECRET_KEY,
    assert_nobody,
    browse,
    guarded,
    site,
    user_of,
)
from clerk_server import environ_for as server_environ
from clerk_tokens import (
    API,
    DEVELOPMENT_KEY,
    PAGE,
    PEM,
    PUBLISHABLE_KEY,
    SIGN_IN,
    bearer,
    cookie_header,
    epoch_ms,
    mint,
    signed_in_cookies,
)
from forging import HEADER, NOW, compact
from webtest import TestApp
from werkzeug.middleware.proxy_fix import ProxyFix

from clerk_wsgi import ClerkMiddleware, ConfigurationError
from clerk_wsgi.core.errors import ClerkAPIError

TOKEN = mint()


def environ_for(target, headers, **more):
    return server_environ(target, headers, **{"wsgi.url_scheme": "http", **more})


UAT = f"__client_uat={NOW - 100}"

QUOTED = {
    f'__session="{TOKEN}"': {None, "user_1"},
    f"__session={TOKEN}\\073 x=1": {None},
    f"__session={TOKEN} x": {None},
    f'__session="{TOKEN}; __session={TOKEN}': {None},
    "__session=": {None},
    f"__session=a\\073 __session={TOKEN}": {None},
}


@pytest.mark.parametrize("number", range(len(QUOTED)))
def test_ca_06_quotes_and_escapes_make_no_delimiters(number):
    cookies, users = list(QUOTED.items())[number]
    assert user_of(browse(), {"Cookie": f"{cookies}; {UAT}"}) in users


ODD_TIMES = [
    *("abc", "-1", "1e9", "9" * 5000, "1700000000abc", "\uff11\uff12", "NaN", ""),
    *("1_700_000_000", "0x10", "+1", "\u0661", "1.5", " 1", "1\x00"),
]


@pytest.mark.parametrize("text", ODD_TIMES, ids=lambda text: ascii(text[:12]))
def test_ca_13_an_odd_time_of_signing_in_breaks_nothing(text):
    text = text.encode().decode("latin-1")
    for more in ("", f"; __session={TOKEN}", f"; __client_uat={text}; {UAT}"):
        headers = {"Cookie": f"__client_uat={text}{more}"}
        assert user_of(browse(), headers) in (None, "user_1")
        browse().get("/", headers=PAGE | headers, status=[200, 307])


def test_en_07_of_forwarded_hosts_the_first_counts_where_proxies_are_trusted():
    """The nearest proxy has to overwrite the header, as the option's text says."""
    headers = PAGE | {"X-Forwarded-Host": "app.example.com, evil.com"}
    page = browse(trust_forwarded_headers=True).get(
        "/private", headers=headers, status=307
    )
    assert "redirect_url=http%3A%2F%2Fapp.example.com%2Fprivate" in page.location
    untrusting = browse().get("/private", headers=headers, status=307)
    assert "app.example.com" not in untrusting.location.partition("redirect_url=")[2]


@pytest.mark.parametrize("trusted", [1, 2])
def test_en_07_counted_proxies_are_trusted_for_what_they_added(trusted):
    """werkzeug's ProxyFix counts from the nearest, so what a client sent is cut off."""
    app = ProxyFix(guarded(), x_for=0, x_proto=trusted, x_host=trusted)
    named = ["evil.com", "app.example.com", "inner.example.com"][: trusted + 1]
    schemes = ["javascript", "https", "http"][: trusted + 1]
    headers = {"X-Forwarded-Host": ", ".join(named)}
    headers["X-Forwarded-Proto"] = ", ".join(schemes)
    page = TestApp(app).get("/private", headers=PAGE | headers, status=307)
    back = parse_qs(urlsplit(page.location).query)["redirect_url"]
    assert back == ["https://app.example.com/private"]
    assert "evil.com" not in str(page.headerlist)


METHODS = ["get", "", "GET\r\n", "CONNECT", "TRACE", "X" * 10_240, "\xff", "GET /"]


@pytest.mark.parametrize("method", METHODS, ids=lambda text: ascii(text[:12]))
@pytest.mark.parametrize("override", ["POST", "OPTIONS"])
def test_en_09_no_method_unlocks_a_guard(method, override):
    status, body = call(
        environ_for(
            "/private",
            API | {"X-HTTP-Method-Override": override},
            REQUEST_METHOD=method,
        )
    )
    assert status[:3] in ("400", "404", "405")
    assert b"user" not in body


def call(environ):
    """What becomes of an environ that no server makes; it may raise what it likes."""
    told = []

    def start_response(status, headers, exc_info=None):
        told.append(status)

    body = b"".join(guarded()(environ, start_response))
    return told[-1], body


WRONG = {
    "PATH_INFO": [b"/private", None, 5, "/private\u20ac", ...],
    "HTTP_COOKIE": [b"__session=x", None, 5, "__session=\u20ac"],
    "HTTP_AUTHORIZATION": [b"Bearer x", None, 5, "Bearer \u20ac"],
    "HTTP_HOST": [b"localhost", None, 5, "\u20ac"],
    "REQUEST_METHOD": [None, b"GET", ...],
    "QUERY_STRING": [None, b"x", ..., "\u20ac"],
    "SCRIPT_NAME": [None, b"/x", ..., "\u20ac"],
    "wsgi.url_scheme": [None, b"http", ..., "ftp"],
}


@pytest.mark.parametrize("name", WRONG)
def test_en_10_an_environ_of_wrong_types_is_nobody(name):
    """A mistake of the server, told as one or answered; nobody gets in by it."""
    for wrong in WRONG[name]:
        for headers in (API, PAGE):
            environ = environ_for("/private", headers)
            environ[name] = wrong
            if wrong is ...:
                del environ[name]
            status, body = tried(environ)
            assert status[:3] in ("", "307", "400", "404", "503") or name == "PATH_INFO"
            assert b'"user": "' not in body
            assert status[:3] != "200" or environ.get("PATH_INFO", "") == ""


def tried(environ):
    try:
        return call(environ)
    except (AttributeError, KeyError, TypeError, UnicodeError, ValueError):
        return "", b""


@pytest.mark.parametrize("name", sorted(WRONG.keys() - {"HTTP_AUTHORIZATION"}))
def test_en_10_no_wrong_type_beside_a_forged_token_makes_it_good(name):
    for wrong in WRONG[name]:
        environ = environ_for("/private", API | bearer(mint(key="b")))
        environ[name] = "" if wrong is ... else wrong
        status, body = tried(environ)
        assert b'"user": "' not in body
        assert status[:3] != "200" or environ["PATH_INFO"] == ""


def returned(directives, **header):
    return compact(HEADER | header, {"handshake": directives})


def test_rh_17_a_session_is_handed_to_clerk_alone():
    expired = mint({"exp": NOW - 100, "iat": NOW - 160, "nbf": NOW - 160})
    headers = {"Cookie": cookie_header(signed_in_cookies() | {"__session": expired})}
    page = browse().get("/?a=b", headers=PAGE | headers, status=307)
    assert page.location.startswith(HANDSHAKE)
    assert urlsplit(page.location).hostname == "clerk.example.com"
    assert page.headers["Cache-Control"] == "no-store"
    back = parse_qs(urlsplit(page.location).query)["redirect_url"]
    assert back == ["http://localhost/?a=b"]


@pytest.mark.parametrize("host", ["evil.com", "localhost:99999", "good@evil.com"])
def test_rh_19_a_poisoned_host_does_not_move_clerks_proxy(host):
    browser = browse(
        publishable_key=DEVELOPMENT_KEY, proxy_url="https://app.example.com/__clerk"
    )
    environ = {"HTTP_HOST": host}
    answer = browser.get("/", headers=PAGE, extra_environ=environ, status=[307, 400])
    if answer.status_int == 307:
        assert answer.location.startswith("https://app.example.com/__clerk/")


@pytest.mark.parametrize("host", ["localhost", "evil.com", "good@evil.com"])
def test_rh_19_a_relative_proxy_is_on_the_host_of_the_request_and_nowhere_else(host):
    """As with Clerk: the server in front has to serve its own host names only."""
    browser = browse(publishable_key=DEVELOPMENT_KEY, proxy_url="/__clerk")
    environ = {"HTTP_HOST": host}
    answer = browser.get("/", headers=PAGE, extra_environ=environ, status=[307, 400])
    assert (answer.status_int == 400) is ("@" in host)
    if answer.status_int == 307:
        assert answer.location.startswith(f"http://{host}/__clerk/v1/client/")


SIGN_IN_PAGES = ["/private/sign-in", "/private/sign-in?x=1", "/private%2Fsign-in"]


@pytest.mark.parametrize("page", SIGN_IN_PAGES)
def test_rh_21_a_sign_in_page_behind_its_own_guard_stops_the_start(page):
    with pytest.raises(ConfigurationError, match="sign_in_url"):
        browse(sign_in_url=page)


def test_rh_21_a_handler_that_guards_the_sign_in_page_sends_nobody_round(caplog):
    app = ClerkMiddleware(
        site,
        lambda auth, request: auth.protect(),
        publishable_key=PUBLISHABLE_KEY,
        jwt_key=PEM,
        sign_in_url="/sign-in",
        clock=epoch_ms,
    )
    browser = TestApp(app)
    away = browser.get("/", headers=PAGE, status=307).location
    browser.get(away, headers=PAGE, status=404)
    assert "sign_in_url" in caplog.text


MACHINE_STATUS = [400, 401, 403, 404, 429, 500, 502, 503]


class Machines:
    def __init__(self, answer):
        self.answer = answer
        self.calls = 0

    def verify_machine_token(self, token_type, text):
        self.calls += 1
        if isinstance(self.answer, int):
            raise ClerkAPIError("no", status=self.answer)
        return self.answer

    def renew(self, renewal):
        raise AssertionError

    exchange_nonce = renew


def machine_site(environ, start_response):
    """Says whom an API key makes of its bearer."""
    from clerk_wsgi import auth

    who = auth(accepts_token="api_key")
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{who.is_authenticated} {auth().user_id}".encode()]


def ask_machine(machines, text):
    browser = browse(machine_site, api=machines, secret_key=SECRET_KEY)
    return browser.get("/", headers=API | bearer(text), status="*")


@pytest.mark.parametrize("status", MACHINE_STATUS)
def test_mt_02_only_a_good_answer_makes_a_machine(status):
    answer = ask_machine(Machines(status), "ak_" + "a" * 32)
    assert answer.status_int in (200, 503)
    assert b"True" not in answer.body


@pytest.mark.parametrize("odd", ["x" * 1_000_000, "a b", "\xe9\xff", "", "a,b", "\t"])
def test_mt_05_what_cannot_be_a_token_asks_nobody(odd):
    machines = Machines({"id": "ak_1", "subject": "user_1"})
    answer = ask_machine(machines, f"ak_{odd}")
    assert machines.calls == 0 or len(odd) < 20
    if len(odd) > 20:
        assert b"True" not in answer.body


def test_mt_06_nothing_is_shared_between_instances():
    good, bad = Machines({"id": "ak_1", "subject": "user_1"}), Machines(404)
    text = "ak_" + "a" * 32
    assert b"True" in ask_machine(good, text).body
    assert b"True" not in ask_machine(bad, text).body
    assert bad.calls == 1


def test_az_08_a_machine_has_no_role():
    machines = Machines({"id": "ak_1", "subject": "user_1", "org_role": "org:admin"})
    browser = browse(api=machines, secret_key=SECRET_KEY)
    assert_nobody(browser, bearer("ak_" + "a" * 32), pages=(SIGN_IN,))


def test_az_09_the_organization_is_the_tokens_and_never_the_urls():
    claims = {"v": 2, "o": {"id": "org_b", "rol": "member", "slg": "b"}}
    browser = browse(organization_patterns=["/orgs/:id/(.*)"])
    answer = browser.get(
        "/orgs/org_a/x?organization_id=org_a",
        headers=API | bearer(mint(claims)),
        status=200,
    )
    assert answer.json["organization"] == "org_b"


def test_az_07_a_pending_session_has_no_role():
    claims = {"v": 2, "sts": "pending", "o": {"id": "o", "rol": "admin", "slg": "a"}}
    assert_nobody(browse(), bearer(mint(claims)))


@pytest.mark.xfail(
    strict=True, reason="Clerk reads it in every instance type, and so do we"
)
def test_rh_09_a_handshake_in_the_query_of_a_stranger_signs_nobody_in():
    token = returned([f"__session={TOKEN}; Path=/", f"{UAT}; Path=/"])
    answer = browse().get(
        f"/?__clerk_handshake={token}", headers=PAGE, status=[200, 307]
    )
    assert not [value for name, value in answer.headerlist if name == "Set-Cookie"]
    assert b"user_1" not in answer.body


class Broken:
    """A backend with a mistake in it."""

    def __init__(self, error):
        self.error = error

    def find_key(self, kid):
        raise self.error


@pytest.mark.parametrize("error", [RuntimeError(TOKEN), MemoryError(), KeyError(TOKEN)])
def test_ws_11_and_12_a_mistake_of_ours_opens_nothing(error, caplog):
    """A key backend's: protected pages are unavailable, public ones nobody's."""
    browser = browse(backend=Broken(error))
    answer = browser.get("/private", headers=API | bearer(TOKEN), status=503)
    assert int(answer.headers["Retry-After"]) > 0
    assert [each.name for each in caplog.records] == ["clerk_wsgi"]
    assert type(error).__name__ in caplog.text
    assert TOKEN not in caplog.text + str(answer)
    assert user_of(browser, bearer(TOKEN)) is None


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(1), GeneratorExit()])
def test_ws_11_what_ends_a_process_opens_nothing(error):
    reached = []
    app = guarded(lambda *given: reached.append(given) or [], backend=Broken(error))
    with pytest.raises(type(error)):
        list(app(environ_for("/private", API | bearer(TOKEN)), lambda *_: None))
    assert reached == []


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_ws_11_what_ends_a_process_flies_through(error):
    from clerk_wsgi import auth
    from clerk_wsgi.core.errors import MissingMiddleware

    def inside(environ, start_response):
        raise error

    with pytest.raises(error):
        list(guarded(inside)(environ_for("/", API | bearer(TOKEN)), lambda *_: None))
    with pytest.raises(MissingMiddleware):
        auth()
