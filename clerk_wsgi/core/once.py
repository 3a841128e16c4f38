"""`once`: an attribute worked out when it is first asked for."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

Value = TypeVar("Value")


class once(Generic[Value]):  # noqa: N801 - reads as a decorator, like property
    """`functools.cached_property` as it is since Python 3.12: without a lock.

    Python 3.11's takes one, which costs more than most of what is worked out here.
    Two threads may both work it out; both get the same.
    """

    def __init__(self, work_out: Callable[[Any], Value]) -> None:
        self.work_out = work_out
        self.__doc__ = work_out.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> "once[Value]": ...
    @overload
    def __get__(self, instance: object, owner: type) -> Value: ...
    def __get__(self, instance: object | None, owner: type) -> "once[Value] | Value":
        if instance is None:
            return self
        worked_out = self.work_out(instance)
        value: Value = instance.__dict__.setdefault(self.name, worked_out)
        return value
