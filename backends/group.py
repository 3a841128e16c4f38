"""A group of calls, such as `clerk_client().users`."""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, TypeVar, cast

from clerk_wsgi.backends.api_errors import unexpected
from clerk_wsgi.backends.resource import Page, Resource
from clerk_wsgi.backends.resources import read_resource
from clerk_wsgi.backends.rest import Rest

Kind = TypeVar("Kind")

METADATA = ("public_metadata", "private_metadata", "unsafe_metadata")
MIXED = (
    "Metadata in update() is deprecated: call update_metadata() to merge, or "
    "replace_metadata()."
)


class Group:
    """Every call raises ClerkAPIError where Clerk refuses, fails or stays away.

    ConfigurationError says that the secret key is missing, ValueError that an id
    cannot be one; both come before anything is sent.
    """

    versioned: ClassVar[bool] = True

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    def _ask(self, kind: type[Kind], method: str, *path: object, **more: Any) -> Kind:
        """Clerk's answer: that kind, unless Clerk has none or knows a newer one."""
        answer = self._rest.call(method, path, versioned=self.versioned, **more)
        if isinstance(answer, str):
            raise unexpected("The answer is text where JSON was expected.")
        found = read_resource(answer)
        if isinstance(found, dict) and "object" not in found:
            found = kind(found) if issubclass(kind, Resource) else found
        return cast(Kind, found)

    def _update(
        self, kind: type[Kind], path: Sequence[str], fields: Mapping[str, Any]
    ) -> Kind:
        """Change the fields, then replace the metadata among them (3.1).

        Clerk's API takes the two apart since 2026-05-12, and so should callers.
        """
        metadata = {name: fields[name] for name in METADATA if name in fields}
        others = {name: fields[name] for name in fields if name not in metadata}
        if not metadata:
            return self._ask(kind, "PATCH", *path, body=others)
        warnings.warn(MIXED, DeprecationWarning, stacklevel=3)
        if others:
            self._ask(kind, "PATCH", *path, body=others)
        return self._ask(kind, "PUT", *path, "metadata", body=metadata)

    def _list(
        self,
        kind: type[Kind],
        *path: object,
        query: Mapping[str, Any],
        key: str | None = None,
    ) -> Page[Kind]:
        return as_page(self._ask(object, "GET", *path, query=query, key=key))

    def _post_many(
        self,
        kind: type[Kind],
        path: Iterable[object],
        entries: Sequence[Mapping[str, Any]],
    ) -> Page[Kind]:
        return as_page(self._ask(object, "POST", *path, body=list(entries)))


def as_page(found: object) -> Page[Any]:
    """A list of any of the shapes that Clerk has for lists (3.6)."""
    if isinstance(found, list):
        return Page(found, len(found))
    if not isinstance(found, Page):
        raise unexpected("The answer is no list.")
    return found
