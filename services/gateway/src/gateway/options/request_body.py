"""The body of `POST /v1/jobs` for OpenAPI: it is streamed, so FastAPI cannot describe it by itself."""

from typing import Any

from gateway.options.fields import LISTS
from gateway.options.model import JobOptions

TEXTS = ("replacements", "start", "end", "recorded_at", "analysis_schema", "metadata")
"""Read from a text of a form of their own, or from JSON."""


def _form_schema() -> dict[str, Any]:
    options = JobOptions.model_json_schema(ref_template="#/components/schemas/{model}")
    fields = {name: _inline(field, options.get("$defs", {})) for name, field in options["properties"].items()}
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
"""Merged into the operation: both ways to send a recording."""
