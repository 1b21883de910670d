"""JSON Schemas of the public events, as their readers see them.

Draft 7, which AsyncAPI's are made of (asyncapi.com/docs/reference/specification/v3.0.0#schemaObject):
definitions stand in `components/schemas`, and a `$ref` has nothing beside it. Nulls are not sent, so that
what may be None may be absent. A field with a default may be missing in an event that an older release wrote.
Words of an enum may be joined by others, as fields may, so that none of them is closed.
"""

import re
from functools import cache
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from scribeline.contracts.base import Frozen
from scribeline.contracts.catalogue import MAJOR, PINGS, PUBLIC
from scribeline.contracts.codes import Code
from scribeline.contracts.envelope import Envelope

SENT: dict[str, type[Frozen]] = {**PUBLIC, **PINGS}
"""All that anybody outside is ever sent."""
REF = "#/components/schemas/"
WORDS = "x-extensible-enum"
"""The words there are today (opensource.zalando.com/restful-api-guidelines, rule 112)."""
ERROR_CODE = "A stable code: one of docs/errors.md, where more may come."
LATER = "Others may come."


class _Readers(GenerateJsonSchema):
    """Of what is sent, not of what is taken."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        if schema.get("default", ...) is None:
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)

    def enum_schema(self, schema: core_schema.EnumSchema) -> JsonSchemaValue:
        return {"type": "string", WORDS: super().enum_schema(schema)["enum"]}

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - the name says it
        return False


@cache
def schemas() -> dict[str, dict[str, Any]]:
    """Name -> schema: every event whole, the data of each, and what they are made of."""
    kinds: list[type[Frozen]] = [Envelope, *SENT.values()]
    _, found = models_json_schema(
        [(kind, "validation") for kind in kinds], ref_template=REF + "{model}", schema_generator=_Readers
    )
    definitions = {name: _open(_plain(schema)) for name, schema in found["$defs"].items()}
    definitions[Code.__name__] = {"title": Code.__name__, "type": "string", "description": ERROR_CODE}
    del definitions[Frozen.__name__]
    envelope = _envelope(definitions.pop(Envelope.__name__))
    return {**{event_name(type_): _event(type_, envelope) for type_ in SENT}, **definitions}


def event_name(type_: str) -> str:
    """Of the schema of a whole event: `JobCompletedEvent`."""
    return f"{SENT[type_].__name__}Event"


def _event(type_: str, envelope: dict[str, Any]) -> dict[str, Any]:
    """Whole, and not composed of two: it is read more easily, by people and by generators of code."""
    own = {"type": {"type": "string", "const": type_}, "data": {"$ref": REF + SENT[type_].__name__}}
    return {"title": event_name(type_), **envelope, "properties": {**envelope["properties"], **own}}


def _envelope(schema: dict[str, Any]) -> dict[str, Any]:
    """Its attributes are always there, but for those that have nothing to say."""
    may_be_absent = {name for name, field in Envelope.model_fields.items() if field.default is None}
    properties = {
        name: {key: said for key, said in field.items() if key != "default"}
        for name, field in schema["properties"].items()
    }
    properties["dataversion"]["const"] = MAJOR
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in may_be_absent],
    }


def _open(schema: dict[str, Any]) -> dict[str, Any]:
    """The words of an enum, told; anything else as it is."""
    if WORDS not in schema:
        return schema
    told = ", ".join(f"`{word}`" for word in schema[WORDS])
    return {**schema, "description": f"One of {told}. {LATER}"}


def _plain(schema: Any) -> Any:
    """Every `$ref` by itself, and sentences without the words of Python."""
    if isinstance(schema, list):
        return [_plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _said(value) if key == "description" else _plain(value) for key, value in schema.items()}
    if "$ref" in found and len(found) > 1:
        return {"allOf": [{"$ref": found.pop("$ref")}], **found}
    return found


def _said(text: Any) -> Any:
    if not isinstance(text, str):
        return _plain(text)  # a field of this name
    joined = " ".join(text.split())
    return re.sub(r"\bNone\b", lambda at: "Absent" if at.start() == 0 else "absent", joined)
