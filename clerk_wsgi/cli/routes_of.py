"""The routes of an application, asked of its framework.

Frameworks are never imported here: an application of one that is not loaded is none of
its applications.
"""

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map

from clerk_wsgi.cli.django_routes import django
from clerk_wsgi.cli.route import ANY, Route, Site, expressed, listed, name_of, named


def routes_of(app: object) -> Site | None:
    """None for what is no application of a framework that is known here."""
    for module, name, ask in KNOWN:
        kind = getattr(sys.modules.get(module), name, None)
        if isinstance(kind, type) and isinstance(app, kind):
            return ask(app)
    rules = getattr(app, "url_map", None)
    if isinstance(rules, Map):
        return Site("werkzeug", list(werkzeug_routes(rules)))
    return None


def flask(app: Any) -> Site:
    return Site("Flask", list(werkzeug_routes(app.url_map)))


WERKZEUG_VARIABLE = re.compile(r"<(?:[^<>]*:)?(\w+)>")


def werkzeug_routes(rules: Any) -> Iterator[Route]:
    for rule in rules.iter_rules():
        if rule.build_only or rule.websocket:
            continue
        methods, view = named(werkzeug_methods(rule)), str(rule.endpoint)
        takes = partial(werkzeug_takes, rules, rule, methods)
        yield Route(rule.rule, methods, view, werkzeug_expression(rule), takes)


def werkzeug_methods(rule: Any) -> set[str]:
    """Without OPTIONS where Flask answers in place of the view."""
    is_flasks = getattr(rule, "provide_automatic_options", False)
    return set(rule.methods or ()) - ({"OPTIONS"} if is_flasks else set())


def werkzeug_expression(rule: Any) -> str:
    def regex(found: re.Match[str]) -> str:
        own = str(rule._converters[found[1]].regex)
        return ".+?" if own == "[^/].*?" else own  # examples then look better

    expression = expressed(rule.rule, WERKZEUG_VARIABLE, regex)
    if rule.strict_slashes is False:
        return f"{expression.removesuffix('/')}/?"
    return expression


def werkzeug_takes(rules: Any, rule: Any, methods: Iterable[str], path: str) -> bool:
    if rule.host or rule.subdomain:
        return True
    method = next(iter(methods), "GET")
    try:
        found, _ = rules.bind("localhost").match(path, method, return_rule=True)
    except HTTPException:
        return False
    return found is rule


PYRAMID_VARIABLE = re.compile(
    r"{\w+(?::(?P<regex>[^{}]*(?:{[^{}]*}[^{}]*)*))?}|:[a-zA-Z_]\w*|(?P<rest>\*\w*\Z)"
)


def pyramid(router: Any) -> Site:
    mapper = router.routes_mapper
    introspector = router.registry.introspector
    found = list(mapper.get_routes()) if mapper else []
    views = [v["introspectable"] for v in introspector.get_category("views", ())]
    told = "Views that traversal finds are not listed." * any(map(is_traversed, views))
    routes = [pyramid_route(each, introspector) for each in found]
    return Site("Pyramid", routes, told)


def is_traversed(view: Any) -> bool:
    """Does traversal find it? Not routes, exceptions, nor Pyramid's own code."""
    context = view.get("context")
    is_for_errors = isinstance(context, type) and issubclass(context, Exception)
    is_own = name_of(view.get("callable")).startswith("pyramid.")
    return not (view.get("route_name") or is_for_errors or is_own)


def pyramid_route(route: Any, introspector: Any) -> Route:
    own = introspector.get("routes", route.name)
    related = introspector.related(own) if own else []
    views = [each for each in related if each.category_name == "views"]
    methods = pyramid_methods(own) if own else set()
    if not methods and all(map(pyramid_methods, views)):
        methods = set().union(*map(pyramid_methods, views))
    path = f"/{route.pattern.lstrip('/')}"
    return Route(path, named(methods), route.name, pyramid_expression(path))


def pyramid_methods(told: Any) -> set[str]:
    """None of them are any."""
    return set(listed(told.get("request_methods")))


def pyramid_expression(path: str) -> str:
    def regex(found: re.Match[str]) -> str:
        return ".*?" if found["rest"] else found["regex"] or "[^/]+"

    return expressed(path, PYRAMID_VARIABLE, regex)


def bottle(app: Any) -> Site:
    return Site("Bottle", [bottle_route(app.router, each) for each in app.routes])


def bottle_route(router: Any, route: Any) -> Route:
    expression = ""
    for text, kind, setting in router._itertokens(route.rule):
        if kind is None:
            expression += re.escape(text)
        else:
            name = router.default_filter if kind == "default" else kind
            expression += f"(?:{router.filters[name](setting)[0]})"
    methods = ANY if route.method in ("ANY", "PROXY") else (route.method,)
    mounted = route.config.get("mountpoint.target")
    view = f"mounted: {name_of(mounted)}" if mounted else name_of(route.callback)
    return Route(route.rule, methods, view, expression)


FALCON_VARIABLE = re.compile(r"{\w+(?::(?P<kind>\w+)(?:\((?P<setting>[^)]*)\))?)?}")
FALCON_KINDS = {
    "int": r"\d+",
    "float": r"\d+",
    "uuid": "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
    "dt": r"2024-11-05T12:00:00Z",
    "path": ".*",
}


def falcon(app: Any) -> Site:
    from importlib import import_module

    inspect: Any = import_module("falcon.inspect")
    find = app._router.find
    routes = [falcon_route(each, find) for each in inspect.inspect_routes(app)]
    for each in inspect.inspect_static_routes(app):
        expression = f"{re.escape(each.prefix)}.*"
        routes.append(Route(each.prefix, ("GET",), each.directory, expression))
    for each in inspect.inspect_sinks(app):
        routes.append(Route(each.prefix, ANY, each.name, f"(?:{each.prefix}).*"))
    return Site("Falcon", routes)


def falcon_route(told: Any, find: Callable[[str], Any]) -> Route:
    methods = {each.method for each in told.methods if not each.internal}

    def regex(found: re.Match[str]) -> str:
        if found["kind"] == "int" and (found["setting"] or "").isdecimal():
            return rf"\d{{{found['setting']}}}"
        is_whole = is_segment(told.path, *found.span())  # then it may be empty
        return FALCON_KINDS.get(found["kind"], "[^/]*" if is_whole else "[^/]+")

    expression = expressed(told.path, FALCON_VARIABLE, regex)

    def takes(path: str) -> bool:
        found = find(path)
        return bool(found and found[-1] == told.path)

    return Route(told.path, named(methods), told.class_name, expression, takes)


def is_segment(path: str, start: int, end: int) -> bool:
    return path[start - 1] == "/" and path[end : end + 1] in ("", "/")


KNOWN: tuple[tuple[str, str, Callable[[Any], Site]], ...] = (
    ("flask", "Flask", flask),
    ("django.core.handlers.wsgi", "WSGIHandler", django),
    ("pyramid.router", "Router", pyramid),
    ("bottle", "Bottle", bottle),
    ("falcon", "App", falcon),
)
