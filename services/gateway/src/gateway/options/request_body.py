"""The body of `POST /v1/jobs` for OpenAPI: it is streamed, so FastAPI cannot describe it by itself."""

from json import loads
from typing import Any

from gateway.fetching.troubles import FIELD
from gateway.options.fields import LISTS
from gateway.options.model import JobOptions
from gateway.presigned.receiving import FIELD as UPLOAD
from scribeline.outbound.rules import LONGEST

TEXTS = ("replacements", "transcript", "start", "end", "recorded_at", "analysis_schema", "metadata")
"""Read from a text of a form of their own, or from JSON."""
AS_JSON: dict[str, str | list[str]] = {
    "replacements": ["object", "array"],
    "transcript": ["array", "string"],
    "start": ["number", "string"],
    "end": ["number", "string"],
    "recorded_at": "string",
    "analysis_schema": "object",
    "metadata": "object",
}
"""How JSON has these; as texts they are read, too."""


def _options() -> dict[str, Any]:
    options = JobOptions.model_json_schema(ref_template="#/components/schemas/{model}")
    return {name: _inline(field, options.get("$defs", {})) for name, field in options["properties"].items()}


def json_fields() -> dict[str, dict[str, Any]]:
    """Schemas of the options in JSON, by name."""
    fields = _options()
    fields |= {name: {**_text(fields[name]), "type": kinds} for name, kinds in AS_JSON.items()}
    for name in ("replacements", "transcript", "analysis_schema", "metadata"):
        fields[name]["examples"] = [loads(example) for example in fields[name]["examples"]]
    return fields


def _json_schema() -> dict[str, Any]:
    address = {
        "type": "string",
        "maxLength": LONGEST,
        "description": "Where the recording is, with http:// or https://. It is fetched before the answer.",
        "examples": ["https://media.example.com/talk.mp3"],
    }
    upload = {
        "type": "string",
        "format": "uuid",
        "description": "An upload in parts (`POST /v1/uploads`), all of which have been sent.",
    }
    return {
        "type": "object",
        "oneOf": [{"required": [FIELD]}, {"required": [UPLOAD]}],
        "additionalProperties": False,
        "properties": {FIELD: address, UPLOAD: upload, **json_fields()},
    }


def _form_schema() -> dict[str, Any]:
    fields = _options()
    fields |= {name: _text(fields[name]) for name in TEXTS}
    audio = {"type": "string", "format": "binary", "description": "The recording, exactly once."}
    return {
        "type": "object",
        "required": ["audio"],
        "additionalProperties": False,
        "properties": {"audio": audio, **fields},
    }


def _inline(field: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """A form field is a string or absent: no references, no null."""
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        referred = {k: v for k, v in definitions[name].items() if k in ("type", "enum")}
        return {**{k: v for k, v in field.items() if k != "$ref"}, **referred}
    if "anyOf" in field:
        kept = next(option for option in field["anyOf"] if option.get("type") != "null")
        return {**{k: v for k, v in field.items() if k not in ("anyOf", "default")}, **kept}
    return field


def _text(field: dict[str, Any]) -> dict[str, Any]:
    return {"type": "string", **{k: field[k] for k in ("description", "examples", "title") if k in field}}


_FORM = _form_schema()
_BYTES = {"schema": {"type": "string", "format": "binary"}}

UPLOAD_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": _FORM,
                "encoding": {name: {"style": "form", "explode": True} for name in sorted(LISTS)},
            },
            "application/json": {"schema": _json_schema()},
            "audio/*": _BYTES,
            "video/*": _BYTES,
            "application/octet-stream": _BYTES,
        },
    },
    "parameters": [
        {
            "name": name,
            "in": "query",
            "required": False,
            "description": f"{field.get('description', '')} For a form, give it as a field instead.".strip(),
            "schema": {k: v for k, v in field.items() if k not in ("description", "title")},
        }
        for name, field in _FORM["properties"].items()
        if name != "audio"
    ],
}
"""Merged into the operation: every way to send a recording."""
