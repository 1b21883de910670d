"""What a method of the client does, described without doing it: so that one description serves both clients.

Call     one request and how its answer is read
Plan     a generator that yields steps, is sent their answers, and returns a result
Series   one that also yields an `Item` whenever it has one for the caller

As httpx's `auth_flow`, a generator does no input or output itself: `wires` does. Errors are thrown into it.
"""

from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from json import dumps
from typing import Any, Generic, TypeAlias, TypeVar
from urllib.parse import quote

import httpx2
from pydantic_core import to_jsonable_python

from scribeline.client.parts import Put
from scribeline.client.uploads import File, Recording

T = TypeVar("T")

Fields = dict[str, str | list[str]]
"""Of a form or a query: a list is the name repeated."""
IDEMPOTENCY_KEY = "Idempotency-Key"
ANSWER_SECONDS = 120.0
"""Long, because a big upload is answered only after it is stored."""


@dataclass(frozen=True)
class Call(Generic[T]):
    """One request. It may be sent again if it only reads, carries an idempotency key, or says so."""

    method: str
    path: str
    read: Callable[[httpx2.Response], T]
    query: Fields = field(default_factory=dict)
    json: Any = None
    form: Fields | None = None
    recording: Recording | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = ANSWER_SECONDS
    """That the server may take to say something."""
    again: bool | None = None
    """Whether it may be sent twice, where that does not follow from what it is: what does no harm though it
    does not only read, and what somebody else sends again."""

    @property
    def repeatable(self) -> bool:
        if self.recording is not None and not self.recording.rewinds:
            return False
        if self.again is not None:
            return self.again
        return self.method == "GET" or IDEMPOTENCY_KEY in self.headers

    def opened(self) -> AbstractContextManager[File | None]:
        """The file that is sent."""
        return nullcontext() if self.recording is None else self.recording.opened()


@dataclass(frozen=True)
class Pause:
    seconds: float


@dataclass(frozen=True)
class Listen:
    """Open a stream of server-sent events in place of the one before. Answered with False where there is
    nothing to come."""

    call: Call[Any]


@dataclass(frozen=True)
class Next:
    """Answered with the stream's next event; None when the server has closed it."""


@dataclass(frozen=True)
class Item(Generic[T]):
    value: T


Step: TypeAlias = Call[Any] | Put | Pause | Listen | Next
Plan: TypeAlias = Generator[Step, Any, T]
Series: TypeAlias = Generator[Step | Item[T], Any, None]


def path(*names: object) -> str:
    """Below `/v1`; each name stays one step of it, whatever it holds."""
    return "/v1/" + "/".join(quote(str(name), safe="") for name in names)


def fields(given: Mapping[str, Any]) -> Fields:
    """As a form or a query has them. What is None is left out."""
    return {name: _field(to_jsonable_python(value)) for name, value in given.items() if value is not None}


def _field(value: Any) -> str | list[str]:
    match value:
        case str():
            return value
        case list() if all(isinstance(entry, str) for entry in value):
            return value
        case bool() | dict() | list():
            return dumps(value)
    return str(value)


def given(**values: Any) -> dict[str, Any]:
    """A JSON body of what is not None."""
    body: dict[str, Any] = to_jsonable_python({name: v for name, v in values.items() if v is not None})
    return body
