"""Options as JSON has them: the same fields as of a form, with numbers, lists and objects as themselves."""

from collections.abc import Iterator
from json import dumps
from typing import Any

from gateway.options.fields import LISTS
from gateway.options.given import SHAPE
from gateway.options.model import most_bytes
from gateway.problems import invalid

STRUCTURED = frozenset({"replacements", "transcript", "analysis_schema", "metadata"})
"""Read from JSON in a form, too."""


def fields_of(given: dict[str, Any], most: int) -> list[tuple[str, str]]:
    """As name-value pairs for `parse_options`; null counts as left out. Raises Problem, naming the field, for
    what no form could say, or for one of more than so many bytes."""
    fields = [(name, text) for name, value in given.items() for text in _texts(name, value)]
    for name, text in fields:
        if len(text.encode()) > (bound := most_bytes(name, most)):
            raise invalid(name[:100], f"is longer than {bound} bytes")
    return fields


def _texts(name: str, value: Any) -> Iterator[str]:
    match value:
        case None:
            return
        case str():
            yield value
        case bool() | int() | float() if name == "transcript":
            raise invalid(name, SHAPE)
        case bool() | int() | float():
            yield dumps(value)
        case list() if name in LISTS:
            yield from (_item(name, item) for item in value)
        case list() | dict() if name in STRUCTURED:
            yield dumps(value, ensure_ascii=False)
        case list():
            raise invalid(name[:100], "may not be a list")
        case _:
            raise invalid(name[:100], "may not be an object")


def _item(name: str, item: Any) -> str:
    if not isinstance(item, str):
        raise invalid(name, "must be a list of texts")
    if "," in item:  # which separates them in a form
        raise invalid(name, "an entry may hold no comma")
    return item
