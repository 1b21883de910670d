"""JSON from outside, as every reader on its way takes it: PostgreSQL, the broker's messages, browsers."""

import json
import math
from collections import Counter
from typing import Any

DEEPEST = 32
"""Levels of nesting: far below what any JSON reader on the way refuses."""
LARGEST_INT = 2**53
"""Integers above are not exact in many JSON readers (RFC 8259, section 6)."""


def parse(text: str) -> Any:
    """The value. Raises ValueError, with what is wrong: NaN, a name given twice, too deep, a NUL .."""
    try:
        value = json.loads(
            text.removeprefix("\ufeff"),
            parse_constant=_no_constant,
            parse_int=_exact,
            object_pairs_hook=_distinct,
        )
    except json.JSONDecodeError as error:
        raise ValueError(f"{error.msg} at character {error.pos + 1}") from None
    except RecursionError:
        raise ValueError(_too_deep()) from None
    _check(value, DEEPEST)
    return value


def clean_text(text: str) -> str:
    """The text. Raises ValueError for what PostgreSQL refuses: NUL and lone surrogates."""
    if "\0" in text:
        raise ValueError("holds a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("holds half a surrogate pair") from None
    return text


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _exact(digits: str) -> int:
    if len(digits) > 17 or abs(int(digits)) > LARGEST_INT:
        raise ValueError("an integer is too large")
    return int(digits)


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) < len(pairs):
        [(twice, _)] = Counter(name for name, _ in pairs).most_common(1)
        raise ValueError(f"an object has the name {twice[:50]!r} twice")
    return names


def _too_deep() -> str:
    return f"nested deeper than {DEEPEST} levels"


def _check(value: object, depth: int) -> None:
    if depth < 0:
        raise ValueError(_too_deep())
    match value:
        case str():
            clean_text(value)
        case float() if not math.isfinite(value):
            raise ValueError("a number is too large")
        case list():
            for item in value:
                _check(item, depth - 1)
        case dict():
            for name, item in value.items():
                clean_text(name)
                _check(item, depth - 1)
