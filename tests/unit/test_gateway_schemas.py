"""What an answer may be asked to look like: all of it bounded, or a refusal that says where and why."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from gateway.briefs import schemas
from gateway.briefs.schema_keywords import ITEMS, LONGEST_STRING, MOST_ITEMS, STRING
from gateway.problems import Problem
from scribeline.contracts.codes import Code


def an_object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def nested(levels: int) -> dict[str, Any]:
    """A schema of so many levels."""
    inner: dict[str, Any] = {"type": "string"}
    for _ in range(levels - 1):
        inner = an_object(a=inner)
    return inner


def refusal(schema: Any) -> str:
    with pytest.raises(Problem) as refused:
        schemas.read(schema if isinstance(schema, str) else json.dumps(schema))
    assert refused.value.code is Code.ANALYSIS_SCHEMA_INVALID
    assert [error.field for error in refused.value.errors] == ["analysis_schema"]
    return refused.value.errors[0].message


def unbounded(schema: dict[str, Any], at: str = "") -> list[str]:
    """Places of a schema that would allow something without end."""
    if "enum" in schema or "const" in schema:
        return []
    if "anyOf" in schema:
        return [p for i, branch in enumerate(schema["anyOf"]) for p in unbounded(branch, f"{at}/{i}")]
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    found = []
    if "string" in kinds and not schema["maxLength"] <= LONGEST_STRING:
        found.append(at)
    if "array" in kinds:
        found += unbounded(schema["items"], f"{at}/items")
        if not schema["maxItems"] <= MOST_ITEMS:
            found.append(at)
    if "object" in kinds:
        if schema["additionalProperties"] is not False:
            found.append(at)
        for name, value in schema["properties"].items():
            found += unbounded(value, f"{at}/{name}")
    return found


def test_what_has_no_bound_gets_ours() -> None:
    asked = an_object(
        tasks={"type": "array", "items": an_object(task={"type": "string"})},
        name={"type": ["string", "null"], "maxLength": 40},
        mood={"enum": ["good", "bad", None]},
        price={"anyOf": [{"type": "number", "minimum": 0}, {"type": "null"}]},
    )
    asked["required"] = ["tasks", "name"]

    made = schemas.read(json.dumps(asked))

    assert made["properties"]["tasks"]["maxItems"] == ITEMS
    assert made["properties"]["tasks"]["items"]["properties"]["task"] == {
        "type": "string",
        "maxLength": STRING,
    }
    assert made["properties"]["tasks"]["items"]["additionalProperties"] is False
    assert made["properties"]["name"] == {"type": ["string", "null"], "maxLength": 40}
    assert made["properties"]["mood"] == asked["properties"]["mood"]
    assert made["properties"]["price"] == asked["properties"]["price"]
    assert (made["required"], made["additionalProperties"]) == (["tasks", "name"], False)


def test_bounds_larger_than_ours_are_lowered() -> None:
    made = schemas.bounded(
        {
            **an_object(
                s={"type": "string", "maxLength": 10**6},
                l={"type": "array", "items": {"type": "integer"}, "minItems": 30, "maxItems": 51},
                m={"type": "string", "minLength": 400},
            ),
            "additionalProperties": True,
        }
    )
    assert made["properties"]["s"]["maxLength"] == LONGEST_STRING
    assert made["properties"]["l"]["maxItems"] == MOST_ITEMS
    assert made["properties"]["m"] == {"type": "string", "minLength": 400, "maxLength": 400}
    assert made["additionalProperties"] is False


def test_what_tools_write_beside_a_schema_is_left_out() -> None:
    asked = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Call",
        **an_object(reason={"type": "string", "title": "Reason", "default": "", "examples": ["x"]}),
    }
    made = schemas.read(json.dumps(asked))
    assert made["title"] == "Call"
    assert made["properties"]["reason"] == {"title": "Reason", "type": "string", "maxLength": STRING}
    assert "$schema" not in made


REFUSED: dict[str, tuple[Any, str]] = {
    "no JSON": ("{", "not usable JSON"),
    "NaN": ('{"type": "object", "properties": {"a": {"type": "number", "minimum": NaN}}}', "NaN"),
    "a name twice": ('{"type": "object", "type": "object"}', "'type' twice"),
    "a list": ([], "must be a JSON object"),
    "true": (True, "must be a JSON object"),
    "no schema": ({"type": "objekt"}, "/type: "),
    "a list at the root": ({"type": "array", "items": {"type": "string"}}, '/type: the root needs "type"'),
    "nothing at the root": ({}, "the schema: the root needs"),
    "an empty object": ({"type": "object"}, "the schema: an object needs properties"),
    "a reference": (an_object(a={"$ref": "https://evil.example/x"}), "/properties/a: the keyword '$ref'"),
    "definitions": ({**an_object(a={"type": "string"}), "$defs": {}}, "the schema: the keyword '$defs'"),
    "a pattern that counts too far": (
        an_object(a={"type": "string", "pattern": "a{99999999999}"}),
        "/properties/a: the keyword 'pattern'",
    ),
    "a pattern of brackets": (
        an_object(a={"type": "string", "pattern": "(" * 3000}),
        "/properties/a: the keyword 'pattern'",
    ),
    "a pattern": (
        an_object(a={"type": "string", "pattern": "(a+)+$"}),
        "/properties/a: the keyword 'pattern'",
    ),
    "a format": (an_object(a={"type": "string", "format": "date"}), "/properties/a: the keyword 'format'"),
    "a condition": ({**an_object(a={"type": "string"}), "if": {}}, "the schema: the keyword 'if'"),
    "a word of its own": (an_object(a={"type": "string", "x-mine": 1}), "the keyword 'x-mine'"),
    "anything": (an_object(a={}), "/properties/a: needs a type"),
    "true inside": (an_object(a=True), "/properties/a: must be a JSON object"),
    "a list of anything": (an_object(a={"type": "array"}), "/properties/a: a list needs items"),
    "a list of true": (an_object(a={"type": "array", "items": True}), "/properties/a/items: must be"),
    "several types": (an_object(a={"type": ["string", "number"]}), "/properties/a/type: must be one type"),
    "a bound of another type": (an_object(a={"type": "number", "maxLength": 3}), "'maxLength' does nothing"),
    "a text as a bound": (an_object(a={"type": "string", "maxLength": "3"}), "/properties/a/maxLength: "),
    "bounds that exclude": (
        an_object(a={"type": "string", "minLength": 9, "maxLength": 3}),
        "/properties/a/minLength: ",
    ),
    "too much asked for": (
        an_object(a={"type": "array", "items": {"type": "null"}, "minItems": 51}),
        "/properties/a/minItems: ",
    ),
    "a range that excludes": (
        an_object(a={"type": "integer", "minimum": 2, "maximum": 1}),
        "/properties/a/minimum: ",
    ),
    "an infinite range": (
        '{"type": "object", "properties": {"a": {"type": "number", "minimum": 1e999}}}',
        "large",
    ),
    "no choice": (an_object(a={"enum": []}), "/properties/a/enum: has 1 to 100"),
    "too many choices": (an_object(a={"enum": list(range(101))}), "/properties/a/enum: has 1 to 100"),
    "an object as a choice": (an_object(a={"enum": ["x", {}]}), "/properties/a/enum/1: must be a number"),
    "a long choice": (an_object(a={"const": "x" * 201}), "/properties/a/const: must be a number"),
    "a choice of another type": (
        an_object(a={"type": "string", "enum": ["x", 1]}),
        "/properties/a/enum/1: is not",
    ),
    "a bound beside choices": (an_object(a={"enum": ["x"], "maxLength": 3}), "beside enum"),
    "a type beside branches": (an_object(a={"type": "null", "anyOf": [{"type": "null"}]}), "beside anyOf"),
    "many branches": (an_object(a={"anyOf": [{"type": "null"}] * 5}), "/properties/a/anyOf: has more than 4"),
    "true as a branch": (an_object(a={"anyOf": [True]}), "/properties/a/anyOf/0: must be a JSON object"),
    "deep": (nested(7), "nested deeper than 6"),
    "very deep": ("[" * 5000, "nested deeper than"),
    "many properties": (an_object(**{f"p{i}": {"type": "null"} for i in range(101)}), "more than 100"),
    "many properties in all": (
        an_object(**{f"p{i}": an_object(**{f"q{k}": {"type": "null"} for k in range(33)}) for i in range(3)}),
        "more than 100",
    ),
    "a long name": (an_object(**{"n" * 49: {"type": "null"}}), "/properties: a property's name"),
    "a name that is hidden": (an_object(**{"a\u202eb": {"type": "null"}}), "/properties: a property's name"),
    "a needed stranger": ({**an_object(a={"type": "null"}), "required": ["b"]}, "/required: names 'b'"),
    "others by a schema": (
        {**an_object(a={"type": "null"}), "additionalProperties": {"type": "string"}},
        "/additionalProperties: ",
    ),
    "a long description": (
        an_object(a={"type": "null", "description": "x" * 501}),
        "/properties/a/description: ",
    ),
    "half a surrogate pair": ('{"type": "object", "title": "\\ud800"}', "half a surrogate pair"),
    "too large": ({**an_object(a={"type": "null"}), "title": "x" * 9000}, "larger than 8192 bytes"),
    "a slash in a name": (an_object(**{"a/b~": {"pattern": "x"}}), "/properties/a~1b~0: the keyword"),
}


@pytest.mark.parametrize("mistake", REFUSED)
def test_a_refusal_names_the_place_and_the_keyword(mistake: str) -> None:
    asked, told = REFUSED[mistake]
    assert told in refusal(asked)


def test_the_deepest_that_is_allowed_is_allowed() -> None:
    made = schemas.bounded(nested(6))
    assert unbounded(made) == []


KEYWORDS = [
    "type",
    "properties",
    "required",
    "items",
    "enum",
    "const",
    "description",
    "title",
    "minimum",
    "maximum",
    "minItems",
    "maxItems",
    "minLength",
    "maxLength",
    "additionalProperties",
    "anyOf",
    "$ref",
    "$schema",
    "pattern",
    "format",
    "default",
    "not",
]
TYPES = ["object", "array", "string", "number", "integer", "boolean", "null"]
leaves = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 600), st.floats(), st.text(max_size=5), st.sampled_from(TYPES)
)
any_json = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(st.sampled_from(KEYWORDS), st.text(max_size=3)), inner, max_size=4),
    ),
    max_leaves=20,
)
string = st.fixed_dictionaries({"type": st.just("string")}, optional={"maxLength": st.integers(-1, 900)})
number = st.fixed_dictionaries({"type": st.sampled_from(["number", "integer", "null", "boolean"])})
likely = st.recursive(
    st.one_of(string, number, st.fixed_dictionaries({"enum": st.lists(leaves, max_size=3)})),
    lambda inner: st.one_of(
        st.fixed_dictionaries({"type": st.just("array"), "items": inner}, optional={"minItems": leaves}),
        st.fixed_dictionaries({"anyOf": st.lists(inner, max_size=5)}),
        st.fixed_dictionaries(
            {"type": st.sampled_from(["object", ["object", "null"]])},
            optional={
                "properties": st.dictionaries(st.text(max_size=4), inner, max_size=4),
                "required": st.lists(st.text(max_size=1), max_size=2),
                "additionalProperties": st.one_of(st.booleans(), inner),
            },
        ),
    ),
    max_leaves=12,
)
root = st.fixed_dictionaries(
    {
        "type": st.just("object"),
        "properties": st.dictionaries(st.text(min_size=1, max_size=4), likely, max_size=4),
    }
)


@given(st.one_of(any_json, root))
def test_any_json_is_refused_or_bounded_everywhere(value: Any) -> None:
    told = None
    try:
        made = schemas.read(json.dumps(value))
    except Problem as problem:
        told = problem.code
    else:
        Draft202012Validator.check_schema(made)
        assert unbounded(made) == []
        assert schemas.bounded(made) == made
    assert told in (None, Code.ANALYSIS_SCHEMA_INVALID)
