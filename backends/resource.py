"""Clerk's JSON objects with attributes, and pages of them.

Attributes are called as in the JSON. What a resource declares has a default where
Clerk sent nothing; what Clerk sends beyond that is there too, under its own name.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar, overload

Item = TypeVar("Item")


class Resource:
    """One JSON object; `raw` is the object itself, as it came.

    Its `repr` tells kind and id alone, so that logs hold no data and no secrets.
    """

    kind: ClassVar[str] = ""
    """The `object` that Clerk's JSON names."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self.raw = raw

    def __getattr__(self, name: str) -> Any:
        if name != "raw" and name in self.raw:
            return self.raw[name]
        raise AttributeError(f"This {type(self).__name__} of Clerk's has no {name!r}.")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Resource) and self.raw == other.raw

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.raw.get('id', '')}>"


class Field:
    """Reads one member of the JSON object; see `field`."""

    def __init__(
        self, default: Callable[[], Any] | None, of: type[Resource] | None
    ) -> None:
        self.default = default
        self.of = of

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, resource: Resource | None, owner: type) -> Any:
        if resource is None:
            return self
        value = resource.raw.get(self.name)
        if value is None:
            return self.default() if self.default else None
        return as_resources(value, self.of) if self.of else value

    def __set__(self, resource: Resource, value: object) -> None:
        raise AttributeError(
            f"{self.name} is what Clerk said; change it with a call of clerk_client()."
        )


def field(
    default: Callable[[], Any] | None = None, *, of: type[Resource] | None = None
) -> Any:
    """A member of the JSON: `default()` stands for null and for nothing.

    `of` is the kind of the object, or of each in a list.
    """
    return Field(default, of)


def as_resources(value: Any, kind: type[Resource]) -> Any:
    if isinstance(value, list):
        return [as_resources(each, kind) for each in value]
    return kind(value) if isinstance(value, dict) else value


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some of a list's items, and how many there are without `limit` and `offset`."""

    data: list[Item]
    total_count: int

    def __iter__(self) -> Iterator[Item]:
        return iter(self.data)

    def __len__(self) -> int:
        return len(self.data)

    @overload
    def __getitem__(self, which: int) -> Item: ...
    @overload
    def __getitem__(self, which: slice) -> list[Item]: ...
    def __getitem__(self, which: int | slice) -> Item | list[Item]:
        return self.data[which]
