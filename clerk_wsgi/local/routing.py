"""Which path is answered by whom."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

Endpoint = Callable[..., Response]
Shape = tuple[str, tuple[str, ...] | None]


class Routes:
    """Rules and their endpoints.

    To make a map out of rules takes long, and instances have the same rules: the map
    is made once in the process, and knows endpoints by number only.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = list(rules)
        self._map = map_of(tuple(map(shape, self.rules)))

    def match(self, request: Request, method: str) -> tuple[Endpoint, dict[str, Any]]:
        """The endpoint, and the names in the path. Raises HTTPException."""
        urls = self._map.bind("localhost", request.root_path)
        number, names = urls.match(request.path, method)
        return self.rules[number].endpoint, dict(names)


def first_match(
    candidates: Iterable[Routes], request: Request
) -> tuple[Endpoint, dict[str, Any]]:
    """Of the first that has the path. Raises HTTPException."""
    method = method_of(request)
    refused: HTTPException = NotFound()
    for routes in candidates:
        try:
            return routes.match(request, method)
        except MethodNotAllowed as error:
            refused = error
        except NotFound:
            pass
    raise refused


def method_of(request: Request) -> str:
    """Clerk's browser library sends a POST and names the method it means."""
    meant = request.args.get("_method", "").upper()
    if request.method == "POST" and meant in ("PUT", "PATCH", "DELETE"):
        return meant
    return request.method


def shape(rule: Rule) -> Shape:
    return rule.rule, tuple(sorted(rule.methods)) if rule.methods else None


@lru_cache(16)
def map_of(shapes: tuple[Shape, ...]) -> Map:
    rules = [
        Rule(path, methods=methods, endpoint=number)
        for number, (path, methods) in enumerate(shapes)
    ]
    return Map(rules, strict_slashes=False, merge_slashes=False)
