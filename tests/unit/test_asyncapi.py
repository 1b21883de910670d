"""What machines are told of the events is true: golden messages follow their schemas, and others do not."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from docs import asyncapi
from docs.event_messages import referred
from docs.event_schemas import SENT, WORDS, event_name, schemas
from docs.golden import FOLDER, examples
from jsonschema import Draft7Validator, FormatChecker

from scribeline.contracts import routes
from scribeline.contracts.catalogue import PINGS, PUBLIC
from scribeline.messaging.topology import topology

DOCUMENT = asyncapi.document()
MESSAGES = DOCUMENT["components"]["messages"]
EXAMPLES = {e["name"]: (m["payload"], e) for m in MESSAGES.values() for e in m.get("examples", ())}

every_type = pytest.mark.parametrize("type_", SENT)


def wrongs(schema: dict[str, Any], value: object) -> list[str]:
    whole = {**schema, "components": DOCUMENT["components"]}
    return [
        error.message for error in Draft7Validator(whole, format_checker=FormatChecker()).iter_errors(value)
    ]


def event_schema(type_: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{event_name(type_)}"}


def inside(value: object) -> Iterator[Any]:
    yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from inside(item)


def golden(type_: str) -> dict[str, Any]:
    return examples(type_)[type_]


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_follows_the_schema_of_its_message(name: str) -> None:
    payload, example = EXAMPLES[name]
    assert wrongs(payload, example["payload"]) == []


def test_every_golden_message_that_others_are_sent_is_an_example() -> None:
    files = {path.stem for path in FOLDER.glob("*.json")}
    sent = {name for name in files if name.partition("+")[0] in SENT}
    assert sent <= EXAMPLES.keys()
    assert {name for name in EXAMPLES.keys() - sent if not name.endswith("+refs")} == set()


def test_an_example_in_refs_tells_nothing_of_what_was_said() -> None:
    shown = [
        json.dumps(example["payload"]) for name, (_, example) in EXAMPLES.items() if name.endswith("+refs")
    ]
    assert len(shown) >= 3
    assert not any("Friday" in text or "Ship" in text for text in shown)
    assert "Friday" in json.dumps(golden("transcript.completed"))


@every_type
def test_every_schema_is_one_of_draft_7_and_needs_what_is_always_sent(type_: str) -> None:
    Draft7Validator.check_schema(event_schema(type_))
    message = golden(type_)
    for attribute in message.keys() - {"owner", "traceparent"}:
        without = {name: value for name, value in message.items() if name != attribute}
        assert wrongs(event_schema(type_), without) == [f"'{attribute}' is a required property"]


@every_type
def test_an_event_of_another_type_is_refused(type_: str) -> None:
    other = next(name for name in SENT if SENT[name] is not SENT[type_])
    assert wrongs(event_schema(type_), {**golden(type_), "type": other})


def test_data_of_another_shape_is_refused() -> None:
    message = golden("transcript.completed")
    for name, value in {"duration": "long", "sequence": 0, "href": None, "language": {"code": "de"}}.items():
        wrong = {**message, "data": {**message["data"], name: value}}
        assert wrongs(event_schema("transcript.completed"), wrong), name


def test_another_major_version_is_refused() -> None:
    assert wrongs(event_schema("job.failed"), {**golden("job.failed"), "dataversion": 2})


def test_fields_words_and_errors_of_a_later_release_are_no_breach() -> None:
    message = golden("job.failed")
    error = {**message["data"]["error"], "code": "code_of_tomorrow", "stage": "polish"}
    data = {**message["data"], "status": "paused", "error": error, "mood": "good"}
    assert wrongs(event_schema("job.failed"), {**message, "data": data, "colour": "blue"}) == []


def test_what_came_later_may_be_missing_in_an_event_of_an_older_release() -> None:
    message = golden("job.accepted")
    data = {name: value for name, value in message["data"].items() if name not in ("run", "metadata")}
    assert wrongs(event_schema("job.accepted"), {**message, "data": data}) == []


def test_nothing_is_null_and_no_reference_has_neighbours_which_draft_7_would_pass_over() -> None:
    for part in inside(schemas()):
        if isinstance(part, dict):
            assert part.get("type") != "null"
            assert "$ref" not in part or part.keys() == {"$ref"}
            assert not part.keys() & {"$defs", "prefixItems", "enum"}


def test_no_sentence_speaks_of_pythons_none() -> None:
    assert not re.search(r"\bNone\b", asyncapi.page())


def test_every_reference_leads_somewhere() -> None:
    for part in inside(DOCUMENT):
        if isinstance(part, dict) and "$ref" in part:
            at: Any = DOCUMENT
            for step in part["$ref"].removeprefix("#/").split("/"):
                at = at[step]


def test_words_that_a_field_may_have_are_told() -> None:
    status = schemas()["JobStatus"]
    assert status[WORDS] == ["queued", "transcribing", "analyzing", "completed", "failed", "cancelled"]
    assert all(f"`{word}`" in status["description"] for word in status[WORDS])


@pytest.mark.parametrize("type_", PUBLIC)
def test_every_public_type_has_its_key_on_the_exchange(type_: str) -> None:
    channel = DOCUMENT["channels"][type_]
    assert channel["address"] == f"{type_}.{{tenant}}"
    assert len(channel["address"].split(".")) == 3
    assert channel["messages"] == {type_: {"$ref": f"#/components/messages/{type_}"}}
    assert MESSAGES[type_]["name"] == type_
    assert DOCUMENT["operations"][f"announce.{type_}"]["channel"] == {"$ref": f"#/channels/{type_}"}


def test_the_exchange_and_the_queues_are_those_that_there_are() -> None:
    [exchange] = [exchange for exchange in topology().exchanges if exchange.name == routes.PUBLIC]
    for type_ in PUBLIC:
        bound = DOCUMENT["channels"][type_]["bindings"]["amqp"]
        assert bound["is"] == "routingKey"
        assert (bound["exchange"]["name"], bound["exchange"]["type"]) == (exchange.name, exchange.type)
    addresses = {name: channel["address"] for name, channel in DOCUMENT["channels"].items()}
    assert addresses["subscriberQueue"] == routes.subscriber("{tenant}", "{name}")
    assert addresses["tenantLog"] == routes.public_log("{tenant}")
    assert addresses["eventsLog"] in {queue.name for queue in topology().queues}


def test_a_subscribers_queue_has_all_public_types_and_a_webhook_the_ping_as_well() -> None:
    assert DOCUMENT["channels"]["subscriberQueue"]["messages"].keys() == PUBLIC.keys()
    offered = [part["$ref"].rpartition("/")[2] for part in MESSAGES["delivery"]["payload"]["oneOf"]]
    assert offered == [event_name(type_) for type_ in (*PUBLIC, *PINGS)]


@pytest.mark.parametrize("name", MESSAGES)
def test_every_message_says_what_it_tells(name: str) -> None:
    message = MESSAGES[name]
    assert message["title"][0].isupper()
    assert message["summary"].endswith(".")
    assert message["correlationId"] == {"$ref": "#/components/correlationIds/subject"}


def test_every_channel_is_sent_into_and_no_host_of_anybodys_is_named() -> None:
    used = {operation["channel"]["$ref"].rpartition("/")[2] for operation in DOCUMENT["operations"].values()}
    assert used == DOCUMENT["channels"].keys()
    assert {operation["action"] for operation in DOCUMENT["operations"].values()} == {"send"}
    assert all("{host}" in server["host"] for server in DOCUMENT["servers"].values())


def test_what_only_refers_follows_the_schema_too() -> None:
    for type_ in PUBLIC:
        assert wrongs(event_schema(type_), referred(golden(type_))) == []
