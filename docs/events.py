"""The page for another team's service: which events there are, what is promised, and how they are had.

The prose is in templates/events.md; what the code can tell is filled in.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Template
from typing import Any

from docs.event_messages import CONTENT_TYPE, referred, told
from docs.event_schemas import REF, SENT, event_name, schemas
from docs.golden import examples
from docs.tables import table

from gateway.routes.subscribers import NewSubscriber
from result_writer.announcements import INLINE
from scribeline.contracts import routes
from scribeline.contracts.catalogue import MAJOR, NOTICES, PINGS, PUBLIC
from scribeline.messaging.topology import EVENTS_LOG_DAYS

Json = dict[str, Any]

TEMPLATE = Path(__file__).parent / "templates" / "events.md"
NEVER_ANNOUNCED = "Sent to the webhook that is tested, and to nobody else: it is not on the exchange."


def page() -> str:
    """All of it, without the mark of a generated page."""
    return Template(TEMPLATE.read_text(encoding="utf-8").strip()).substitute(
        events=table(("Type", "When", "`data`, beside what all have"), map(_row, PUBLIC)),
        envelope=_fields(_envelope()),
        common=_fields(_common()),
        messages="\n\n".join(part for type_ in SENT for part in _message(type_)),
        objects="\n\n".join(part for name in _objects() for part in _object(name)),
        content_type=CONTENT_TYPE,
        queue=routes.subscriber("TENANT", "NAME"),
        exchange=routes.PUBLIC,
        log=routes.public_log("TENANT"),
        every_log=routes.public_log(None),
        events_log=routes.EVENTS_LOG,
        days=EVENTS_LOG_DAYS,
        inline=INLINE // 1024,
        major=MAJOR,
        length=f"{NewSubscriber.model_fields['max_length'].default:,}",
        mebibytes=NewSubscriber.model_fields["max_bytes"].default >> 20,
    )


def _row(type_: str) -> tuple[str, str, str]:
    own = ", ".join(f"`{name}`" for name in _own(type_)["properties"])
    return f"[`{type_}`](#{_anchor(type_)})", told(type_), own


def _anchor(heading: str) -> str:
    """As the usual renderers make it of a heading."""
    return "".join(c for c in heading.lower().replace(" ", "-") if c.isalnum() or c in "-_")


def _envelope() -> Json:
    schema = schemas()[event_name("job.accepted")]
    either: Json = {
        "type": {"type": "string", "description": "One of those above."},
        "data": {"type": "object"},
    }
    return {**schema, "properties": {**schema["properties"], **either}}


def _common() -> Json:
    """What every event of a job has in its data."""
    return schemas()["JobAccepted"]


def _own(type_: str) -> Json:
    """The data of a type without that."""
    schema = schemas()[SENT[type_].__name__]
    common = () if type_ in (*NOTICES, *PINGS) else _common()["properties"]
    own = {name: field for name, field in schema["properties"].items() if name not in common}
    return {**schema, "properties": own}


def _message(type_: str) -> Iterator[str]:
    yield f"### `{type_}`"
    yield told(type_)
    if type_ in PINGS:
        yield NEVER_ANNOUNCED
    if _own(type_)["properties"]:
        yield _fields(_own(type_))
    for name, message in examples(type_).items():
        yield _example(name, message)
        if name == type_ and (refs := referred(message)) != message:
            yield _folded("in `refs`", refs)


def _example(name: str, message: Json) -> str:
    new = name.partition("+")[2]
    return _folded(f"`{name}`", message) if new else f"```json\n{_json(message)}\n```"


def _folded(title: str, message: Json) -> str:
    shown = title.replace("`", "")
    return f"<details><summary>{shown}</summary>\n\n```json\n{_json(message)}\n```\n\n</details>"


def _json(message: Json) -> str:
    return json.dumps(message, indent=2, ensure_ascii=False)


def _fields(schema: Json) -> str:
    return table(
        ("Field", "Type", "Absent", "Meaning"),
        (
            (f"`{name}`", _kind(field), _absent(name, field, schema), _meaning(field))
            for name, field in schema["properties"].items()
        ),
    )


def _absent(name: str, field: Mapping[str, Any], schema: Json) -> str:
    if name in schema.get("required", ()):
        return "never"
    return f"means `{json.dumps(field['default'])}`" if "default" in field else "if there is none"


def _meaning(field: Mapping[str, Any]) -> str:
    target = _target(field)
    words = schemas()[target].get("description", "") if target and not _is_object(target) else ""
    return " ".join(filter(None, (str(field.get("description", "")), words)))


def _kind(field: Mapping[str, Any]) -> str:
    """In words: `list of [ActionItem](#actionitem)`, `UUID`, `whole number`."""
    if target := _target(field):
        return f"[{target}](#{_anchor(target)})" if _is_object(target) else "string"
    if "const" in field:
        return f"`{json.dumps(field['const'])}`"
    if field.get("type") == "array":
        return f"list of {_kind(field['items'])}"
    known = {"uuid": "UUID", "date-time": "time (RFC 3339)", "integer": "whole number"}
    kind = str(field.get("format") or field.get("type", "anything"))
    return known.get(kind, kind)


def _target(field: Mapping[str, Any]) -> str | None:
    """The name of the schema that it refers to."""
    reference = field.get("$ref") or next((part["$ref"] for part in field.get("allOf", ())), None)
    return str(reference).removeprefix(REF) if reference else None


def _is_object(name: str) -> bool:
    return "properties" in schemas()[name]


def _objects() -> list[str]:
    """What data is made of, and is no data of an event itself."""
    whole = {name for type_ in SENT for name in (event_name(type_), SENT[type_].__name__)}
    return [name for name in schemas() if name not in whole and _is_object(name)]


def _object(name: str) -> Iterator[str]:
    schema = schemas()[name]
    yield f"### {name}"
    if "description" in schema:
        yield str(schema["description"])
    yield _fields(schema)
