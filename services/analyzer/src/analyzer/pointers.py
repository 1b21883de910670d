"""Places in a JSON document, and what may be in one."""

import json
import math
from collections.abc import Iterable, Iterator
from typing import Any

from analyzer.answers import Unusable

Place = tuple[str | int, ...]
"""The way to a value: names of properties and numbers of items."""


def parse(content: str) -> Any:
    """A JSON document that a message and PostgreSQL can carry: finite numbers, no NUL, no lone surrogates.

    Raises Unusable.
    """
    try:
        return _sendable(json.loads(content, parse_constant=_not_finite, parse_float=_finite))
    except json.JSONDecodeError as error:
        raise Unusable(f"answer: Invalid JSON: {error}") from None
    except ValueError as error:  # an integer of thousands of digits
        raise Unusable(f"answer: {error}") from None
    except RecursionError:
        raise Unusable("answer: it is nested too deeply") from None


def pointer(place: Iterable[str | int]) -> str:
    """RFC 6901, section 3. Empty for the whole document."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in place)


def objects(value: Any, place: Place = ()) -> Iterator[tuple[Place, dict[str, Any]]]:
    """All objects of a document with their places, the outer ones first."""
    match value:
        case dict():
            yield place, value
            for name, one in value.items():
                yield from objects(one, (*place, name))
        case list():
            for number, one in enumerate(value):
                yield from objects(one, (*place, number))


def _sendable(value: Any) -> Any:
    match value:
        case str():
            return value.encode("utf-8", "replace").decode().replace("\0", " ")
        case list():
            return [_sendable(one) for one in value]
        case dict():
            return {_sendable(name): _sendable(one) for name, one in value.items()}
    return value


def _finite(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _not_finite(digits)


def _not_finite(digits: str) -> float:
    raise ValueError(f"{digits[:20]} is not a finite number")
