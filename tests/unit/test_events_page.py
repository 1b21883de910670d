"""The page for other teams names every event, and what it shows can be read with what it recommends."""

import json
import re
import shlex
from typing import Any

import pytest
import typer
from docs import events
from docs.event_schemas import SENT
from docs.golden import examples
from httpx2 import ServerSentEvent

from scribeline.client.events import event_of
from scribeline.contracts.catalogue import EVENTS, PUBLIC
from scribeline.contracts.envelope import decode
from scribeline_cli.main import app
from tests.support.manual import Section, spans

PAGE = events.page()
SHOWN = [json.loads(block) for block in Section("", PAGE).blocks("json")]
PROSE = re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL)
HEADINGS = re.findall(r"^#+ (.+)$", PROSE, re.MULTILINE)

COMMANDS = [
    line
    for line in (*Section("", PAGE).blocks("sh"), *map(" ".join, map(str.split, spans(PROSE))))
    if line.startswith("scribeline ")
]

every_type = pytest.mark.parametrize("type_", SENT)


def part(heading: str) -> str:
    """What stands below it, up to the next one of any level."""
    return PAGE.partition(f"\n{heading}\n")[2].partition("\n#")[0]


def test_every_public_type_is_told_once_in_the_order_of_the_catalogue_and_the_ping_is_not() -> None:
    rows = Section("", part("## What is told")).table("Type")
    assert [spans(type_)[0] for type_, _, _ in rows] == list(PUBLIC)
    assert all(when.endswith(".") for _, when, _ in rows)


def test_the_table_tells_the_data_of_a_type_without_what_all_have() -> None:
    rows = {spans(row[0])[0]: spans(row[2]) for row in Section("", part("## What is told")).table("Type")}
    assert rows["job.accepted"] == []
    assert rows["analysis.action_item_found"] == ["number", "item", "href"]
    assert rows["webhook.disabled"] == ["webhook", "url", "reason"]


def test_every_link_within_the_page_leads_to_a_heading() -> None:
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in HEADINGS}
    links = set(re.findall(r"\]\(#([^)]+)\)", PAGE))
    assert len(links) > len(PUBLIC)
    assert links <= anchors


@every_type
def test_every_golden_message_of_a_type_is_shown_whole(type_: str) -> None:
    assert all(message in SHOWN for message in examples(type_).values())


@every_type
def test_every_field_of_a_type_is_told_with_what_it_means_if_it_is_absent(type_: str) -> None:
    told = {spans(row[0])[0] for row in Section("", part(f"### `{type_}`")).table("Field")}
    common = {spans(row[0])[0] for row in Section("", part("## Messages")).table("Field")}
    assert told | common >= SENT[type_].model_fields.keys()
    absent = {row[2] for row in Section("", part(f"### `{type_}`")).table("Field")}
    assert absent <= {"never", "if there is none", "means `0`", "means `1`", "means `false`"}


def test_the_envelope_is_told_as_it_is_sent() -> None:
    rows = {spans(row[0])[0]: row[2] for row in Section("", part("## The envelope")).table("Field")}
    assert rows.keys() == examples("job.completed")["job.completed"].keys()
    assert {name for name, absent in rows.items() if absent != "never"} == {"owner", "traceparent"}


@pytest.mark.parametrize("number", range(len(SHOWN)))
def test_every_message_shown_is_read_by_the_client_library_as_its_own_class(number: int) -> None:
    message = SHOWN[number]
    told = event_of(ServerSentEvent(event=message["type"], data=json.dumps(message)))
    assert (str(told.id), told.type) == (message["id"], message["type"])
    if message["type"] in EVENTS:
        assert isinstance(told.data, EVENTS[message["type"]])
    assert str(decode(json.dumps(message).encode()).id) == message["id"]


@pytest.mark.parametrize(
    "fact",
    [
        "scribeline.sub.TENANT.NAME", "scribeline.public.log.TENANT", "scribeline.public.log._all", "96 KiB",
        "7 days", "100,000 messages and 256 MiB", "dataversion` (now 1)", "`metadata` stays",
    ],
)  # fmt: skip
def test_what_the_code_says_is_filled_in(fact: str) -> None:
    assert fact in PAGE
    assert "$" not in PAGE


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_is_one_that_there_is(line: str) -> None:
    _, *words = shlex.split(line)
    command: Any = typer.main.get_command(app)
    while words and hasattr(command, "commands"):
        command = command.commands[words.pop(0)]
    if words:  # else it is named, and not said in full
        command.make_context(command.name, words)


def test_commands_are_looked_at() -> None:
    assert len(COMMANDS) >= 4
    assert any(" --to-queue " in line for line in COMMANDS)
