"""Places in a JSON document."""

from collections.abc import Iterable, Iterator
from typing import Any

Place = tuple[str | int, ...]
"""The way to a value: names of properties and numbers of items."""


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
