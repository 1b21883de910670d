"""What a client may ask an answer to look like: a small part of JSON Schema 2020-12, and bounds of our own.

Left out on purpose: references (a remote one is a request to an address of the client's choice, a recursive
one has no bound), patterns and formats (an expression can take for ever, and the grammars of language models'
servers do not know them), and conditions.
"""

import json
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import SchemaError

from gateway import strict_json
from gateway.briefs import schema_keywords as keywords
from gateway.briefs.schema_keywords import Schema, pointer, refused
from gateway.problems import Problem

NO_FORMATS = FormatChecker(formats=())
MOST_BYTES = 8 * 2**10
DEEPEST = 6
"""Levels of schemas, the root being the first."""
PROPERTIES = 100
"""Of all objects together."""
NAME = 48
"""Characters of a property's name: with DEEPEST, any place in an answer has a short JSON pointer."""
BRANCHES = 4


def read(text: str) -> Schema:
    """The bounded schema of a form field. Raises Problem(ANALYSIS_SCHEMA_INVALID)."""
    if len(text.encode()) > MOST_BYTES:
        raise _too_large()
    try:
        value = strict_json.parse(text)
    except ValueError as error:
        raise refused(f"is not usable JSON: {error}") from None
    return bounded(value)


def bounded(schema: Any) -> Schema:
    """The schema, with a bound on all that it allows.

    Every string gets a `maxLength`, every list a `maxItems`, and every object takes its own properties only;
    larger bounds of the client's are lowered to ours. Raises Problem(ANALYSIS_SCHEMA_INVALID), which names
    the place by a JSON pointer, and the keyword.
    """
    if not isinstance(schema, dict):
        raise refused('must be a JSON object, like {"type": "object", "properties": {..}}')
    if len(json.dumps(schema, ensure_ascii=False).encode("utf-8", "replace")) > MOST_BYTES:
        raise _too_large()
    root = {name: value for name, value in schema.items() if name != "$schema"}
    try:
        # Not its formats: a regular expression may be too much for the library.
        Draft202012Validator.check_schema(root, format_checker=NO_FORMATS)
    except SchemaError as error:
        where = pointer(error.absolute_path)
        raise refused("is not what JSON Schema 2020-12 allows there", where) from None
    if root.get("type") != "object":
        raise refused('the root needs "type": "object"', "/type" if "type" in root else "")
    return _Walk().schema(root, "", 1)


class _Walk:
    """One pass over a schema that is valid JSON Schema; counts its properties."""

    def __init__(self) -> None:
        self._properties = 0

    def schema(self, given: Any, at: str, depth: int) -> Schema:
        if not isinstance(given, dict):
            raise refused("must be a JSON object: true and false allow anything or nothing", at)
        if depth > DEEPEST:
            raise refused(f"is nested deeper than {DEEPEST} levels", at)
        for keyword in given:
            if keyword not in keywords.KNOWN:
                raise refused(f"the keyword {keyword[:50]!r} is not supported", at)
        made = keywords.words(given, at)
        if "anyOf" in given:
            return {**made, "anyOf": self._branches(given, at, depth)}
        if keywords.VALUES & given.keys():
            return {**made, **keywords.values(given, at)}
        return {**made, **self._typed(given, at, depth)}

    def _branches(self, given: Schema, at: str, depth: int) -> list[Schema]:
        if extra := given.keys() - keywords.KEPT - keywords.DROPPED - {"anyOf"}:
            raise refused(f"beside anyOf there can be no {min(extra)!r}: put it into each branch", at)
        if len(given["anyOf"]) > BRANCHES:
            raise refused(f"has more than {BRANCHES} branches", f"{at}/anyOf")
        return [
            self.schema(branch, f"{at}/anyOf/{number}", depth + 1)
            for number, branch in enumerate(given["anyOf"])
        ]

    def _typed(self, given: Schema, at: str, depth: int) -> Schema:
        kind = keywords.type_of(given, at)
        if idle := given.keys() - keywords.KEPT - keywords.DROPPED - {"type"} - keywords.OF_TYPE[kind]:
            raise refused(f"the keyword {min(idle)!r} does nothing for the type {kind!r}", at)
        made: Schema = {"type": given["type"]}
        match kind:
            case "object":
                return made | self._object(given, at, depth)
            case "array":
                return made | self._array(given, at, depth)
            case "string":
                return made | keywords.limits(
                    given, at, "minLength", "maxLength", keywords.STRING, keywords.LONGEST_STRING
                )
            case _:
                return made | keywords.number_range(given, at)

    def _object(self, given: Schema, at: str, depth: int) -> Schema:
        properties = given.get("properties") or {}
        if not properties:
            raise refused("an object needs properties: others than those it names are not allowed", at)
        self._properties += len(properties)
        if self._properties > PROPERTIES:
            raise refused(f"there are more than {PROPERTIES} properties in all", f"{at}/properties")
        _check_names(given, at)
        return {
            "properties": {
                name: self.schema(value, at + pointer(["properties", name]), depth + 1)
                for name, value in properties.items()
            },
            **({"required": given["required"]} if given.get("required") else {}),
            "additionalProperties": False,
        }

    def _array(self, given: Schema, at: str, depth: int) -> Schema:
        if "items" not in given:
            raise refused("a list needs items", at)
        limits = keywords.limits(given, at, "minItems", "maxItems", keywords.ITEMS, keywords.MOST_ITEMS)
        return {"items": self.schema(given["items"], f"{at}/items", depth + 1), **limits}


def _check_names(given: Schema, at: str) -> None:
    """Of an object's properties."""
    for name in given["properties"]:
        if not 0 < len(name) <= NAME or not name.isprintable():
            raise refused(f"a property's name has 1 to {NAME} printable characters", f"{at}/properties")
    for name in given.get("required", []):
        if name not in given["properties"]:
            raise refused(f"names {name[:NAME]!r}, which is no property", f"{at}/required")
    if not isinstance(given.get("additionalProperties", False), bool):
        raise refused(
            "must be true or false; whatever it is, others are not allowed", f"{at}/additionalProperties"
        )


def _too_large() -> Problem:
    return refused(f"is larger than {MOST_BYTES} bytes")
