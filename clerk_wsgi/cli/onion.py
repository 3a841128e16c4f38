"""What a WSGI application is made of: Clerk's layers, and what they are around."""

import copy
from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from werkzeug.exceptions import HTTPException
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from clerk_wsgi.cli.route import Site
from clerk_wsgi.cli.routes_of import routes_of
from clerk_wsgi.layers.guard import RouteGuardLayer
from clerk_wsgi.layers.session import SessionLayer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# Where middleware keeps the application that it is around.
INSIDE = ("wsgi_app", "app", "application", "wsgi_application", "wrap_app", "_app")
CLERKS = (SessionLayer, RouteGuardLayer)
DEEPEST = 50
ASIDE = 5  # how much of that depth a guess costs


class Mount:
    """The part of a path that a dispatcher takes away on the way inside."""

    def __init__(self, prefix: str) -> None:
        self.app: Any = None
        self.prefix = prefix

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Any:
        rest = environ["PATH_INFO"].removeprefix(self.prefix)
        moved = {"SCRIPT_NAME": environ["SCRIPT_NAME"] + self.prefix, "PATH_INFO": rest}
        return self.app({**environ, **moved}, start_response)


Skin = SessionLayer | RouteGuardLayer | Mount


class Core(NamedTuple):
    """An application, the skins around it that matter, and its routes if it has any."""

    app: Any
    skins: tuple[Skin, ...]
    site: Site | None

    @property
    def prefix(self) -> str:
        return "".join(each.prefix for each in self.skins if isinstance(each, Mount))

    @property
    def is_unseen(self) -> bool:
        """May it have routes that are not listed, and that no guard protects?"""
        is_listed = self.site and self.site.routes and not self.site.unlisted
        return not is_listed and not any(g.public is not None for g, _ in self.guards())

    def guards(self, path: str = "/") -> Iterator[tuple[RouteGuardLayer, str]]:
        """The guards, each with the path as it gets there."""
        for each in self.skins:
            if isinstance(each, RouteGuardLayer):
                yield each, path
            elif isinstance(each, Mount):
                path = path.removeprefix(each.prefix) or "/"


def cores(app: Any, skins: tuple[Skin, ...] = (), depth: int = 0) -> Iterator[Core]:
    """Every application inside; more than one where somebody chooses between several.

    What answers with an error and nothing else is none.
    """
    if isinstance(app, CLERKS):
        skins = (*skins, app)
    owner = getattr(app, "__self__", None)
    if isinstance(app, DispatcherMiddleware):
        for prefix, mounted in app.mounts.items():
            yield from cores(mounted, (*skins, Mount(prefix)), depth + 1)
        yield from cores(app.app, skins, depth + 1)
    elif "wsgi_app" not in vars_of(app) and (site := routes_of(owner or app)):
        yield Core(owner or app, skins, site)
    elif not isinstance(app, HTTPException):
        yield from inside_of(app, skins, depth) or [Core(app, skins, None)]


def inside_of(app: Any, skins: tuple[Skin, ...], depth: int) -> list[Core]:
    """What a middleware is around, and whatever else it may hand a request to."""
    if depth > DEEPEST:
        return []
    owner = getattr(app, "__self__", app)
    around = [each for name in INSIDE if callable(each := getattr(owner, name, None))]
    around = [each for each in around if each is not app][:1]
    found = [core for each in around for core in cores(each, skins, depth + 1)]
    held = () if isinstance(owner, CLERKS) else held_by(owner)
    others = [each for each in held if each not in around and may_be_app(each)]
    step = 1 if len([*around, *others]) == 1 else ASIDE
    for each in others:
        inside = list(cores(each, skins, depth + step))
        if any(core.site or core.skins != skins for core in inside):
            found += inside
    return list({(id(core.app), *map(id, core.skins)): core for core in found}.values())


def held_by(app: Any) -> Iterator[Any]:
    """What a function or an object that is a middleware has got hold of."""
    if isinstance(app, partial):
        yield from (app.func, *app.args, *app.keywords.values())
    for cell in getattr(app, "__closure__", None) or ():
        try:
            yield from spread(cell.cell_contents)
        except ValueError:  # not filled yet
            continue
    if not hasattr(app, "__code__"):
        for each in list(vars_of(app).values()):
            yield from spread(each)


def spread(held: Any) -> Iterable[Any]:
    """The applications may be in a table."""
    if isinstance(held, dict):
        return list(held.values())
    return held if isinstance(held, list | tuple) else [held]


def may_be_app(thing: Any) -> bool:
    return callable(thing) and not isinstance(thing, type)


def vars_of(thing: Any) -> dict[str, Any]:
    return getattr(thing, "__dict__", {})


class HandedOn(Exception):
    """A handler answers with another application, which may well be the one inside."""


class Probe:
    """A guard that decides as the real one does, and never runs what it chose.

    Raises HandedOn where that is neither the way inside nor an answer of its own.
    """

    def __init__(self, guard: RouteGuardLayer, app: "WSGIApplication") -> None:
        self.guard = copy.copy(guard)
        self.guard.app = app
        self.chosen = self.guard.decide
        vars(self.guard)["decide"] = self.decide

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Any:
        return self.guard(environ, start_response)

    def decide(self, environ: "WSGIEnvironment") -> Any:
        decided: Any = self.chosen(environ)
        if decided is not self.guard.app and not is_answer(decided):
            raise HandedOn
        return decided


def is_answer(app: object) -> bool:
    from werkzeug.wrappers import Response

    return isinstance(app, Response)


def status_of(core: Core, environ: "WSGIEnvironment") -> str | None:
    """What the skins answer to this request; None where they let it through.

    The application itself is not asked.
    """
    statuses: list[str] = []
    reached = []

    def tell(status: str, *_: object) -> Any:
        statuses.append(status)

    def recorder(environ: "WSGIEnvironment", start_response: "StartResponse") -> Any:
        reached.append(environ)
        start_response("200 OK", [])
        return [b""]

    app: Any = recorder
    for skin in reversed(core.skins):
        if isinstance(skin, RouteGuardLayer):
            app = Probe(skin, app)
        else:
            skin = copy.copy(skin)
            skin.app, app = app, skin
    app(environ, tell)
    return None if reached else "".join(statuses[-1:])
