"""The keywords of JSON Schema that an answer's schema may have, each with its bounds."""

import math
from collections.abc import Callable, Iterable
from typing import Any

from jsonschema import Draft202012Validator

from gateway.problems import Problem, invalid
from scribeline.contracts.codes import Code

CHOICES = 100
CHOICE = 200
"""Characters of one string in an `enum` or `const`."""
STRING, LONGEST_STRING = 300, 500
"""Characters of a string in an answer: where the schema says nothing, and at most."""
ITEMS, MOST_ITEMS = 20, 50
"""Items of a list in an answer: where the schema says nothing, and at most."""

KEPT = frozenset({"title", "description"})
DROPPED = frozenset({"default", "examples", "$comment"})
"""They change nothing, and tools write them; `$schema` at the root is another."""
VALUES = frozenset({"enum", "const"})
_RANGE = frozenset({"minimum", "maximum"})
OF_TYPE: dict[str, frozenset[str]] = {
    "object": frozenset({"properties", "required", "additionalProperties"}),
    "array": frozenset({"items", "minItems", "maxItems"}),
    "string": frozenset({"minLength", "maxLength"}),
    "number": _RANGE,
    "integer": _RANGE,
    "boolean": frozenset(),
    "null": frozenset(),
}
KNOWN = frozenset({"type", "anyOf"}).union(KEPT, DROPPED, VALUES, *OF_TYPE.values())

Schema = dict[str, Any]


def refused(why: str, at: str = "") -> Problem:
    """`at` is the place in the schema, a JSON pointer."""
    place = at if len(at) <= 200 else f"{at[:200]}..."
    return invalid("analysis_schema", f"{place or 'the schema'}: {why}", Code.ANALYSIS_SCHEMA_INVALID)


def pointer(steps: Iterable[Any]) -> str:
    """RFC 6901, section 3."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def words(given: Schema, at: str) -> Schema:
    """Title and description, which are told to the language model."""
    for keyword in KEPT & given.keys():
        if len(given[keyword]) > LONGEST_STRING:
            raise refused(f"is longer than {LONGEST_STRING} characters", f"{at}/{keyword}")
    return {keyword: given[keyword] for keyword in ("title", "description") if keyword in given}


def type_of(given: Schema, at: str) -> str:
    """The one type besides null. What has none could be anything, of any size."""
    if "type" not in given:
        raise refused("needs a type, an enum, a const or anyOf", at)
    kinds = given["type"] if isinstance(given["type"], list) else [given["type"]]
    if len(kinds) > 2 or (len(kinds) == 2 and "null" not in kinds):
        raise refused('must be one type, or one and "null"; anyOf allows several', f"{at}/type")
    return str(next((kind for kind in kinds if kind != "null"), "null"))


def values(given: Schema, at: str) -> Schema:
    """`enum` or `const`: a few scalars, which fit the type that stands beside them."""
    keyword = "enum" if "enum" in given else "const"
    if extra := given.keys() - KEPT - DROPPED - {keyword, "type"}:
        raise refused(f"beside {keyword} there can be no {min(extra)!r}", at)
    found = given["enum"] if keyword == "enum" else [given["const"]]
    if not 0 < len(found) <= CHOICES:
        raise refused(f"has 1 to {CHOICES} values", f"{at}/{keyword}")
    kind = {"type": given["type"]} if "type" in given else {}
    fits: Callable[[Any], bool] = Draft202012Validator(kind).is_valid
    for number, value in enumerate(found):
        place = f"{at}/enum/{number}" if keyword == "enum" else f"{at}/const"
        if isinstance(value, dict | list) or (isinstance(value, str) and len(value) > CHOICE):
            raise refused(f"must be a number, true, false, null or a text of {CHOICE} characters", place)
        if not fits(value):
            raise refused("is not of the type beside it", place)
    return {**kind, keyword: given[keyword]}


def limits(given: Schema, at: str, least: str, most: str, default: int, ours: int) -> Schema:
    """Both, the upper one always there and never above `ours`."""
    lower = int(given.get(least, 0))
    upper = min(int(given.get(most, max(default, lower))), ours)
    if lower > upper:
        raise refused(f"is more than {most}, which is at most {ours}", f"{at}/{least}")
    return {**({least: lower} if lower else {}), most: upper}


def number_range(given: Schema, at: str) -> Schema:
    """Of a number; nothing for true, false and null."""
    made: Schema = {keyword: given[keyword] for keyword in ("minimum", "maximum") if keyword in given}
    for keyword, value in made.items():
        if not math.isfinite(value):
            raise refused("must be a finite number", f"{at}/{keyword}")
    if made.get("minimum", -math.inf) > made.get("maximum", math.inf):
        raise refused("is more than maximum", f"{at}/minimum")
    return made
