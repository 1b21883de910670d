"""What is wrong with a value is told in words of the API."""

from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from pydantic import AwareDatetime, BaseModel, Field, TypeAdapter, ValidationError

from gateway.problems import of_validation
from gateway.sentences import sentence_of


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Strict(BaseModel, extra="forbid"):
    a: int


FOUND: list[tuple[Any, Any, str]] = [
    (Strict, {}, "is needed"),
    (Strict, {"a": 1, "b": 2}, "unknown option"),
    (Strict, 3, "must be a JSON object"),
    (str, 3, "must be a text"),
    (str, b"\xff", "is not UTF-8"),
    (Annotated[str, Field(max_length=2)], "xyz", "is longer than 2 characters"),
    (Annotated[str, Field(min_length=2)], "x", "is shorter than 2 characters"),
    (Annotated[str, Field(pattern="^x$")], "y", "is not of the form ^x$"),
    (Colour, "green", "must be 'red' or 'blue'"),
    (Literal["a", "b"], "c", "must be 'a' or 'b'"),
    (bool, "maybe", "must be true or false"),
    (bool, [], "must be true or false"),
    (int, "x", "must be a whole number"),
    (int, 2.5, "must be a whole number"),
    (int, [], "must be a whole number"),
    (int, "9" * 5000, "is too large"),
    (float, "x", "must be a number"),
    (float, [], "must be a number"),
    (Annotated[float, Field(allow_inf_nan=False)], "nan", "must be a finite number"),
    (Annotated[float, Field(ge=1)], 0, "must be at least 1.0"),
    (Annotated[int, Field(gt=1)], 1, "must be more than 1"),
    (Annotated[int, Field(le=1)], 2, "must be at most 1"),
    (Annotated[int, Field(lt=1)], 1, "must be less than 1"),
    (Annotated[list[int], Field(max_length=1)], [1, 2], "has more than 1 entries"),
    (Annotated[list[int], Field(min_length=1)], [], "has fewer than 1 entries"),
    (list[int], "x", "must be a list"),
    (tuple[int, ...], "x", "must be a list"),
    (dict[str, int], "x", "must be a JSON object"),
    (UUID, "x", "is not an id"),
    (UUID, 3, "is not an id"),
    (AwareDatetime, "2026-11-21T14:30:00", "needs a time zone"),
    (AwareDatetime, "soon", "must be a moment in ISO 8601, like 2026-11-21T14:30:00Z"),
    (AwareDatetime, [], "must be a moment in ISO 8601, like 2026-11-21T14:30:00Z"),
    (bytes, 3, "has a value that is not allowed"),
]


@pytest.mark.parametrize(("kind", "value", "told"), FOUND, ids=[told[:30] for *_, told in FOUND])
def test_what_pydantic_finds_is_told_in_words_of_the_api(kind: Any, value: Any, told: str) -> None:
    with pytest.raises(ValidationError) as found:
        TypeAdapter(kind).validate_python(value)
    assert [error.message for error in of_validation(found.value.errors()).errors] == [told]


def test_a_validator_of_ours_is_quoted() -> None:
    assert sentence_of({"type": "value_error", "msg": "Value error, is in the past"}) == "is in the past"
