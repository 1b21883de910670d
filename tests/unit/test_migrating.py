"""`docs/migrating.md` maps all that its old requests send and were answered, onto what there is here."""

import json
import re
import shlex
from typing import Any

import pytest

from gateway.options.model import NAMES
from scribeline.contracts.catalogue import PUBLIC
from scribeline.contracts.job import JobStatus
from tests.support.curl import calls, parsed
from tests.support.golden import example
from tests.support.manual import DOCS, sections, spans

PAGE = sections("migrating.md")
OLD = ("StreaMetrics", "EchoStream", "whisper-asr-webservice")
"""Those whose requests must be changed."""
ANSWERED = (*OLD, "speaches")
SPEACHES = {
    "file", "model", "language", "prompt", "response_format", "temperature", "timestamp_granularities[]",
    "stream", "hotwords", "without_timestamps",
}  # fmt: skip
"""What `transcribe_file` of its stt.py takes."""
THINGS = {
    "job": "JobView",
    "transcript": "TranscriptView",
    "analysis": "Analysis",
    "verbose": "TranscriptionVerbose",
}
SCHEMAS: dict[str, Any] = json.loads((DOCS / "openapi.json").read_text())["components"]["schemas"]
SENT_HERE = NAMES | {"audio", "audio_url", "wait", "format"}
PATH = re.compile(rf"({'|'.join(THINGS)})\.([\w.\[\]]+)")


def schema_at(schema: dict[str, Any], path: list[str]) -> dict[str, Any]:
    """What JSON Schema says of that place; a KeyError if nothing."""
    if "$ref" in schema:
        return schema_at(SCHEMAS[schema["$ref"].rpartition("/")[2]], path)
    for one in schema.get("anyOf", ()):
        if one.get("type") != "null":
            return schema_at(one, path)
    if not path or schema.get("additionalProperties") is True:
        return schema
    if path[0] == "[]":
        return schema_at(schema["items"], path[1:])
    return schema_at(schema["properties"][path[0]], path[1:])


def steps(path: str) -> list[str]:
    return path.replace("[]", ".[]").split(".")


@pytest.mark.parametrize("title", OLD)
def test_every_parameter_of_the_old_requests_is_mapped_or_said_to_have_no_counterpart(title: str) -> None:
    rows = PAGE[title].table(f"sent to {title}")
    sent = {
        name for block in PAGE[title].blocks("sh old") for call in calls(block) for name in call.parameters
    }
    assert {name for told, _ in rows for name in spans(told)} == sent


@pytest.mark.parametrize("title", OLD)
def test_what_a_parameter_is_mapped_to_is_sent_by_the_new_requests(title: str) -> None:
    used = {
        name for block in PAGE[title].blocks("sh new") for call in calls(block) for name in call.parameters
    }
    for told, here in PAGE[title].table(f"sent to {title}"):
        if here.startswith("none: "):
            continue
        names = spans(here.partition(":")[0])
        assert names, told
        assert set(names) <= SENT_HERE, told
        assert set(names) <= used | {"channels"}, f"{told}: no request shows it"


@pytest.mark.parametrize("title", ANSWERED)
def test_what_an_answer_is_mapped_to_is_in_the_api_description(title: str) -> None:
    rows = PAGE[title].table(f"answered by {title}")
    assert rows
    for told, here in rows:
        assert spans(told), told
        paths = [found for span in spans(here) if (found := PATH.fullmatch(span))]
        assert paths or here.startswith("none: "), told
        for thing, path in (found.groups() for found in paths):
            schema_at({"$ref": THINGS[thing]}, steps(path))


def test_a_place_that_is_not_there_is_noticed() -> None:
    for thing, path in (
        ("JobView", "task_id"),
        ("Analysis", "action_items[].name"),
        ("JobView", "error.kind"),
    ):
        with pytest.raises(KeyError):
            schema_at({"$ref": thing}, steps(path))


def test_what_speaches_takes_works_as_it_is_or_is_said_to_be_refused() -> None:
    [block] = PAGE["speaches"].blocks("sh same")
    as_it_is = {name for call in calls(block) for name in call.parameters}
    told = [span for row in PAGE["speaches"].table("sent to speaches") for span in spans(row[0])]
    refused = {
        name for span in told if span.startswith("-F") for name in parsed(shlex.split(span)).parameters
    }
    assert as_it_is | refused == SPEACHES
    assert {"hotwords", "without_timestamps"} <= as_it_is


def test_every_status_has_its_old_words() -> None:
    rows = PAGE["Words for how far it is"].table("`status` here")
    told = {word for row in rows for word in spans(row[0])}
    assert told - {"not_found"} == {str(status) for status in JobStatus}
    assert {word for row in rows for word in spans(row[1])} == {"transcription", "analysis"}


@pytest.mark.parametrize("title", ["StreaMetrics", "EchoStream", "speaches", "whisper-asr-webservice"])
def test_every_source_is_named_with_its_commit(title: str) -> None:
    source = PAGE[title].text.split("\n\n")[0]
    assert re.search(r"Source: \[[\w.-]+/[\w.-]+\]\(https://github\.com/\S+\) at\s+`[0-9a-f]{40}`", source), (
        source
    )


def test_of_what_cannot_be_read_no_field_is_told() -> None:
    notisent = PAGE["Notisent"]
    assert notisent.blocks("text old") == ["/voice/transcribe/\n"]
    assert not notisent.table("sent to Notisent")
    assert not notisent.table("answered by Notisent")


CALLBACK = PAGE["A callback with a token"]


def test_what_a_callback_told_stands_in_the_events_where_the_page_says() -> None:
    rows = CALLBACK.table("told by a callback")
    assert len(rows) > 5
    for told, here in rows:
        types = [span for span in spans(here) if span in PUBLIC]
        events = [json.loads(example(type_).encode()) for type_ in types or ("job.failed",)]
        places = [span for span in spans(here) if span.startswith("event.")]
        assert places, told
        for place in places:
            assert any(_reached({"event": event}, place) for event in events), place


def _reached(value: Any, place: str) -> bool:
    for step in place.split("."):
        if step not in value:
            return False
        value = value[step]
    return True


def test_what_stands_for_a_callback_is_sent_by_the_request_of_the_page() -> None:
    [block] = CALLBACK.blocks("sh new")
    [job, secret] = calls(block)
    assert {"webhook_url", "webhook_events", "audio"} == job.parameters
    assert secret.url.endswith("/v1/callback-secret")
    asked = dict(job.fields)["webhook_events"].split(",")
    assert set(asked) <= PUBLIC.keys()
