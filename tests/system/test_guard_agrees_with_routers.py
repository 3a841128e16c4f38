"""Whatever spelling makes a router run a protected view, the guard has seen through it.

Frameworks do not agree on which path is which, so a guard cannot match their rules one
by one. Here they are asked: each spelling is sent to the unguarded application, too,
and what reaches the view there must not reach it without a session behind the guard.
"""

from io import BytesIO, StringIO
from itertools import product
from urllib.parse import unquote_to_bytes

import pytest
from clerk_frameworks import ROUTERS
from clerk_tokens import PEM, PUBLISHABLE_KEY, bearer, epoch_ms, mint
from path_spellings import spellings

from clerk_wsgi import ClerkMiddleware, auth, create_route_matcher


def environs(target):
    """What servers make of a request target; they do not agree either."""
    path, _, query = target.partition("#")[0].partition("?")
    decoded = unquote_to_bytes(path).decode("latin-1")
    as_text = (
        unquote_to_bytes(path).decode("utf-8", "replace").encode().decode("latin-1")
    )
    told = {"RAW_URI": target, "REQUEST_URI": target}
    rest = decoded.removeprefix("http://evil.com") or "/"
    found = [
        {"PATH_INFO": decoded, "RAW_URI": target},  # gunicorn
        {"PATH_INFO": as_text, **told},  # werkzeug
        {"PATH_INFO": "/" + decoded.lstrip("/"), "REQUEST_URI": target},  # waitress
        {"PATH_INFO": unquote_to_bytes(target).decode("latin-1")},  # wsgiref
        {"PATH_INFO": rest, "RAW_URI": target},  # gunicorn, absolute form
    ]
    unique = {each["PATH_INFO"]: each for each in reversed(found)}
    return [{"QUERY_STRING": query, **each} for each in unique.values()]


def answer(app, environ, **headers):
    """The status code. Linters would refuse what some of these environs hold."""
    answered = []

    def start_response(status, headers, exc_info=None):
        answered.append(status)
        return lambda _: None

    environ = {**ENVIRON, "wsgi.input": BytesIO(), **environ, **headers}
    try:
        body = app(environ, start_response)
    except Exception:  # as servers do
        return 500
    b"".join(body)
    if hasattr(body, "close"):
        body.close()
    return int(answered[-1][:3])


ENVIRON = {
    "REQUEST_METHOD": "GET",
    "SCRIPT_NAME": "",
    "SERVER_NAME": "localhost",
    "SERVER_PORT": "80",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "HTTP_HOST": "localhost",
    "REMOTE_ADDR": "127.0.0.1",
    "wsgi.url_scheme": "http",
    "wsgi.errors": StringIO(),
    "wsgi.version": (1, 0),
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
}


class Site:
    """An application with protected views, once bare and once behind a guard."""

    def __init__(self, framework, paths, guard):
        self.runs = 0
        self.bare = ROUTERS[framework](dict.fromkeys(paths, self.public_view))
        self.guarded = ClerkMiddleware(
            ROUTERS[framework](dict.fromkeys(paths, self.view)),
            **guard,
            publishable_key=PUBLISHABLE_KEY,
            jwt_key=PEM,
            clock=epoch_ms,
        )

    def public_view(self):
        self.runs += 1
        return "Anybody may read this."

    def view(self):
        self.runs += 1
        assert auth().is_authenticated
        return "Nobody may read this."

    def is_reached(self, app, environ, **headers):
        before = self.runs
        status = answer(app, environ, **headers)
        return self.runs > before, status


def attack(site, targets):
    """What reaches the bare view, and what reaches the guarded one.

    An error of ours counts as reaching it; frameworks have some of their own.
    """
    reached, missed = [], []
    for target in targets:
        for environ in environs(target):
            is_in, bare_status = site.is_reached(site.bare, environ)
            if is_in:
                reached.append(environ["PATH_INFO"])
            is_in, status = site.is_reached(site.guarded, environ)
            if is_in or (status >= 500 and bare_status < 500):
                missed.append(f"{target} as {environ['PATH_INFO']!a}: {status}")
    return reached, missed


is_admin = create_route_matcher(["/admin(.*)"])


def with_a_handler(auth, request):
    if is_admin(request):
        auth.protect()


GUARDS = {
    "rules": {"handler": {"/admin(.*)": {}}},
    "handler": {"handler": with_a_handler},
    "default-deny": {"public": ["/", "/users", "/public(.*)", "/x/(.*)"]},
}


@pytest.mark.parametrize("guard", GUARDS)
@pytest.mark.parametrize("framework", ROUTERS)
def test_no_spelling_of_a_protected_path_gets_in(framework, guard):
    site = Site(framework, ["/admin", "/admin/", "/admin/users"], GUARDS[guard])
    reached, missed = attack(
        site, spellings(["/admin", "/admin/users"], seed=framework)
    )
    assert missed == []
    assert len(set(reached)) >= 3  # else nothing was put to the test


@pytest.mark.parametrize("framework", ROUTERS)
def test_users_get_in_by_the_plain_spelling(framework):
    site = Site(framework, ["/admin", "/admin/users"], GUARDS["rules"])
    headers = {"HTTP_AUTHORIZATION": bearer(mint())["Authorization"]}
    for path in ("/admin", "/admin/users"):
        is_in, status = site.is_reached(site.guarded, {"PATH_INFO": path}, **headers)
        assert (is_in, status) == (True, 200)


PARAMETERS = {
    # Falcon takes "/users/" for a user without a name, which no `:name` covers.
    "one segment": ("/users/{name}", ["/users/:name", "/users/"]),
    "within": ("/users/{name}/admin", ["/users/:name/admin"]),
    "at the beginning": ("/{name}/admin", ["/:name/admin"]),
    "everything below": ("/users/{name}/admin", ["/users/:name/admin(.*)"]),
}
PARAMETER_SPELLINGS = [
    *("/users/ada", "/users/ada/", "/users/a%3Fb", "/users/a%23b", "/users/%3F"),
    *("/users/%23", "/users/a%3B", "/users/a%26", "/users/a%25", "/users/a%253F"),
    *("/users//", "/users//admin", "/users/ada//admin", "//users//ada//admin"),
    *("/users/a%3Fb/admin", "/users/%3F/admin", "/users/%23/admin", "/users/ /admin"),
    *("//admin", "///admin", "/%3F/admin", "/a%23/admin", "/ada/admin", "/ada/admin/"),
    *("/%20/admin", "/ada/admin%3F", "/ada/admin%23x", "/users/ada/admin%3Fx"),
    *("/users/%E2%80%8B/admin", "/users/%C3%A4", "/users/%F0%9F%98%80/admin"),
    *("/users/a.b", "/users/.a", "/users/a%2Fb", "/users/a:b", "/users/:name"),
    *("/users/ada%2Fadmin", "/users/%2Fadmin", "/%2F/admin", "/users/%2F/admin"),
]


@pytest.mark.parametrize("case", PARAMETERS)
@pytest.mark.parametrize("kind", GUARDS)
@pytest.mark.parametrize("framework", ROUTERS)
def test_no_spelling_of_a_parameter_gets_in(framework, kind, case):
    path, patterns = PARAMETERS[case]
    matches = create_route_matcher(patterns)

    def handler(auth, request):
        if matches(request):
            auth.protect()

    rules = {pattern: {} for pattern in patterns}
    guards = GUARDS | {"rules": {"handler": rules}, "handler": {"handler": handler}}
    site = Site(framework, [path], guards[kind])
    more = spellings(["/users/ada", "/users/ada/admin", "/ada/admin"], seed=case)[:300]
    reached, missed = attack(site, PARAMETER_SPELLINGS + more)
    assert missed == []
    assert len(set(reached)) >= 3


@pytest.mark.parametrize("framework", ROUTERS)
def test_a_mounted_application_is_guarded_by_the_path_it_routes_on(framework):
    site = Site(framework, ["/admin"], GUARDS["rules"])
    for script_name, path in product(("", "/app", "/admin", "//x"), ("/admin", "/x")):
        environ = {"SCRIPT_NAME": script_name, "PATH_INFO": path}
        assert site.is_reached(site.guarded, environ) in ((False, 404), (False, 400))
