"""Text and JSON as PostgreSQL takes them."""

import json
from typing import Any


def clean(words: str) -> str:
    """PostgreSQL takes neither NUL nor lone surrogates."""
    return words.replace("\x00", "").encode("utf-8", "replace").decode()


def cleaned(value: Any) -> Any:
    """The same of all texts within a value made for JSON."""
    match value:
        case str():
            return clean(value)
        case dict():
            return {clean(key): cleaned(item) for key, item in value.items()}
        case list():
            return [cleaned(item) for item in value]
    return value


def as_json(value: Any) -> str:
    return json.dumps(cleaned(value), allow_nan=False)
