"""Methods that serve both clients: each describes what to ask once, and the client's wire carries it out.

class Templates(Resource[W]):
    @call
    def get(self, name: str) -> Call[TemplateView]: ...

Scribeline(..).templates.get("meeting")             # a TemplateView
await AsyncScribeline(..).templates.get("meeting")  # the same
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import wraps
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, overload

from scribeline.client.steps import Call, Plan, Series
from scribeline.client.wires import AsyncWire, Wire

W = TypeVar("W", bound=Wire | AsyncWire)
P = ParamSpec("P")
T = TypeVar("T")


class Resource(Generic[W]):
    """A part of the API."""

    def __init__(self, wire: W) -> None:
        self._wire = wire


class _Method(Generic[P, T]):
    """A description, bound to a wire when it is looked up."""

    way: str
    """Which method of the wire carries it out."""

    def __init__(self, describe: Callable[Concatenate[Any, P], Any]) -> None:
        self._describe = describe
        self.__doc__ = describe.__doc__

    def _bound(self, resource: Any) -> Any:
        carry_out = getattr(resource._wire, self.way)

        @wraps(self._describe)
        def ask(*args: Any, **options: Any) -> Any:
            return carry_out(self._describe(resource, *args, **options))

        return ask


class call(_Method[P, T]):  # noqa: N801 - a decorator
    """One request, and its answer."""

    way = "call"

    def __init__(self, describe: Callable[Concatenate[Any, P], Call[T]]) -> None:
        super().__init__(describe)

    @overload
    def __get__(self, resource: Resource[Wire], owner: Any) -> Callable[P, T]: ...
    @overload
    def __get__(self, resource: Resource[AsyncWire], owner: Any) -> Callable[P, Awaitable[T]]: ...
    def __get__(self, resource: Any, owner: Any) -> Any:
        return self._bound(resource)


class plan(_Method[P, T]):  # noqa: N801 - a decorator
    """Several requests, and one result."""

    way = "plan"

    def __init__(self, describe: Callable[Concatenate[Any, P], Plan[T]]) -> None:
        super().__init__(describe)

    @overload
    def __get__(self, resource: Resource[Wire], owner: Any) -> Callable[P, T]: ...
    @overload
    def __get__(self, resource: Resource[AsyncWire], owner: Any) -> Callable[P, Awaitable[T]]: ...
    def __get__(self, resource: Any, owner: Any) -> Any:
        return self._bound(resource)


class series(_Method[P, T]):  # noqa: N801 - a decorator
    """As many requests as it takes, for one thing after the other: to be iterated over."""

    way = "series"

    def __init__(self, describe: Callable[Concatenate[Any, P], Series[T]]) -> None:
        super().__init__(describe)

    @overload
    def __get__(self, resource: Resource[Wire], owner: Any) -> Callable[P, Iterator[T]]: ...
    @overload
    def __get__(self, resource: Resource[AsyncWire], owner: Any) -> Callable[P, AsyncIterator[T]]: ...
    def __get__(self, resource: Any, owner: Any) -> Any:
        return self._bound(resource)
