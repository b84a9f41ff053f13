"""Properties that are worked out once."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

_Value = TypeVar("_Value")


class cached(Generic[_Value]):  # noqa: N801 - it is used as a decorator
    """As `functools.cached_property`, without the lock that that takes in Python 3.11.

    Views have dozens of such properties, and each is worked out once a file: the lock takes longer than most of them.
    """

    def __init__(self, function: Callable[[Any], _Value]) -> None:
        self._function = function
        self._name = ""
        self.__doc__ = function.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> "cached[_Value]": ...
    @overload
    def __get__(self, instance: object, owner: type) -> _Value: ...
    def __get__(self, instance: object | None, owner: type) -> "cached[_Value] | _Value":
        if instance is None:
            return self
        # The value shadows this object from now on, which has no __set__.
        value = instance.__dict__[self._name] = self._function(instance)
        return value
