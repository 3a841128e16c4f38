"""The routes of a Django application."""

import re
import sys
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from clerk_wsgi.cli.route import ANY, Route, Site

# A beginning inside an expression, which is one no more; sets are left alone.
BEGINNING = re.compile(r"(?P<kept>\\[^A]|\[\^?\]?(?:\\.|[^\]\\])*\])|\\A|\^", re.DOTALL)


def django(handler: Any) -> Site:
    urls: Any = sys.modules["django.urls"]
    resolver = urls.get_resolver(getattr(handler.request_class, "urlconf", None))
    codes = languages(resolver.url_patterns)
    routes = [each for code in codes for each in routes_in(code, resolver)]
    return Site("Django", list({(r.path, r.expression): r for r in routes}.values()))


def languages(patterns: Iterable[Any]) -> list[str]:
    """Those in which the paths are others, else the one that is active."""
    from importlib import import_module

    translation: Any = import_module("django.utils.translation")
    conf: Any = import_module("django.conf")
    if any(map(is_translated, patterns)):
        return [code for code, _ in conf.settings.LANGUAGES]
    return [translation.get_language()]


def is_translated(each: Any) -> bool:
    """Does it begin with the language, or is it written in every language?"""
    pattern = each.pattern
    text = getattr(pattern, "_route", getattr(pattern, "_regex", ""))
    if hasattr(pattern, "language_prefix") or not isinstance(text, str):
        return True
    return any(map(is_translated, getattr(each, "url_patterns", ())))


def routes_in(code: str, resolver: Any) -> list[Route]:
    from importlib import import_module

    urls: Any = sys.modules["django.urls"]
    override: Any = import_module("django.utils.translation").override

    def takes(route: str, path: str) -> bool:
        try:
            with override(code):
                found = resolver.resolve(path).route
        except urls.Resolver404:
            return False
        return f"/{found.removeprefix('^')}" == route

    with override(code):
        routes = list(django_routes(resolver.url_patterns, "/", "/"))
    return [route._replace(takes=partial(takes, route.path)) for route in routes]


def django_routes(patterns: Iterable[Any], path: str, before: str) -> Iterator[Route]:
    for each in patterns:
        shown = f"{path}{str(each.pattern).removeprefix('^')}"
        expression = before + expressed(each.pattern.regex.pattern)
        if hasattr(each, "url_patterns"):
            yield from django_routes(each.url_patterns, shown, expression)
        else:
            # To Django the beginning is enough, where a pattern has no end.
            rest = "" if expression.endswith(("$)", r"\Z)")) else ".*"
            yield Route(shown, ANY, each.lookup_str, expression + rest)


def expressed(own: str) -> str:
    """A pattern as a part of a longer one: Django searches where none says where."""
    lead = "" if own.startswith("^") and "|" not in own else "(?:|.*)"
    return f"{lead}(?:{BEGINNING.sub(lambda found: found['kept'] or '', own)})"
