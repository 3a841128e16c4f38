"""What a WSGI application is made of: Clerk's layers, and what they are around."""

import copy
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from werkzeug.middleware.dispatcher import DispatcherMiddleware

from clerk_wsgi.cli.route import Site
from clerk_wsgi.cli.routes_of import routes_of
from clerk_wsgi.layers.guard import RouteGuardLayer
from clerk_wsgi.layers.session import SessionLayer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# Where middleware keeps the application that it is around.
INSIDE = ("wsgi_app", "app", "application", "wsgi_application", "wrap_app", "_app")
DEEPEST = 50


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

    def guards(self, path: str = "/") -> Iterator[tuple[RouteGuardLayer, str]]:
        """The guards, each with the path as it gets there."""
        for each in self.skins:
            if isinstance(each, RouteGuardLayer):
                yield each, path
            elif isinstance(each, Mount):
                path = path.removeprefix(each.prefix) or "/"


def cores(app: Any, skins: tuple[Skin, ...] = (), depth: int = 0) -> Iterator[Core]:
    """Every application inside; more than one where a dispatcher mounts several."""
    if isinstance(app, SessionLayer | RouteGuardLayer):
        skins = (*skins, app)
    owner = getattr(app, "__self__", None)
    if isinstance(app, DispatcherMiddleware):
        for prefix, mounted in app.mounts.items():
            yield from cores(mounted, (*skins, Mount(prefix)), depth + 1)
    elif "wsgi_app" not in vars_of(app) and (site := routes_of(owner or app)):
        yield Core(owner or app, skins, site)
        return
    inside = inside_of(app, depth)
    if inside is None:
        yield Core(app, skins, None)
    else:
        yield from cores(inside, skins, depth + 1)


def inside_of(app: Any, depth: int) -> Any:
    """What a middleware is around; None for what is around nothing that we know."""
    if depth > DEEPEST:
        return None
    owner = getattr(app, "__self__", app)
    for name in INSIDE:
        found = getattr(owner, name, None)
        if callable(found) and found is not app:
            return found
    return next((each for each in within(app) if leads_somewhere(each, depth)), None)


def within(app: Any) -> Iterator[Any]:
    """What a function that is a middleware has got hold of."""
    if isinstance(app, partial):
        yield from (app.func, *app.args, *app.keywords.values())
    for cell in getattr(app, "__closure__", None) or ():
        try:
            yield cell.cell_contents
        except ValueError:  # not filled yet
            continue


def leads_somewhere(thing: Any, depth: int) -> bool:
    """Not every function that another one uses is an application."""
    if not callable(thing) or isinstance(thing, type):
        return False
    return any(core.site or core.skins for core in cores(thing, (), depth + 1))


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

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Any:
        decided: Any = self.guard.decide(environ)
        if decided is not self.guard.app and not is_answer(decided):
            raise HandedOn
        return decided(environ, start_response)


def is_answer(app: object) -> bool:
    from werkzeug.wrappers import Response

    return isinstance(app, Response)


def is_let_through(core: Core, environ: "WSGIEnvironment") -> bool:
    """Would this request reach the application? Asks the skins, and it never does."""
    reached = []

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
    app(environ, ignore)
    return bool(reached)


def ignore(*_: object) -> Any:
    """A `start_response` for nobody."""
