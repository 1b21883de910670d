"""A model's answer as JSON that all who read it later can take: PostgreSQL, our messages, browsers."""

import json
import math
from typing import Any

LARGEST_INT = 2**53
"""Integers above are not exact in many JSON readers (RFC 8259, section 6)."""
CONTROLS = {code: " " for code in range(0x20) if chr(code) not in "\t\n\r"}
"""PostgreSQL refuses NUL, and the others are nothing that a text would hold."""


class Unusable(Exception):
    """An answer that is not what was asked for. Says why, for the model and for people."""


def parse(content: str) -> Any:
    """The document, if it is one: finite numbers, exact integers, no name twice in an object.

    In strings, what UTF-8 cannot carry becomes `?`, and control characters spaces. Raises Unusable.
    """
    try:
        read = json.loads(
            content,
            parse_constant=_not_finite,
            parse_float=_finite,
            parse_int=_exact,
            object_pairs_hook=_distinct,
        )
        return _sendable(read)
    except json.JSONDecodeError as error:
        raise Unusable(f"answer: Invalid JSON: {error}") from None
    except ValueError as error:
        raise Unusable(f"answer: {error}") from None
    except RecursionError:
        raise Unusable("answer: it is nested too deeply") from None


def _sendable(value: Any) -> Any:
    match value:
        case str():
            return value.encode("utf-8", "replace").decode().translate(CONTROLS)
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


def _exact(digits: str) -> int:
    # the length first: to read thousands of digits takes the square of them
    if len(digits) > 17 or abs(int(digits)) > LARGEST_INT:
        raise ValueError(f"the integer {digits[:20]} is too large")
    return int(digits)


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names: set[str] = set()
    for name, _ in pairs:
        if name in names:
            raise ValueError(f"an object has the name {name[:50]!r} twice")
        names.add(name)
    return dict(pairs)
