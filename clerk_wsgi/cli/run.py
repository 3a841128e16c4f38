"""`clerk-wsgi run`: anybody's WSGI application, wrapped and served."""

import sys
from collections.abc import Sequence
from functools import reduce
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clerk_wsgi.cli.serving import serve as serve_on
from clerk_wsgi.core.errors import ConfigurationError
from clerk_wsgi.middleware import ClerkMiddleware

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


def serve(
    name: str,
    protected: Sequence[str],
    port: int,
    *,
    is_local: bool = False,
    data: str | None = None,
    seeds: str | None = None,
) -> None:
    if is_local:
        serve_locally(name, protected, port, data=data, seeds=seeds)
        return
    if data or seeds:
        raise ConfigurationError("--data and --seeds are for a local Clerk: --local.")
    app = ClerkMiddleware(find_application(name), rules_for(protected))
    serve_on(port, lambda origin: app, lambda origin: f"{name} is at {origin}/")


def serve_locally(
    name: str,
    protected: Sequence[str],
    port: int,
    *,
    data: str | None = None,
    seeds: str | None = None,
) -> None:
    from clerk_wsgi.cli.telling import chosen_seeds, kept, people
    from clerk_wsgi.local import LocalClerk
    from clerk_wsgi.local.data_file import IN_MEMORY

    app, rules, sown = find_application(name), rules_for(protected), chosen_seeds(seeds)
    with LocalClerk(sown, data=data or IN_MEMORY) as local:

        def build(origin: str) -> "WSGIApplication":
            options = local.options(origin)
            return local.beside(ClerkMiddleware(app, rules, backend="jwks", **options))

        def told(origin: str) -> str:
            where = f"{name} is at {origin}/"
            return f"{where}\n\n{people(local, sown)}\n\n{kept(local)}"

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
