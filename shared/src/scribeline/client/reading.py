"""Answers as the contracts' models, read with tolerance: the server has checked what it says.

A newer server may know more than this client. Unknown fields are passed over. An unknown word becomes a
member of its enum that equals the word (`job.status == "paused"`), and a bound that the contract has for
those who ask is none for those who read.
"""

from collections.abc import Callable
from enum import StrEnum
from functools import cache, partial
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import httpx2
from pydantic import BaseModel, ConfigDict, Field, PlainValidator, create_model
from pydantic.fields import FieldInfo

M = TypeVar("M", bound=BaseModel)
Word = TypeVar("Word", bound=StrEnum)


class Tolerant(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", validate_by_name=True)

    def __reduce__(self) -> tuple[Any, ...]:
        return _read_again, (type(self).__mro__[1], self.model_dump_json())


def answer(model: type[M]) -> Callable[[httpx2.Response], M]:
    """How an answer of that shape is read. Raises ValueError when it has another one."""
    return lambda response: tolerant(model).model_validate_json(response.content)


def as_json(response: httpx2.Response) -> Any:
    """None where there is nothing."""
    return response.json() if response.content else None


def as_text(response: httpx2.Response) -> str:
    return response.text


def nothing(response: httpx2.Response) -> None:  # noqa: ARG001 - there is nothing to read
    return None


@cache
def tolerant(model: type[M]) -> type[M]:
    """The same model, read with tolerance: a subclass of it, immutable."""
    fields: dict[str, Any] = {
        name: (_opened(field.annotation), _unbound(field)) for name, field in model.model_fields.items()
    }
    bases: Any = (model, Tolerant)
    make: Any = create_model  # mypy cannot tell what it makes of bases that come as a variable
    made: type[M] = make(model.__name__, __base__=bases, __module__=model.__module__, **fields)
    return made


def _opened(annotation: Any) -> Any:
    """That type, its models read with tolerance, its enums open, and without bounds."""
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return Annotated[Any, PlainValidator(partial(_word, annotation))]  # Any: it is written as it is
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return tolerant(annotation)
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _opened(parts[0])
    if origin is Literal and len(parts) > 1:
        return Union[tuple(map(type, parts))]  # noqa: UP007 - of a tuple
    if origin is None or origin is Literal:
        return annotation
    opened = tuple(map(_opened, parts))
    return Union[opened] if origin in (Union, UnionType) else origin[opened]  # noqa: UP007 - of a tuple


def _unbound(field: FieldInfo) -> Any:
    """By the name that it is written under."""
    written = field.serialization_alias
    if field.is_required():
        return Field(validation_alias=written)
    if field.default_factory is not None:
        return Field(default_factory=field.default_factory, validation_alias=written)
    return Field(default=field.default, validation_alias=written)


def _word(kind: type[Word], value: Any) -> Word:
    """A member of that enum, or one like it that says what no member says."""
    try:
        return kind(value)
    except ValueError:
        if not isinstance(value, str):
            raise
    unknown = str.__new__(kind, value)
    unknown._name_ = unknown._value_ = value
    return unknown


def _read_again(model: type[M], dumped: str) -> M:
    again: M = tolerant(model).model_validate_json(dumped)
    return again
