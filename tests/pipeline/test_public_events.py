"""What others hear of a job on the broker, over everything that is real."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from result_writer.retention import Retention
from scribeline.contracts import routes
from scribeline.contracts.transcription import AudioObject, ShortTranscribed, TranscribeShort
from scribeline.contracts.unit import Outcome
from scribeline.messaging.broker import Broker
from scribeline.messaging.publisher import Publisher
from scribeline.messaging.worker import Step, Worker
from tests.support.audio import jfk, wav_file
from tests.support.births import words
from tests.support.foreign import Foreign, foreign_queue
from tests.support.pipeline import Pipeline, pipeline
from tests.support.roles import as_writer
from tests.support.servers import Servers
from tests.support.waiting import eventually
from tests.support.workers import working

WHOLE = {"job.accepted", "transcript.completed", "analysis.completed", "job.completed"}
SAID = "ask not what your country"
LONG = "All that was said. " * 6000
"""More than 96 KiB, and less than a result may have."""


async def heard(queue: Foreign, last: str) -> dict[str, dict[str, Any]]:
    """The events by type, once `last` has come: each with its id, and every copy with the same bytes."""
    await queue.take(lambda taken: any(type_of(each.body) == last for each in taken))
    copies = defaultdict(set)
    for delivery in queue.taken:
        assert json.loads(delivery.body)["id"] == delivery.message_id
        copies[delivery.message_id].add(delivery.body)
    assert [id_ for id_, bodies in copies.items() if len(bodies) > 1] == []
    events = [json.loads(body) for [body] in copies.values()]
    return {event["type"]: event for event in events}


def type_of(body: bytes) -> str:
    return str(json.loads(body)["type"])


def told(events: dict[str, dict[str, Any]]) -> str:
    return json.dumps(events).lower()


async def test_others_hear_of_a_job_with_its_words_and_its_report_until_it_is_deleted(
    system: Pipeline, broker: Broker
) -> None:
    async with foreign_queue(broker, "*.*.acme") as theirs, foreign_queue(broker, "*.*.beta") as strangers:
        id_ = await system.submit(wav_file(jfk()), metadata='{"call": 7}')
        await system.ended(id_)
        events = await heard(theirs, "job.completed")
        assert (await system.client.delete(f"/v1/jobs/{id_}")).status_code in (202, 204)
        retention = Retention(as_writer(system.database), system.store, lambda: None)
        await eventually(retention.remove_deleted)
        later = await heard(theirs, "job.deleted")
        assert await strangers.depth() == 0
    assert set(events) >= WHOLE
    assert {event["subject"] for event in later.values()} == {id_}
    assert {UUID(event["data"]["job"]) for event in later.values()} == {UUID(id_)}
    assert all(event["data"]["metadata"] == {"call": 7} for event in events.values())
    assert SAID in events["transcript.completed"]["data"]["text"].lower()
    assert events["analysis.completed"]["data"]["analysis"]["engine"] == "extractive"
    numbers = {json.loads(each.body)["data"]["sequence"] for each in theirs.taken}
    assert numbers == set(range(1, len({each.message_id for each in theirs.taken}) + 1))


async def test_in_references_others_hear_of_the_same_job_and_nothing_of_what_was_said(
    servers: Servers, broker: Broker, database_url: str, models_dir: Path, deliveries: str
) -> None:
    async with (
        foreign_queue(broker) as theirs,
        pipeline(servers, broker, database_url, models_dir, public_events="refs") as system,
    ):
        id_ = await system.submit(wav_file(jfk()), metadata='{"call": 7}')
        await system.ended(id_)
        events = await heard(theirs, "job.completed")
        transcript = await system.client.get(events["transcript.completed"]["data"]["href"])
        report = await system.client.get(events["analysis.completed"]["data"]["href"])
    assert set(events) >= WHOLE
    assert all(event["data"]["metadata"] == {"call": 7} for event in events.values())
    assert "country" not in told(events)
    assert "country" in transcript.text
    assert "country" in report.text


async def speak_long(command: TranscribeShort) -> Outcome:
    audio = AudioObject(key="k", bytes=1)
    return ShortTranscribed(unit=command.unit, audio=audio, duration=3.0, transcribed=words(LONG.strip()))


@pytest.mark.parametrize("content", ["full", "refs"])
async def test_a_transcript_that_is_too_long_for_a_message_is_a_link(
    content: str, servers: Servers, broker: Broker, database_url: str, models_dir: Path
) -> None:
    worker = Worker(
        Step(routes.SHORT_QUEUE, (TranscribeShort,)),
        speak_long,
        service="transcriber",
        broker=broker,
        publisher=Publisher(broker, "transcriber"),
    )
    async with (
        foreign_queue(broker) as theirs,
        pipeline(
            servers, broker, database_url, models_dir, without={"transcriber"}, public_events=content
        ) as system,
        working([worker]),
    ):
        id_ = await system.submit(bytes(100), analyze="false")
        await system.ended(id_)
        events = await heard(theirs, "job.completed")
        transcript = await system.transcript(id_)
    link = events["transcript.completed"]["data"]
    assert link.get("text") is None
    assert link["href"] == f"/v1/jobs/{id_}/transcript"
    assert len(transcript.json()["segments"][0]["text"].encode()) > 96 * 1024
    assert all(len(each.body) < 16_384 for each in theirs.taken)
