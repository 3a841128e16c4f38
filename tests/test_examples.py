"""Every example of the documentation is run, and does what its page promises."""

import importlib.util
import json
import logging
import re
import threading
import time
from pathlib import Path
from urllib.parse import quote_plus, urlencode
from wsgiref.validate import validator

import pytest
from clerk_requests import CannedApi
from clerk_tokens import (
    API,
    IN_ORGANIZATION,
    ORIGIN,
    PAGE,
    PEM,
    PUBLISHABLE_KEY,
    SIGN_IN,
    cookie_header,
    mint_now,
    signed_in_cookies,
)
from forging import vector_keys
from webtest import TestApp
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from clerk_wsgi.backends.http import NoAnswer
from clerk_wsgi.local import LocalClerk
from clerk_wsgi.local.state import shown

DOCS = Path(__file__).parents[1] / "docs"
SCRIPTS = sorted(path.stem for path in (DOCS / "examples").glob("*.py"))
SHOWN = re.compile(
    r"^```{literalinclude} examples/(\w+)\.py\n:language: python\n```$", re.MULTILINE
)
SECRET_KEY = "sk_live_for_examples_only"
with LocalClerk() as local:
    USER, OTHER = (
        shown(local.state.need("user", f"user_{name}")) for name in ("ada", "grace")
    )
ADMIN = {"metadata": {"role": "admin"}}
OURS = {"Sec-Fetch-Site": "same-origin"}
TENANTS = {
    "one.example": {"publishable_key": PUBLISHABLE_KEY, "secret_key": "sk_live_one"},
    "two.example": {
        "publishable_key": "pk_live_Y2xlcmsudHdvLmV4YW1wbGUk",  # clerk.two.example
        "secret_key": "sk_live_two",
        "jwt_key": vector_keys()["b"]["public_key_pem_spki"],
    },
}


class Silent(WSGIRequestHandler):
    def log(self, *_):
        pass


@pytest.fixture(scope="module")
def server():
    """Another service on a port of this machine; `server.api` answers."""

    @Request.application
    def answer(request):
        headers = dict(request.headers)
        try:
            found = server.api(
                request.method, request.url, headers, request.get_data() or None
            )
        except NoAnswer:
            return Response("nothing is canned", 404)
        return Response(found.body, found.status, content_type="application/json")

    server = make_server("127.0.0.1", 0, answer, threaded=True, request_handler=Silent)
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def clerk(server):
    """Clerk's Backend API: `clerk.knows(method, path, json)`, then `clerk.asked`."""
    server.api = api = CannedApi([])
    return Clerk(api, server.url)


class Clerk:
    def __init__(self, api, url):
        self.api = api
        self.url = url

    def knows(self, method, path, answer):
        self.api.stubs.append({"method": method, "path": path, "json": answer})

    @property
    def asked(self):
        """What it was asked: method, path with query, and the body's JSON."""
        keys = {each["authorization"] for each in self.api.calls}
        assert keys <= {f"Bearer {SECRET_KEY}"}
        return sorted(
            (each["method"], each["url"].removeprefix(self.url), each.get("json"))
            for each in self.api.calls
        )


@pytest.fixture
def load(monkeypatch, tmp_path, clerk):
    """Run a script in an environment such as it will have; gives the module."""
    for name, value in {
        "CLERK_PUBLISHABLE_KEY": PUBLISHABLE_KEY,
        "CLERK_SECRET_KEY": SECRET_KEY,
        "CLERK_JWT_KEY": PEM,
        "CLERK_API_URL": clerk.url,
        "CLERK_ENCRYPTION_KEY": "0123456789abcdef",
        "SITE": "development",
        "SUPABASE_URL": clerk.url,
        "TENANTS_FILE": str(tmp_path / "tenants.json"),
    }.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "tenants.json").write_text(json.dumps(TENANTS), "utf-8")
    monkeypatch.syspath_prepend(DOCS / "examples")

    def run(name):
        path = DOCS / "examples" / f"{name}.py"
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return run


@pytest.fixture
def visit(load):
    """A browser for the script of that name."""
    return lambda name: browser_for(load(name).app)


def browser_for(app):
    return TestApp(validator(app))


def cookies(claims=None, **more):
    """The headers of a browser that is signed in."""
    now = int(time.time())
    token = mint_now(claims or {}, **more)
    return {"Cookie": cookie_header(signed_in_cookies(token, now=now))}


def status(site, path, headers=PAGE, claims=..., method="GET"):
    """The answer's status; signed out without `claims`."""
    known = {} if claims is ... else cookies(claims)
    return ask(site, path, {**headers, **known}, method).status_int


def ask(site, path, headers=PAGE, method="GET", **more):
    """The answer to that request; what is left out of headers is the host."""
    url = f"https://{headers.get('Host', 'app.example.com')}{path}"
    return site.request(url, method=method, headers=headers, status="*", **more)


def send(site, path, fields, headers):
    """The answer to a form."""
    form = {"Content-Type": "application/x-www-form-urlencoded", **headers}
    return ask(site, path, form, "POST", body=urlencode(fields).encode())


def send_json(site, path, value, headers):
    said = {"Content-Type": "application/json", **headers}
    return ask(site, path, said, "POST", body=json.dumps(value).encode())


def permitted(*names):
    """An organization's member with `org:<feature>:<name>` for each `feature:name`."""
    features, given = zip(*(each.split(":") for each in names), strict=True)
    organization = IN_ORGANIZATION["o"] | {
        "per": ",".join(given),
        "fpm": ",".join(str(1 << number) for number in range(len(given))),
    }
    return {"v": 2, "o": organization, "fea": ",".join(f"o:{f}" for f in features)}


def leads_to_sign_in(answer, back):
    to = f"{SIGN_IN}?redirect_url={quote_plus(back)}"
    return (answer.status_int, answer.location) == (307, to)


def test_every_script_is_shown_once():
    assert sorted(SHOWN.findall((DOCS / "examples.md").read_text("utf-8"))) == SCRIPTS


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_script_has_a_test(name):
    assert f'("{name}")' in Path(__file__).read_text("utf-8")


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_script_says_what_it_is_and_has_an_app(load, name):
    module = load(name)
    assert module.__doc__
    assert callable(module.app)


def test_some_routes_are_protected(visit):
    site = visit("protect_some_routes")
    for path in ("/dashboard", "/dashboard/a/b", "/forum/1"):
        assert leads_to_sign_in(ask(site, path), ORIGIN + path)
        assert status(site, path, API) == 404
        assert status(site, path, claims={}) == 200
    assert status(site, "/") == status(site, "/x/dashboard") == 200


def test_the_handler_sends_strangers_to_sign_in(visit):
    site = visit("protect_by_sign_in")
    for headers in (PAGE, API):
        answer = ask(site, "/dashboard", headers)
        assert leads_to_sign_in(answer, f"{ORIGIN}/dashboard")
    assert status(site, "/dashboard", claims={}) == status(site, "/") == 200


def test_one_of_two_permissions_is_enough(visit):
    site = visit("protect_by_permission")
    for name in ("reports:read", "invoices:create"):
        assert status(site, "/admin", claims=permitted(name)) == 200
    assert status(site, "/admin", claims=permitted("reports:write")) == 404
    assert status(site, "/admin", claims={}) == 404
    assert status(site, "/admin") == 307
    assert status(site, "/") == 200


@pytest.mark.parametrize("path", ["/orgid/acme/memberships", "/orgId/a/b/domain"])
def test_a_group_of_routes_asks_for_more_than_another(visit, path):
    site = visit("several_groups_of_routes")
    assert status(site, path, claims={}) == 404
    for name in ("memberships:manage", "domains:manage"):
        assert status(site, path, claims=permitted(name)) == 200
    assert status(site, path) == status(site, "/ORGID/acme") == 307
    assert status(site, "/orgId/acme", claims={}) == 200
    assert status(site, "/about") == 200


def test_all_routes_but_some_are_protected(visit):
    site = visit("all_routes_but_some")
    for path in ("/", "/sign-in", "/sign-in/factor-one", "/sign-up/x"):
        assert status(site, path) == 200
    for path in ("/a", "/sign-in-help", "/x/sign-in"):
        assert status(site, path) == 307
        assert status(site, path, claims={}) == 200


def test_a_line_a_request_is_logged_while_developing(visit, caplog):
    caplog.set_level(logging.INFO, "clerk_wsgi.debug")
    headers = PAGE | cookies()
    assert ask(visit("debug_lines"), "/about", headers).status_int == 200
    options, line = caplog.messages
    assert options.startswith("clerk: options publishable_key=")
    assert "path=/about answer=200 status=signed-in" in line
    assert "user=user_1" in line
    assert not any(said in caplog.text for said in (SECRET_KEY, headers["Cookie"]))


def test_nothing_is_logged_elsewhere(visit, caplog, monkeypatch):
    monkeypatch.setenv("SITE", "production")
    caplog.set_level(logging.INFO, "clerk_wsgi.debug")
    assert status(visit("debug_lines"), "/about") == 200
    assert not caplog.messages


def test_another_middleware_answers_behind_the_guard(visit):
    site = visit("combined_middleware")
    german = PAGE | {"Accept-Language": "de-AT,de;q=0.9"}
    assert ask(site, "/about", german).location == "/de/about"
    assert ask(site, "//evil.example", german).location == "/de/evil.example"
    assert ask(site, "/about").location == "/en/about"
    assert status(site, "/de/about", german) == status(site, "/api/about") == 200
    for path in ("/dashboard", "/de/dashboard/x"):
        assert leads_to_sign_in(ask(site, path, german), ORIGIN + path)
    assert ask(site, "/dashboard", german | cookies()).location.endswith(
        "/de/dashboard"
    )
    assert status(site, "/de/dashboard", claims={}) == 200


def test_options_are_keywords(visit):
    site = visit("options_as_keywords")
    assert ask(site, "/dashboard").location.startswith(f"{ORIGIN}/sign-in?")
    assert ask(site, "/dashboard", API).headers["WWW-Authenticate"] == "Bearer"
    assert status(site, "/dashboard", claims={}) == 200
    assert status(site, "/dashboard", API, {"azp": "https://evil.example"}) == 401


def test_options_are_a_mapping(visit):
    site = visit("options_as_mapping")
    assert ask(site, "/dashboard").location.startswith(f"{ORIGIN}/sign-in?")
    assert status(site, "/dashboard", claims={}) == 200
    assert status(site, "/dashboard", API, {"azp": "https://evil.example"}) == 404


def on(host, headers=PAGE):
    return {**headers, "Host": host}


@pytest.mark.parametrize("host", ["example.net", "example.org"])
def test_a_satellite_asks_its_primary_who_is_there(visit, host):
    site = visit("many_domains")
    answer = ask(site, "/", on(host))
    assert answer.status_int == 307
    assert answer.location.startswith(f"https://clerk.{host}/v1/client/handshake?")
    assert "satellite-needs-syncing" in answer.location
    answer = ask(site, "/dashboard?__clerk_synced=true", on(host))
    assert answer.location.startswith("https://app.example.com/sign-in?")
    known = cookies({"iss": f"https://clerk.{host}"})
    assert ask(site, "/dashboard", on(host) | known).text == "user_1\n"


@pytest.mark.parametrize("host", ["app.example.com", "evil.example"])
def test_other_hosts_are_no_satellites(visit, host):
    site = visit("many_domains")
    assert ask(site, "/", on(host)).text == "None\n"
    assert ask(site, "/dashboard", on(host)).location.startswith(f"{SIGN_IN}?")
    a = ask(site, "/dashboard", on(host) | cookies())
    print(a)
    assert ask(site, "/dashboard", on(host) | cookies()).text == "user_1\n"


def test_a_token_of_one_tenant_is_nothing_to_another(visit):
    site = visit("many_tenants")
    first, second = cookies(), cookies({"iss": "https://clerk.two.example"}, key="b")
    seen = [
        ask(site, "/", on(host, API) | known).text.strip()
        for known in (first, second)
        for host in ("one.example", "two.example", "app.example.com")
    ]
    assert seen == ["user_1", "None", "user_1", "None", "user_1", "None"]


def test_each_tenant_has_its_own_sign_in(visit):
    site = visit("many_tenants")
    back = "https%3A%2F%2Ftwo.example%2Fdashboard"
    answer = ask(site, "/dashboard", on("two.example"))
    sign_in = "https://accounts.two.example/sign-in"
    assert answer.location == f"{sign_in}?redirect_url={back}"
    assert ask(site, "/dashboard", on("one.example")).location.startswith(SIGN_IN)


def test_the_organization_of_the_url_is_activated(visit):
    site = visit("organization_sync")
    known = PAGE | cookies(IN_ORGANIZATION)
    assert ask(site, "/orgs/acme", known).text == "acme, where you are org:admin."
    for path, wanted in (("/orgs/bcorp", "bcorp"), ("/me", "")):
        answer = ask(site, path, known)
        assert answer.status_int == 307
        assert f"&organization_id={wanted}" in answer.location
        assert "active-organization-mismatch" in answer.location


def test_views_compare_the_organization_with_the_url(visit):
    site = visit("organization_sync")
    assert status(site, "/orgs/bcorp", API, IN_ORGANIZATION) == 404
    stayed = PAGE | cookies(IN_ORGANIZATION)
    stayed["Cookie"] += "; __clerk_redirect_count=3"
    assert ask(site, "/orgs/bcorp", stayed).status_int == 404
    assert ask(site, "/me", stayed).text == "Still in acme."
    assert ask(site, "/me", PAGE | cookies()).text == "Your own account."
    assert status(site, "/orgs/acme") == status(site, "/me") == 307


NO_ADMINS = {
    "no metadata": {},
    "metadata that is null": {"metadata": None},
    "metadata that is a text": {"metadata": "admin"},
    "metadata that is a list": {"metadata": ["role", "admin"]},
    "no role": {"metadata": {}},
    "no role any more": {"metadata": {"role": None}},
    "another role": {"metadata": {"role": "moderator"}},
    "several roles": {"metadata": {"role": ["admin"]}},
    "another spelling": {"metadata": {"role": "Admin"}},
    "a role in an organization": IN_ORGANIZATION,
}
AS_NO_ADMIN = pytest.mark.parametrize("claims", NO_ADMINS.values(), ids=NO_ADMINS)


def test_an_admin_sees_the_admin_pages(visit):
    site = visit("check_role")
    assert status(site, "/admin/users", claims=ADMIN) == 200


@AS_NO_ADMIN
def test_who_has_another_role_is_sent_home(visit, claims):
    site = visit("check_role")
    for path in ("/admin", "/admin/users", "/ADMIN"):
        answer = ask(site, path, PAGE | cookies(claims))
        assert (answer.status_int, answer.location) == (307, f"{ORIGIN}/")
    assert status(site, "/", claims=claims) == 200


def test_a_stranger_has_no_role(visit):
    site = visit("check_role")
    assert leads_to_sign_in(ask(site, "/admin"), f"{ORIGIN}/admin")
    assert status(site, "/admin", API) == 404
    assert status(site, "/") == 200


METADATA = f"/v1/users/{OTHER['id']}/metadata"
ACTIONS = {
    "set": ("/admin/set-role", {"id": OTHER["id"], "role": "moderator"}, "moderator"),
    "remove": ("/admin/remove-role", {"id": OTHER["id"]}, None),
}
EACH_ACTION = pytest.mark.parametrize(
    ("path", "fields", "role"), ACTIONS.values(), ids=ACTIONS
)


def test_clerk_is_asked_for_users_only_when_something_is_searched(visit, clerk):
    clerk.knows("GET", "/v1/users", [USER, OTHER])
    clerk.knows("GET", "/v1/users/count", {"object": "total_count", "total_count": 2})
    site = visit("admin_dashboard")
    known = PAGE | cookies(ADMIN)
    for path in ("/admin", "/admin?search=", "/admin?search=+"):
        assert "Ada" not in ask(site, path, known).text
    assert clerk.asked == []
    page = " ".join(ask(site, "/admin?search=a%26b", known).text.split())
    assert "Ada Lovelace, ada@example.com: admin" in page
    assert "Grace Hopper, grace@example.com: no role" in page
    assert 'value="a&amp;b"' in page
    assert [(method, path) for method, path, _ in clerk.asked] == [
        ("GET", "/v1/users/count?query=a%26b"),
        ("GET", "/v1/users?query=a%26b"),
    ]


@EACH_ACTION
def test_an_admin_sets_and_removes_roles(visit, clerk, path, fields, role):
    clerk.knows("PATCH", METADATA, OTHER)
    answer = send(visit("admin_dashboard"), path, fields, OURS | cookies(ADMIN))
    assert (answer.status_int, answer.location) == (303, "/admin")
    assert clerk.asked == [("PATCH", METADATA, {"public_metadata": {"role": role}})]


@AS_NO_ADMIN
@EACH_ACTION
def test_nobody_else_sets_or_removes_roles(visit, clerk, path, fields, role, claims):
    clerk.knows("PATCH", METADATA, OTHER)
    site = visit("admin_dashboard")
    assert send(site, path, fields, OURS | cookies(claims)).status_int == 404
    assert send(site, path, fields, OURS).status_int == 404
    assert send(site, path, fields, OURS | PAGE).status_int == 307
    assert clerk.asked == []


def test_nobody_else_searches(visit, clerk):
    site = visit("admin_dashboard")
    assert status(site, "/admin?search=ada", claims={}) == 404
    assert status(site, "/admin?search=ada") == 307
    assert clerk.asked == []


@pytest.mark.parametrize("claims", [{}, ADMIN], ids=["another role", "an admin"])
@EACH_ACTION
def test_a_check_that_nobody_awaits_lets_nobody_pass(
    load, clerk, monkeypatch, path, fields, role, claims
):
    """The mistake in Clerk's own example: a coroutine is true, whatever it says."""
    unawaited = []

    async def always(role):
        return True

    def check_role(role):
        unawaited.append(always(role))
        return unawaited[-1]

    dashboard = load("admin_dashboard")
    monkeypatch.setattr(dashboard, "check_role", check_role)
    site = browser_for(dashboard.app)
    assert send(site, path, fields, OURS | cookies(claims)).status_int == 404
    assert clerk.asked == []
    (coroutine,) = unawaited
    coroutine.close()


def test_only_roles_that_exist_are_set(visit, clerk):
    site, known = visit("admin_dashboard"), OURS | cookies(ADMIN)
    for fields in ({"id": OTHER["id"], "role": "emperor"}, {"id": OTHER["id"]}, {}):
        assert send(site, "/admin/set-role", fields, known).status_int == 400
    assert clerk.asked == []


def test_clerk_may_refuse_to_set_a_role(visit, clerk):
    fields = {"id": "user_nobody", "role": "admin"}
    answer = send(
        visit("admin_dashboard"), "/admin/set-role", fields, OURS | cookies(ADMIN)
    )
    assert (answer.status_int, answer.text) == (502, "Clerk answered 404.\n")


ELSEWHERE = {
    "another site": {"Sec-Fetch-Site": "cross-site", "Origin": ORIGIN},
    "a sibling": {"Sec-Fetch-Site": "same-site", "Origin": "https://x.example.com"},
    "no page": {"Sec-Fetch-Site": "none"},
    "nobody knows where": {"Sec-Fetch-Site": "", "Origin": ORIGIN},
    "an old browser on another site": {"Origin": "https://evil.example"},
    "another scheme": {"Origin": "http://app.example.com"},
    "another port": {"Origin": f"{ORIGIN}:8443"},
    "a sandboxed frame": {"Origin": "null"},
    "nowhere": {},
}
FROM_ELSEWHERE = pytest.mark.parametrize("headers", ELSEWHERE.values(), ids=ELSEWHERE)


@FROM_ELSEWHERE
@EACH_ACTION
def test_another_site_cannot_make_an_admin_do_it(
    visit, clerk, path, fields, role, headers
):
    site = visit("admin_dashboard")
    assert send(site, path, fields, headers | cookies(ADMIN)).status_int == 403
    assert clerk.asked == []


@pytest.mark.parametrize("headers", [OURS, {"Origin": ORIGIN}], ids=["new", "old"])
def test_a_form_of_our_own_is_taken(load, headers):
    blog = load("form_actions")
    site = browser_for(blog.app)
    answer = send(site, "/posts", {"title": "Hello"}, headers | cookies())
    assert (answer.status_int, answer.location) == (303, "/posts")
    assert blog.posts == [("user_1", "Hello")]
    assert status(site, "/posts") == 200


@FROM_ELSEWHERE
def test_a_form_of_another_site_is_refused(load, headers):
    blog = load("form_actions")
    site = browser_for(blog.app)
    fields = {"title": "Buy"}
    assert send(site, "/posts", fields, headers | cookies()).status_int == 403
    assert blog.posts == []


def test_a_form_of_a_stranger_is_refused(load):
    blog = load("form_actions")
    site = browser_for(blog.app)
    assert send(site, "/posts", {"title": "Hello"}, OURS).status_int == 404
    assert send(site, "/posts", {"title": "Hello"}, OURS | PAGE).status_int == 307
    assert blog.posts == []


def test_a_route_protects_itself(visit):
    site = visit("route_handlers")
    assert ask(site, "/api/me", API | cookies()).json == {"user": "user_1"}
    assert status(site, "/api/me", API) == 404
    may, invoice = permitted("invoices:delete"), "/api/invoices/7"
    answer = ask(site, invoice, API | cookies(may), "DELETE")
    assert answer.json == {"deleted": 7, "by": "user_1"}
    assert status(site, invoice, API, IN_ORGANIZATION, "DELETE") == 404
    assert status(site, invoice, API, method="DELETE") == 404


def test_a_route_has_a_401_of_its_own(visit):
    site = visit("user_id_or_401")
    assert ask(site, "/api/me", API | cookies()).json == {"user": "user_1"}
    for headers in (API, PAGE):
        answer = ask(site, "/api/me", headers)
        assert answer.status_int == 401
        assert answer.json == {"error": "You are not signed in."}


def test_another_service_is_asked_with_a_token_of_its_template(visit, clerk):
    token = {"object": "token", "jwt": "made.for.supabase"}
    clerk.knows("POST", "/v1/sessions/sess_1/tokens/supabase", token)
    clerk.knows("GET", "/rest/v1/orders", [{"number": 1}])
    site = visit("token_for_another_service")
    assert ask(site, "/api/orders", API | cookies()).json == [{"number": 1}]
    made, used = clerk.api.calls
    assert made["authorization"] == f"Bearer {SECRET_KEY}"
    assert used["authorization"] == "Bearer made.for.supabase"


def test_a_stranger_has_no_token_for_another_service(visit, clerk):
    assert status(visit("token_for_another_service"), "/api/orders", API) == 401
    assert clerk.asked == []


def test_the_current_user_is_told(visit, clerk):
    clerk.knows("GET", "/v1/users/user_1", USER)
    site = visit("current_user_or_401")
    assert ask(site, "/api/me", API | cookies()).json == {
        "name": "Ada Lovelace",
        "email": "ada@example.com",
        "picture": "",
    }
    assert clerk.asked == [("GET", "/v1/users/user_1", None)]


def test_a_stranger_is_no_current_user(visit, clerk):
    assert status(visit("current_user_or_401"), "/api/me", API) == 401
    assert clerk.asked == []


def test_a_user_changes_their_own_names(visit, clerk):
    clerk.knows("PATCH", "/v1/users/user_1", USER)
    names = {"first": "Ada", "last": "Lovelace"}
    site = visit("update_names")
    answer = send_json(site, "/api/names", names, API | cookies())
    assert answer.json == {"name": "Ada Lovelace"}
    body = {"first_name": "Ada", "last_name": "Lovelace"}
    assert clerk.asked == [("PATCH", "/v1/users/user_1", body)]


@pytest.mark.parametrize("names", [{}, {"first": 1, "last": ""}, [], "Ada", None])
def test_names_that_are_none_are_refused(visit, clerk, names):
    site = visit("update_names")
    answer = send_json(site, "/api/names", names, API | cookies())
    assert answer.status_int == 400
    assert clerk.asked == []


def test_names_are_changed_by_nobody_else(visit, clerk):
    site, names = visit("update_names"), {"first": "Ada", "last": "Lovelace"}
    assert send_json(site, "/api/names", names, API).status_int == 404
    assert send(site, "/api/names", names, API | cookies()).status_int == 415
    assert clerk.asked == []


def test_a_page_leads_to_sign_in_and_back(visit):
    site = visit("redirect_to_sign_in")
    assert leads_to_sign_in(ask(site, "/dashboard"), f"{ORIGIN}/dashboard")
    assert ask(site, "/dashboard", PAGE | cookies()).text == "Hello, user_1."


def test_session_data_costs_no_call(visit, clerk):
    site = visit("session_and_user_data")
    told = ask(site, "/api/session", API | cookies(permitted("reports:read"))).json
    assert abs(told.pop("issued_at") - time.time()) < 60
    assert told == {
        "user": "user_1",
        "session": "sess_1",
        "organization": "acme",
        "role": "org:admin",
        "permissions": ["org:reports:read"],
        "may_read_reports": True,
    }
    assert clerk.asked == []


def test_user_data_comes_from_clerk(visit, clerk):
    clerk.knows("GET", "/v1/users/user_1", USER)
    site = visit("session_and_user_data")
    assert ask(site, "/api/user", API | cookies()).json == {
        "id": USER["id"],
        "first_name": "Ada",
        "emails": ["ada@example.com"],
        "plan": None,
    }


@pytest.mark.parametrize("path", ["/api/session", "/api/user"])
def test_a_stranger_has_no_data(visit, clerk, path):
    assert status(visit("session_and_user_data"), path, API) == 404
    assert clerk.asked == []
