"""Replacements: how a client wants words to be spelt."""

from typing import Any

from gateway import strict_json
from scribeline.contracts.transcription import Replacement

MOST = 100
LONGEST = 100
SHAPE = 'must be a JSON object {"find": "replace"} or a list of {"find": .., "replace": ..}'


def replacements_of(text: str) -> tuple[Replacement, ...]:
    """In the order given. Raises ValueError, naming the pair that is wrong."""
    pairs = [_pair(*given) for given in _pairs(strict_json.parse(text))]
    if len(pairs) > MOST:
        raise ValueError(f"has more than {MOST} pairs")
    seen: set[str] = set()
    for pair in pairs:
        if (word := pair.find.casefold()) in seen:
            raise ValueError(f"has {pair.find!r} twice (upper and lower case are the same here)")
        seen.add(word)
    return tuple(pairs)


def _pairs(value: Any) -> list[tuple[Any, Any]]:
    if isinstance(value, dict):
        return list(value.items())
    if not isinstance(value, list) or not all(
        isinstance(item, dict) and item.keys() == {"find", "replace"} for item in value
    ):
        raise ValueError(SHAPE)
    return [(item["find"], item["replace"]) for item in value]


def _pair(find: Any, replace: Any) -> Replacement:
    if not isinstance(find, str) or not isinstance(replace, str):
        raise ValueError(SHAPE)  # noqa: TRY004 - the client's value, not our code
    find = " ".join(find.split())
    if not 0 < len(find) <= LONGEST or len(replace) > LONGEST:
        raise ValueError(f"a 'find' has 1 to {LONGEST} characters, a 'replace' at most {LONGEST}")
    if not (find + replace).isprintable():
        raise ValueError("may hold printable characters only")
    return Replacement(find=find, replace=replace)
