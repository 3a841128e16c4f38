"""`clerk-wsgi run`: anybody's WSGI application, wrapped and served."""

import sys
from collections.abc import Sequence
from functools import reduce
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clerk_wsgi.cli.serving import serve as serve_on
from clerk_wsgi.cli.telling import seeded
from clerk_wsgi.core.errors import ConfigurationError
from clerk_wsgi.middleware import ClerkMiddleware

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


def serve(
    name: str, protected: Sequence[str], port: int, *, is_local: bool = False
) -> None:
    if is_local:
        serve_locally(name, protected, port)
        return
    app = ClerkMiddleware(find_application(name), rules_for(protected))
    serve_on(port, lambda origin: app, lambda origin: f"{name} is at {origin}/")


def serve_locally(name: str, protected: Sequence[str], port: int) -> None:
    from clerk_wsgi.local import LocalClerk

    app, rules, local = find_application(name), rules_for(protected), LocalClerk()

    def build(origin: str) -> "WSGIApplication":
        options = local.options(origin)
        return local.beside(ClerkMiddleware(app, rules, backend="jwks", **options))

    def told(origin: str) -> str:
        return f"{name} is at {origin}/\n\n{seeded(local.people)}"

    serve_on(port, build, told)


def find_application(name: str, folder: Path | None = None) -> "WSGIApplication":
    """What `module:app` names, from `folder` or the current one.

    Raises ConfigurationError; an error within the module is its own and passes.
    """
    module, colon, attribute = name.partition(":")
    if not (module and colon and attribute):
        raise ConfigurationError(
            f"{name!r} names no application: write module:app, as in wsgi:application."
        )
    sys.path.insert(0, str(folder or Path.cwd()))
    try:
        found: Any = reduce(getattr, attribute.split("."), import_module(module))
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise
        raise ConfigurationError(f"There is no module {module!r} here.") from None
    except (AttributeError, TypeError) as error:
        raise ConfigurationError(f"{name!r} is not there: {error}.") from None
    if not callable(found):
        raise ConfigurationError(
            f"{name!r} is no WSGI application: it is not callable."
        )
    return found  # type: ignore[no-any-return]


def rules_for(patterns: Sequence[str]) -> dict[str, dict[str, Any]]:
    for pattern in patterns:
        if not pattern.startswith(("/", "(")):
            raise ConfigurationError(
                f"The pattern {pattern!r} of --protect matches no path: paths start "
                "with a /."
            )
    return {pattern: {} for pattern in patterns}
