"""`clerk-wsgi check` never says that all is covered where a route is open.

Each application here has one route that a stranger gets to.
"""

import json
import subprocess
import sys
from functools import partial

import bottle
import falcon
import flask
import pytest
from clerk_frameworks import django_app
from clerk_tokens import PEM, PUBLISHABLE_KEY, epoch_ms
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpResponse
from django.urls import path, re_path
from pyramid.config import Configurator
from pyramid.response import Response as PyramidResponse
from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from clerk_wsgi import Chain, ClerkMiddleware, RouteGuardLayer, SessionLayer
from clerk_wsgi.cli.check import examine
from clerk_wsgi.cli.check_report import as_json, as_text
from clerk_wsgi.cli.example_paths import example_paths
from clerk_wsgi.core.public_paths import PublicPaths

KEYS = {"publishable_key": PUBLISHABLE_KEY, "jwt_key": PEM, "clock": epoch_ms}
clerk = partial(ClerkMiddleware, **KEYS)


def report_on(app):
    return examine("site:app", app, PublicPaths([]))


def plain(environ, start_response):
    raise AssertionError("the application is never run")


def flask_site(*rules, **options):
    app = flask.Flask("site", static_folder=None)
    for rule in rules:
        app.add_url_rule(rule, rule, lambda **_: "the view", **options)
    return app.wsgi_app


def django_view(request, *args, **kwargs):
    return HttpResponse("the view")


def django_site(*patterns):
    django_app({})
    handler = WSGIHandler()
    handler.request_class = type("Request", (WSGIRequest,), {"urlconf": patterns})
    return handler


def pyramid_site(*asked, name=None):
    with Configurator() as config:
        config.add_route("a", "/a")
        for each in asked:
            config.add_view(lambda _: PyramidResponse(), route_name="a", **each)
        if name:
            config.add_view(lambda _: PyramidResponse(), name=name)
        return config.make_wsgi_app()


class Resource:
    def on_post(self, request, response):
        pass

    def on_head(self, request, response):
        pass


def falcon_site():
    app = falcon.App()
    app.add_route("/a", Resource())
    return app


def sink_site(prefix):
    app = falcon.App()
    app.add_sink(lambda request, response: None, prefix)
    return app


def any_method_site():
    app = bottle.Bottle()
    app.route("/a", method="ANY", callback=lambda: "the view")
    return app


def chooser(guarded, other):
    """What many write by hand; in a function's memory names are in this order."""
    aside = guarded

    def site(environ, start_response):
        is_other = environ["PATH_INFO"].startswith("/other")
        return (other if is_other else aside)(environ, start_response)

    return site


class Chooser:
    def __init__(self, app, **more):
        self.app = app
        self.__dict__.update(more)

    def __call__(self, environ, start_response):
        raise AssertionError("the application is never run")


class Lenient(RouteGuardLayer):
    def __call__(self, environ, start_response):
        app = self.app if environ["PATH_INFO"] == "/a" else super().__call__
        return app(environ, start_response)


def protect(*methods):
    def check(auth, request):
        if request.method in methods:
            auth.protect()

    return check


def covered():
    return clerk(flask_site("/a"), {"/a": {}})


ODD = {
    "an alternative of many": (
        flask_site("/<any(a1,b2,c3,d4,e5,f6,g7,h8,secret):page>"),
        {r"/([a-h]\d)": {}},
    ),
    "an alternative of one letter": (flask_site("/<any(a,b):page>"), {"/a": {}}),
    "letters that no word has": (flask_site("/<name>"), {r"/([\w.:-]+)": {}}),
    "a way through two choices": (
        django_site(re_path("^(?:v1|v2)/(?:out|in)$", django_view)),
        {"/v1/out": {}, "/v2/in": {}, "/v1/in": {}},
    ),
    "a part that may be left out": (
        django_site(re_path("^(?:a/)?(?:b/)?c$", django_view)),
        {"/c": {}, "/a/b/c": {}, "/a/c": {}},
    ),
    "one of two beginnings": (
        django_site(re_path("^admin$|^secret$", django_view)),
        {"/admin": {}},
    ),
    "a pattern without a beginning": (
        django_site(re_path("secret", django_view)),
        {"/secret(.*)": {}},
    ),
    "a set that begins like a beginning": (
        django_site(re_path(r"^[^/]+/x$|^\^y$", django_view)),
        {r"/:one/x": {}},
    ),
    "another prefix of a sink": (sink_site("/a|/b"), {"/a": {}, "/b(.*)": {}}),
    "a view for any method": (
        pyramid_site({"request_method": "POST"}, {}),
        protect("POST"),
    ),
    "a method that a view has": (falcon_site(), protect("POST")),
    "a view that takes OPTIONS": (
        flask_site("/a", methods=["GET", "OPTIONS"]),
        protect("GET", "HEAD"),
    ),
    "any method in Django": (
        django_site(path("a", django_view)),
        protect("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"),
    ),
    "any method in Bottle": (
        any_method_site(),
        protect("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"),
    ),
}


@pytest.mark.parametrize(("app", "handler"), ODD.values(), ids=ODD)
def test_a_route_that_is_open_in_an_odd_place_is_found(app, handler):
    report = report_on(clerk(app, handler))
    assert "open" in {each.answer.verdict for each in report.findings}


CHOSEN = {
    "a function": chooser(covered(), flask_site("/other")),
    "a function, the other way round": chooser(flask_site("/other"), covered()),
    "an object": Chooser(covered(), other=flask_site("/other")),
    "a table": Chooser(covered(), others={"/other": flask_site("/other")}),
    "a list": Chooser(covered(), others=[flask_site("/other")]),
}


@pytest.mark.parametrize("app", CHOSEN.values(), ids=CHOSEN)
def test_all_applications_that_somebody_chooses_between_are_looked_at(app):
    found = {each.path: each.answer.verdict for each in report_on(app).findings}
    assert found == {"/a": "protected", "/other": "open"}


UNSEEN = {
    "beside one that lists its routes": DispatcherMiddleware(covered(), {"/b": plain}),
    "beside one that denies": DispatcherMiddleware(
        plain, {"/b": clerk(plain, public=[])}
    ),
    "views that traversal finds": clerk(pyramid_site({}, name="b"), {"/a": {}}),
}


@pytest.mark.parametrize("app", UNSEEN.values(), ids=UNSEEN)
def test_an_application_that_does_not_list_all_its_routes_is_not_covered(app):
    report = report_on(app)
    assert (report.uncovered, report.unseen, report.is_good) == (0, 1, False)
    assert '"unseen": 1' in as_json(report)
    last = as_text(report).splitlines()[-1]
    assert "not shown" in last or "nothing is shown" in last


def test_one_that_answers_with_an_error_is_no_application():
    report = report_on(DispatcherMiddleware(NotFound(), {"/b": covered()}))
    assert report.is_good
    assert report.frameworks == ["Flask"]


def test_what_denies_by_default_need_not_list_its_routes():
    denied = clerk(pyramid_site({}, name="b"), public=[])
    assert report_on(DispatcherMiddleware(denied, {"/c": covered()})).is_good


def test_a_guard_of_ones_own_kind_is_asked_as_it_is():
    session = partial(SessionLayer, **KEYS)
    app = Chain(session, partial(Lenient, handler={"/(.*)": {}}))(flask_site("/a"))
    [found] = report_on(app).findings
    assert found.answer.verdict == "open"


def test_options_that_fail_for_a_made_up_request_leave_it_unclear():
    def options(request):
        raise LookupError(request.url)

    app = ClerkMiddleware(flask_site("/a"), {"/a": {}}, options=options)
    [found] = report_on(app).findings
    assert found.answer.verdict == "unclear"


MANY_LANGUAGES = f"""
from django.conf import settings
settings.configure(
    LANGUAGES=[("en", "English"), ("de", "German")],
    ROOT_URLCONF=__name__,
    SECRET_KEY="x",
)
from django.conf.urls.i18n import i18n_patterns
from django.core.wsgi import get_wsgi_application
from django.urls import include, path
from django.utils.translation import gettext_lazy
from clerk_wsgi import ClerkMiddleware

application = get_wsgi_application()
named = path(gettext_lazy("May"), print)
urlpatterns = [*i18n_patterns(path("a", print)), path("", include([named]))]
rules = {{"/en/a": {{}}, "/May": {{}}}}
keys = {{"publishable_key": {PUBLISHABLE_KEY!r}, "jwt_key": {PEM!r}}}
app = ClerkMiddleware(application, rules, **keys)
"""


def test_paths_are_looked_at_in_every_language(tmp_path):
    """In a process of its own, since Django decides once whether it has languages."""
    (tmp_path / "languages.py").write_text(MANY_LANGUAGES)
    asked = [sys.executable, "-m", "clerk_wsgi", "check", "languages:app", "--json"]
    done = subprocess.run(asked, cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout, done.stderr
    routes = json.loads(done.stdout)["routes"]
    assert {each["path"]: each["verdict"] for each in routes} == {
        "/en/a": "protected",
        "/de/a": "open",
        "/May": "protected",
        "/Mai": "open",
    }


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("/(?:a|b)", {"/a", "/b"}),
        ("/[ab][12]", {"/a1", "/a2", "/b1", "/b2"}),
        ("/v[1-3]", {"/v1", "/v2", "/v3"}),
        ("/(?:one|two|three)/(?:in|out)", {"/three/in", "/three/out", "/one/out"}),
        ("/(?:a/)?(?:b/)?c", {"/c", "/a/c", "/b/c", "/a/b/c"}),
    ],
)
def test_every_way_through_alternatives_is_tried(expression, expected):
    assert set(example_paths(expression)) >= expected


def test_alternatives_without_end_are_tried_so_far():
    assert 500 <= len(example_paths("/(?:ab|cd)" * 20)) <= 10_000
