"""The body of a rerun for OpenAPI: the options of a job, each of which may be null."""

from typing import Any

from gateway.options.request_body import json_fields
from gateway.runs.changes import OPTIONS, RerunStage


def _nullable(field: dict[str, Any]) -> dict[str, Any]:
    kinds = field["type"] if isinstance(field["type"], list) else [field["type"]]
    may_be = {**{k: v for k, v in field.items() if k != "default"}, "type": [*kinds, "null"]}
    return {**may_be, "enum": [*field["enum"], None]} if "enum" in field else may_be


_STAGE = {
    "type": ["string", "null"],
    "enum": [*(stage.value for stage in RerunStage), None],
    "description": "`transcription`: everything anew, and an analysis if the job wants one. `analysis`: only"
    " that, of the transcript that is there; then only its own options may be given.",
}
_RUN = {
    "type": ["integer", "null"],
    "minimum": 1,
    "description": "The job's current run, as the client saw it: when it is in another one, nothing is done.",
}
_FIELDS = {
    name: _nullable(field)
    for name, field in json_fields().items()
    if name in OPTIONS[RerunStage.TRANSCRIPTION]
}

RERUN_BODY: dict[str, Any] = {
    "requestBody": {
        "required": False,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "additionalProperties": False,
                    "description": "What is left out is as in the current run; null is the server's default.",
                    "properties": {"stage": _STAGE, "run": _RUN, **_FIELDS},
                },
                "example": {"stage": "analysis", "analysis_prompt": "Which risks did they name?"},
            }
        },
    }
}
