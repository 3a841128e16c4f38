"""`clerk-wsgi check` finds an application's routes, and those that nobody guards."""

import json
import sys
from functools import partial
from pathlib import Path

import bottle
import falcon
import flask
import pytest
from clerk_frameworks import FRAMEWORKS, ROUTERS, django_app
from clerk_tokens import PEM, PUBLISHABLE_KEY, epoch_ms
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpResponse
from django.urls import include, path, re_path, register_converter
from pyramid.config import Configurator
from pyramid.response import Response as PyramidResponse
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import Map, Rule
from werkzeug.test import Client
from werkzeug.wrappers import Response

from clerk_wsgi import Chain, ClerkMiddleware, RouteGuardLayer, SessionLayer
from clerk_wsgi.cli import main
from clerk_wsgi.cli.check import examine
from clerk_wsgi.cli.check_report import as_text
from clerk_wsgi.cli.example_paths import example_paths
from clerk_wsgi.cli.onion import cores
from clerk_wsgi.cli.routes_of import routes_of
from clerk_wsgi.core.public_paths import PublicPaths

KEYS = {"publishable_key": PUBLISHABLE_KEY, "jwt_key": PEM, "clock": epoch_ms}
clerk = partial(ClerkMiddleware, **KEYS)
NOTHING = PublicPaths([])
PATHS = ["/", "/admin", "/users/{id}", "/users/{id}/edit"]


def view():
    return "the view"


def verdicts(app, public=()):
    report = examine("site:app", app, PublicPaths(list(public)))
    return {each.path: each.answer.verdict for each in report.findings}


def whys(app):
    report = examine("site:app", app, NOTHING)
    return {each.path: each.answer.why for each in report.findings}


# What the guard covers


@pytest.mark.parametrize("framework", ROUTERS)
def test_rules_cover_what_they_name(framework):
    app = ROUTERS[framework](dict.fromkeys(PATHS, view))
    found = verdicts(clerk(app, {"/admin(.*)": {}, "/users/:id/edit": {}}))
    found = {path: each for path, each in found.items() if "static" not in path}
    assert list(found.values()) == ["open", "protected", "open", "protected"]
    assert [path.count("id") for path in found] == [0, 0, 1, 1]


@pytest.mark.parametrize("framework", ROUTERS)
def test_by_default_everything_is_covered(framework):
    app = ROUTERS[framework](dict.fromkeys(PATHS, view))
    found = verdicts(clerk(app, public=["/"]))
    assert found.pop("/") == "public"
    assert set(found.values()) == {"protected"}
    assert "not named public" in whys(clerk(app, public=["/"])).values()


@pytest.mark.parametrize("framework", ROUTERS)
def test_without_a_guard_nothing_is_covered(framework):
    for app in (
        ROUTERS[framework]({"/a": view}),
        clerk(ROUTERS[framework]({"/a": view})),
    ):
        report = examine("site:app", app, NOTHING)
        assert {each.answer.verdict for each in report.findings} == {"open"}
        assert "No guard was found around the application." in report.notes
        assert not report.is_good


def flask_site(*rules, **options):
    app = flask.Flask("site", static_folder=None)
    for number, rule in enumerate(rules):
        app.add_url_rule(rule, f"view{number}", lambda **_: view(), **options)
    return app


def test_a_handler_is_asked_for_each_method():
    def check(auth, request):
        if request.method not in ("GET", "HEAD"):
            auth.protect()

    app = clerk(flask_site("/a", methods=["GET", "POST"]).wsgi_app, check)
    assert whys(app) == {"/a": "GET /a is let through"}
    app = clerk(flask_site("/a", methods=["DELETE"]).wsgi_app, check)
    assert (verdicts(app), whys(app)) == ({"/a": "protected"}, {"/a": "the handler"})


def test_a_head_request_is_no_way_around():
    def check(auth, request):
        if request.method == "GET":
            auth.protect()

    app = clerk(flask_site("/a").wsgi_app, check)
    assert whys(app) == {"/a": "HEAD /a is let through"}


def test_a_rule_that_covers_some_values_of_a_variable_covers_no_route():
    app = clerk(flask_site("/u/<name>").wsgi_app, {r"/u/:name([a-z]+)": {}})
    assert whys(app) == {"/u/<name>": "GET /u/7 is let through"}
    app = clerk(flask_site("/f/<path:rest>").wsgi_app, {"/f/:name": {}})
    assert whys(app) == {"/f/<path:rest>": "GET /f/deep/down is let through"}


def test_the_empty_name_that_falcon_allows_is_tried():
    app = ROUTERS["falcon"]({"/users/{name}": view})
    assert whys(clerk(app, {"/users/:name": {}})) == {
        "/users/{name}": "GET /users/ is let through"
    }
    covered = clerk(app, {"/users/:name": {}, "/users/": {}})
    assert verdicts(covered) == {"/users/{name}": "protected"}


def test_what_is_open_on_purpose_can_be_said():
    app = clerk(flask_site("/", "/about", "/x").wsgi_app, {"/x": {}})
    assert set(verdicts(app).values()) == {"open", "protected"}
    assert set(verdicts(app, ["/", "/about"]).values()) == {"public", "protected"}


def test_an_answer_of_the_handler_covers_a_route():
    app = clerk(flask_site("/a").wsgi_app, lambda auth, request: Response("closed"))
    assert verdicts(app) == {"/a": "protected"}


def never(environ, start_response):
    raise AssertionError("the application is never run")


def test_another_application_of_the_handler_is_not_run_and_leaves_it_unclear():
    app = clerk(flask_site("/a").wsgi_app, lambda auth, request: never)
    assert verdicts(app) == {"/a": "unclear"}
    assert "hands GET /a on" in whys(app)["/a"]


def test_a_handler_that_fails_leaves_it_unclear():
    app = clerk(flask_site("/a").wsgi_app, lambda auth, request: auth.nothing)
    assert verdicts(app) == {"/a": "unclear"}
    assert "the guard raises AttributeError" in whys(app)["/a"]


def test_a_guard_without_a_session_layer_leaves_it_unclear():
    app = RouteGuardLayer(flask_site("/a").wsgi_app, {"/a": {}})
    assert "MissingMiddleware" in whys(app)["/a"]


def test_no_view_is_run():
    app = flask.Flask("site", static_folder=None)
    app.add_url_rule("/", "never", never, methods=["GET", "POST", "DELETE"])
    assert verdicts(clerk(app.wsgi_app, {})) == {"/": "open"}


def test_what_only_the_view_protects_is_told_in_words():
    report = examine("site:app", clerk(flask_site("/a").wsgi_app, {}), NOTHING)
    assert "auth.protect() itself" in report.notes[-1]
    report = examine("site:app", clerk(flask_site("/a").wsgi_app, public=[]), NOTHING)
    assert report.notes == []


# How the framework is found


def wrapped(app):
    def middleware(environ, start_response):
        return app(environ, start_response)

    return middleware


WRAPPINGS = {
    "nothing": lambda app: app,
    "the usual middleware": ProxyFix,
    "a function": wrapped,
    "functions": lambda app: wrapped(wrapped(ProxyFix(wrapped(app)))),
    "a partial": lambda app: partial(lambda app, *rest: app(*rest), app),
    "a bound method": lambda app: app.__call__,
    "a chain": lambda app: Chain(ProxyFix, wrapped)(app),
}


@pytest.mark.parametrize("outside", WRAPPINGS)
@pytest.mark.parametrize("inside", WRAPPINGS)
def test_the_application_is_found_inside_other_middleware(outside, inside):
    app = WRAPPINGS[inside](flask_site("/a", "/b"))
    app = WRAPPINGS[outside](clerk(app, {"/a": {}}))
    assert verdicts(app) == {"/a": "protected", "/b": "open"}


@pytest.mark.parametrize("framework", ROUTERS)
def test_layers_of_ones_own_chain_are_found(framework):
    guard = partial(RouteGuardLayer, handler={"/a": {}})
    chain = Chain(partial(SessionLayer, **KEYS), guard, wrapped)
    app = chain(ROUTERS[framework]({"/a": view, "/b": view}))
    found = [each for path, each in verdicts(app).items() if "static" not in path]
    assert found == ["protected", "open"]


def test_two_guards_cover_together():
    session = partial(SessionLayer, **KEYS)
    guards = [partial(RouteGuardLayer, handler={path: {}}) for path in ("/a", "/b")]
    app = Chain(session, *guards)(flask_site("/a", "/b", "/c"))
    assert list(verdicts(app).values()) == ["protected", "protected", "open"]


def test_flask_with_its_wsgi_app_replaced():
    app = flask_site("/a", "/b")
    app.wsgi_app = ProxyFix(clerk(app.wsgi_app, {"/a": {}}))
    assert verdicts(app) == {"/a": "protected", "/b": "open"}


def test_mounted_applications_are_found_with_their_guards():
    inner = clerk(flask_site("/a", "/b"), {"/a": {}})
    apps = {"/one": inner, "/two": wrapped(ROUTERS["bottle"]({"/a": view}))}
    app = clerk(DispatcherMiddleware(never, apps), {"/two/(.*)": {}})
    report = examine("site:app", app, NOTHING)
    assert {each.path: each.answer.verdict for each in report.findings} == {
        "/one/a": "protected",
        "/one/b": "open",
        "/two/a": "protected",
    }
    assert report.frameworks == ["Flask", "Bottle", "plain WSGI"]


def test_public_paths_of_a_mounted_guard_are_below_its_mount():
    inner = clerk(flask_site("/", "/a"), public=["/"])
    app = DispatcherMiddleware(never, {"/one": inner})
    assert verdicts(app) == {"/one/": "public", "/one/a": "protected"}


def test_plain_wsgi_lists_no_routes():
    app = clerk(FRAMEWORKS["bare"]({"/a": view}), {"/a": {}})
    report = examine("site:app", app, NOTHING)
    assert report.findings == []
    assert report.notes == ["The application is plain WSGI: it lists no routes."]
    assert not report.is_good
    denied = clerk(FRAMEWORKS["bare"]({"/a": view}), public=["/"])
    assert examine("site:app", denied, NOTHING).is_good


def test_an_application_around_itself_does_not_keep_us():
    def app(environ, start_response):
        return []

    app.app = app
    one, other = ProxyFix(app), ProxyFix(app)
    one.app, other.app = other, one
    assert [each.site for each in cores(one)] == [None]
    assert [each.site for each in cores(app)] == [None]


def test_functions_that_an_application_uses_are_not_taken_for_applications():
    def helper(text):
        return text

    def app(environ, start_response):
        return helper([])

    assert [each.app for each in cores(app)] == [app]


def test_a_function_that_is_not_complete_yet_is_an_application_all_the_same():
    def app(environ, start_response):
        return later(environ, start_response)

    assert [each.app for each in cores(app)] == [app]
    later = never


# What frameworks tell


def django_site(*patterns):
    handler = WSGIHandler()
    handler.request_class = type("Request", (WSGIRequest,), {"urlconf": patterns})
    return handler


def django_view(request, *args, **kwargs):
    return HttpResponse("the view")


def pyramid_site(*patterns, **predicates):
    with Configurator() as config:
        for pattern in patterns:
            config.add_route(pattern, pattern)
            config.add_view(
                lambda request: PyramidResponse("the view"),
                route_name=pattern,
                **predicates,
            )
        return config.make_wsgi_app()


def bottle_site(*rules):
    app = bottle.Bottle()
    for rule in rules:
        app.get(rule, callback=lambda *_, **__: view())
    return app


class Resource:
    def on_get(self, request, response, **_):
        response.text = "the view"


def falcon_site(*paths):
    app = falcon.App()
    for each in paths:
        app.add_route(each, Resource())
    return app


class MapSite:
    def __init__(self, *rules):
        self.url_map = Map([Rule(rule, endpoint=rule) for rule in rules])

    def __call__(self, environ, start_response):
        self.url_map.bind_to_environ(environ).match()
        return Response("the view")(environ, start_response)


class EvenConverter:
    regex = "[0-9]+"

    def to_python(self, value):
        if int(value) % 2:
            raise ValueError(value)
        return int(value)

    def to_url(self, value):
        return str(value)


register_converter(EvenConverter, "even")

ODD_SITES = {
    "Flask": flask_site(
        *(
            "/<int:n>/<float:x>",
            "/<any(about,help):page>",
            "/<uuid:id>",
            "/p/<path:rest>",
        ),
        *("/s/<string(length=2):code>", "/d/<int(fixed_digits=4):year>/", "/ä/<name>"),
    ),
    "Flask without strict slashes": flask_site("/a/<b>/", strict_slashes=False),
    "Django": django_site(
        path("", django_view),
        path("n/<int:n>/<slug:s>/", django_view),
        path("u/<uuid:id>", django_view),
        path("p/<path:rest>", django_view),
        path("e/<even:n>", django_view),
        re_path(r"^y/(?P<year>[0-9]{4})/(\w+)/$", django_view),
        re_path(r"^free", django_view),
        re_path(r"^(?!no)[a-z]{2,3}/(?:one|two)/\Z", django_view),
        path(
            "in/<name>/", include([path("", django_view), path("<name>", django_view)])
        ),
        re_path(
            r"^re/(?P<name>\w+)/", include([re_path("^(?P<name>x+)$", django_view)])
        ),
    ),
    "Pyramid": pyramid_site(
        *(
            "/a/{id}",
            r"b/{id:\d{2,4}}.{kind}",
            "/c/*rest",
            "/d/:old/x",
            "/e",
            "/f/{a}{b}",
        )
    ),
    "Bottle": bottle_site(
        *(
            "/a/<n:int>/<x:float>",
            "/p/<rest:path>",
            "/r/<c:re:[a-z]{3}>",
            "/x/<:re:[0-9]+>/y",
        ),
        *("/plain", "/name/<name>.html", r"/escaped/\<name>"),
    ),
    "Falcon": falcon_site(
        *("/a/{name}", "/a/{name}/{other}/x", "/n/{n:int}/{m:int(3)}", "/u/{id:uuid}"),
        *("/t/{at:dt}", "/p/{rest:path}", "/c/{a}.{b}", "/f/{x:float}", "/plain"),
    ),
    "werkzeug": MapSite("/<int:n>", "/x/<path:rest>", "/y/"),
}


@pytest.mark.parametrize("framework", ODD_SITES)
@pytest.mark.filterwarnings("ignore::DeprecationWarning:bottle")
def test_every_example_path_is_one_that_the_router_takes(framework):
    site = routes_of(ODD_SITES[framework])
    assert site.framework in framework
    client = Client(ODD_SITES[framework])
    for route in site.routes:
        assert route.examples(), route
        for example in route.examples():
            answer = client.get(example, base_url="http://localhost")
            assert (answer.status_code, answer.text) == (200, "the view"), example


def test_includes_are_shown_whole():
    site = routes_of(ODD_SITES["Django"])
    shown = [route.path for route in site.routes]
    assert shown[-3:-1] == ["/in/<name>/", "/in/<name>/<name>"]
    assert {route.view for route in site.routes} == {f"{__name__}.django_view"}
    assert {route.methods for route in site.routes} == {()}


def test_rules_that_answer_nothing_over_http_are_left_out():
    site = MapSite("/a")
    site.url_map.add(Rule("/built", endpoint="b", build_only=True))
    site.url_map.add(Rule("/socket", endpoint="s", websocket=True))
    assert [route.path for route in routes_of(site).routes] == ["/a"]


def test_a_rule_of_one_host_is_believed_without_its_router():
    site = MapSite("/a/<int:n>")
    site.url_map.add(Rule("/b/<int:n>", endpoint="b", subdomain="api"))
    found = {route.path: route.examples() for route in routes_of(site).routes}
    assert "/b/7" in found["/b/<int:n>"]


def test_what_another_route_takes_first_is_no_example():
    for app in (
        flask_site("/<name>", "/example"),
        django_site(path("example", django_view), path("<name>", django_view)),
    ):
        found = {route.path: route.examples() for route in routes_of(app).routes}
        assert found["/example"] == ["/example"]
        assert "/example" not in found["/<name>"]
        assert "/7" in found["/<name>"]


@pytest.mark.parametrize("asked", ["POST", ("POST",)])
def test_pyramids_methods_are_those_of_its_views(asked):
    [route] = routes_of(pyramid_site("/a", request_method=asked)).routes
    assert route.methods == ("POST",)


def test_pyramids_traversal_is_told_in_words():
    assert routes_of(pyramid_site("/a")).unlisted == ""
    with Configurator() as config:
        config.add_view(lambda request: PyramidResponse(), name="found")
        app = config.make_wsgi_app()
    assert routes_of(app).routes == []
    assert "traversal" in examine("site:app", app, NOTHING).notes[1]


def test_mounted_wsgi_applications_of_bottle_are_shown():
    app = bottle_site("/a")
    app.mount("/old/", never)
    by_path = {route.path: route for route in routes_of(app).routes}
    [mounted] = [route for path, route in by_path.items() if path != "/a"]
    assert mounted.path.startswith("/old/")
    assert mounted.view == f"mounted: {__name__}.never"
    assert mounted.methods == ()


def test_falcons_sinks_and_static_files_are_routes():
    app = falcon_site("/a")
    app.add_sink(lambda request, response: None, "/sink")
    app.add_static_route("/files", str(Path(__file__).parent))
    found = verdicts(clerk(app, {"/sink": {}, "/files/(.*)": {}, "/a": {}}))
    assert found == {"/a": "protected", "/files/": "protected", "/sink": "open"}


def test_falcons_own_answers_are_no_methods_of_a_route():
    [route] = routes_of(falcon_site("/a")).routes
    assert (route.methods, route.view) == (("GET",), "Resource")


def test_a_route_that_no_path_is_found_for_is_unclear():
    ended_too_soon = re_path("^in$", include([path("x", django_view)]))
    for pattern in (re_path(r"^(a)(?<!a)$", django_view), ended_too_soon):
        found = verdicts(clerk(django_site(pattern), {"/(.*)": {}}))
        assert list(found.values()) == ["unclear"]


@pytest.mark.parametrize(
    ("expression", "some"),
    [
        ("/plain", {"/plain"}),
        (r"/\d+", {"/7"}),
        ("/(?P<a>x)/(?P<a>y)", {"/x/y"}),
        ("/(?:one|two)", {"/one", "/two"}),
        ("/[^a-z/]+", {"/7"}),
        ("/é[ü]", {"/éü"}),
        (r"/\S\s\W\D", set()),
        ("/(?:ab){2}x?", {"/abab", "/ababx"}),
        ("(", None),
        (r"/(a)(?<!a)", None),
    ],
)
def test_examples_match_their_expression(expression, some):
    found = example_paths(expression)
    assert set(found) >= (some or set())
    assert bool(found) is (some is not None)


# The command

SITE = """
import flask
from clerk_wsgi import ClerkMiddleware

shop = flask.Flask("shop", static_folder=None)
shop.add_url_rule("/", "home", print)
shop.add_url_rule("/orders/<int:number>", "orders.show", print, methods=["GET", "PUT"])
rules = ClerkMiddleware(shop.wsgi_app, {"/orders/(.*)": {}})
denying = ClerkMiddleware(shop.wsgi_app, public=["/"])
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "checked_shop.py").write_text(SITE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setenv("CLERK_PUBLISHABLE_KEY", PUBLISHABLE_KEY)
    monkeypatch.setenv("CLERK_JWT_KEY", PEM)
    yield
    sys.modules.pop("checked_shop", None)


@pytest.mark.usefixtures("folder")
def test_open_routes_come_first_and_the_command_fails(capsys):
    assert main(["check", "checked_shop:rules"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "checked_shop:rules: Flask, 2 routes",
        "",
        "open       GET      /                     home         GET / is let through",
        "protected  GET,PUT  /orders/<int:number>  orders.show  rule /orders/(.*)",
        "",
        "A view that calls auth.protect() itself is open here all the same.",
        "1 of 2 routes: neither protected nor named public.",
    ]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "arguments",
    [["checked_shop:denying"], ["checked_shop:rules", "--public", "/"]],
    ids=["by default", "by hand"],
)
def test_the_command_succeeds_where_all_is_covered_or_public(arguments, capsys):
    assert main(["check", *arguments]) == 0
    told = capsys.readouterr().out
    assert told.endswith("\nEvery route is protected or named public.\n")
    assert "GET / is named public" in told


@pytest.mark.parametrize(
    ("app", "told"),
    [
        (clerk(never, {}), "nothing is shown to be covered"),
        (clerk(never, public=[]), "all that is not named public is protected"),
    ],
)
def test_without_routes_the_last_line_says_what_is_known(app, told):
    shown = as_text(examine("site:app", app, NOTHING))
    assert shown.startswith("site:app: plain WSGI, 0 routes\n\n")
    assert told in shown.splitlines()[-1]


@pytest.mark.usefixtures("folder")
def test_programs_are_told_in_json(capsys):
    assert main(["check", "checked_shop:rules", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["application"] == "checked_shop:rules"
    assert told["frameworks"] == ["Flask"]
    assert told["uncovered"] == 1
    assert len(told["notes"]) == 1
    assert told["routes"][1] == {
        "path": "/orders/<int:number>",
        "methods": ["GET", "PUT"],
        "view": "orders.show",
        "verdict": "protected",
        "why": "rule /orders/(.*)",
    }


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "arguments", [["checked_shop:missing"], ["checked_shop:rules", "--public", "x"]]
)
def test_mistakes_are_told_in_one_line(arguments, capsys):
    assert main(["check", *arguments]) == 2
    assert capsys.readouterr().err.count("\n") == 1


DOCUMENTED = """
import flask
from clerk_wsgi import ClerkMiddleware

shop = flask.Flask("shop", static_folder=None)
shop.add_url_rule("/", "home", print)
shop.add_url_rule("/orders/<int:number>", "orders.show", print, methods=["GET", "PUT"])
shop.add_url_rule("/orders/", "orders.make", print, methods=["POST"])
shop.add_url_rule("/admin", "admin", print)
app = ClerkMiddleware(shop.wsgi_app, {"/admin(.*)": {}, "/orders/": {}})
"""


@pytest.mark.usefixtures("folder")
def test_the_documentation_shows_what_is_printed(tmp_path, capsys):
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").touch()
    (tmp_path / "shop" / "wsgi.py").write_text(DOCUMENTED)
    page = (Path(__file__).parents[2] / "docs" / "check.md").read_text("utf-8")
    command = page.split("```sh\n")[1].split("\n```")[0].split()
    shown = page.split("```text\n")[1].split("```")[0]
    try:
        assert main(command[1:]) == 1
    finally:
        for name in ("shop", "shop.wsgi"):
            sys.modules.pop(name, None)
    assert capsys.readouterr().out == shown


def test_the_routes_of_the_plain_helper_are_those_that_it_was_given():
    shown = [route.path for route in routes_of(django_app({"/a/{id}": view})).routes]
    assert shown == ["/a/<id>"]
