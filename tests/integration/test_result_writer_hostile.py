"""Results with values that no database takes, or nobody expects: over the wire, into the real database."""

from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select

from scribeline.contracts import routes
from scribeline.contracts.analysis import ActionItem, Analysis, Coverage, Evidence, PartAnalyzed, Sentiment
from scribeline.contracts.codes import Code
from scribeline.contracts.envelope import Envelope, decode
from scribeline.contracts.job import JobStatus
from scribeline.contracts.transcription import AudioObject, EngineInfo, Gap, Segment, Word
from scribeline.contracts.unit import Error, Stage, UnitFailed
from scribeline.messaging.broker import Broker
from scribeline.messaging.publisher import Publisher
from scribeline.messaging.topology import dead_queue
from scribeline.storage import results
from scribeline.storage.database import Database
from scribeline.storage.models import JobRow
from tests.support.births import born, failed, message, short, unit
from tests.support.brokers import depth
from tests.support.waiting import eventually
from tests.support.writers import deliver, writing

HALF = "\ud83d"
"""One half of a surrogate pair, as a model's answer that was cut within an emoji has it."""
NASTY = f"a\x00b{HALF}c\U0001f600"
KEPT = "ab?c\U0001f600"
NUL = "a\x00b"
"""For texts of bounded length: no model takes the other one there."""


async def ended(database: Database, job: UUID) -> JobRow | None:
    async with database.transaction() as session:
        row = (await session.exec(select(JobRow).where(col(JobRow.id) == job))).one()
    return row if JobStatus(row.status).terminal else None


async def stored(database: Database, broker: Broker, publisher: Publisher, *sent: Envelope | bytes) -> JobRow:
    """The job of these results, once the last of them has ended it."""
    job = next(decode(s.encode() if isinstance(s, Envelope) else s).subject for s in sent)
    async with writing(database, broker, publisher):
        await deliver(publisher, *sent)
        row: JobRow = await eventually(lambda: ended(database, job))
    return row


def nasty_short(job: UUID) -> Envelope:
    """Every text of a transcription is nasty."""
    plain: Any = short(job, "x").data
    segment = Segment(
        id=0,
        start=0.0,
        end=1.0,
        text=NASTY,
        confidence=0.5,
        avg_logprob=-1e300,
        no_speech_prob=0.0,
        speaker=NASTY,
        words=(Word(start=0.0, end=1.0, text=NASTY, probability=1.0),),
    )
    heard = plain.transcribed.model_copy(
        update={
            "segments": (segment,),
            "gaps": (Gap(start=1.0, end=2.0, reason=NASTY, speaker=NASTY),),
            "engine": EngineInfo(engine=NASTY, model=NASTY, compute=NASTY),
        }
    )
    audio = AudioObject(key=f"acme/{NASTY}/audio.wav", bytes=1)
    return message(plain.model_copy(update={"transcribed": heard, "audio": audio}))


async def test_every_text_of_a_transcription_is_stored_without_what_postgresql_refuses(
    database: Database, broker: Broker, publisher: Publisher
) -> None:
    job = await born(database, Stage.SHORT, analyze=False)
    row = await stored(database, broker, publisher, nasty_short(job.id))
    assert row.status == JobStatus.COMPLETED
    assert row.engine == {"engine": KEPT, "model": KEPT, "compute": KEPT}
    assert row.audio_key == f"acme/{KEPT}/audio.wav"
    async with database.transaction() as session:
        [segment] = await results.segments(session, job.id, 1)
        [gap] = await results.gaps(session, job.id, 1)
    assert (segment.text, segment.speaker) == (KEPT, KEPT)
    assert segment.words is not None
    assert segment.words[0]["text"] == KEPT
    assert (gap.reason, gap.speaker) == (KEPT, KEPT)


async def test_every_text_of_an_analysis_is_stored_without_what_postgresql_refuses(
    database: Database, broker: Broker, publisher: Publisher
) -> None:
    job = await born(database, Stage.SHORT)
    made = Analysis(
        summary=NUL,
        topics=(NASTY,),
        action_items=(ActionItem(task=NUL, owner=NUL, evidence=Evidence(segment=0, start=0.0, quote=NUL)),),
        sentiment=Sentiment(label="neutral", score=0.0),
        answer={NASTY: [NASTY, {"deep": NASTY}]},
        missing={"dates": NASTY},
        coverage=Coverage(segments_total=1, segments_read=1),
        engine=NASTY,
        model=NASTY,
    )
    analyzed = message(PartAnalyzed(unit=unit(job.id, Stage.ANALYZE), analysis=made))
    row = await stored(database, broker, publisher, short(job.id, "said"), analyzed)
    assert row.status == JobStatus.COMPLETED
    async with database.transaction() as session:
        final = await results.final_analysis(session, job.id, 1)
    assert final is not None
    assert (final.summary, final.topics, final.missing["dates"]) == ("ab", (KEPT,), KEPT)
    assert final.action_items is not None
    assert final.action_items[0].evidence.quote == "ab"
    assert final.answer == {KEPT: [KEPT, {"deep": KEPT}]}


async def test_the_reason_of_a_failure_is_shown_without_what_postgresql_refuses(
    database: Database, broker: Broker, publisher: Publisher
) -> None:
    job = await born(database, Stage.SHORT)
    error = Error.of(Code.AUDIO_UNREADABLE, NASTY)
    row = await stored(
        database, broker, publisher, message(UnitFailed(unit=unit(job.id, Stage.SHORT), error=error))
    )
    assert row.error is not None
    assert (row.error["code"], row.error["message"]) == ("audio_unreadable", KEPT)


def in_place_of(result: Envelope, old: str, new: str) -> bytes:
    body = result.encode()
    assert old.encode() in body
    return body.replace(old.encode(), new.encode())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"confidence":0.9', '"confidence":NaN'),
        ('"duration":3.0', '"duration":Infinity'),
        ('"duration":3.0', '"duration":1e999'),
        ('"end":1.0', '"end":-Infinity'),
        ('"text":"said"', '"text":"half a pair \\ud83d"'),
        ('"code":"en"', '"code":"english\\u0000"'),
        ('"id":0', '"id":99999999999999'),
        ('"id":0', '"id":-1'),
    ],
    ids=["NaN", "Infinity", "too large", "-Infinity", "surrogate", "language", "number", "negative"],
)
async def test_a_result_that_cannot_be_read_or_stored_fails_its_own_job_and_stops_nobody(
    database: Database, broker: Broker, publisher: Publisher, old: str, new: str
) -> None:
    job, beside = await born(database, Stage.SHORT), await born(database, Stage.SHORT, analyze=False)
    async with writing(database, broker, publisher):
        await deliver(publisher, in_place_of(short(job.id, "said"), old, new), short(beside.id, "fine"))
        row = await eventually(lambda: ended(database, job.id))
        other = await eventually(lambda: ended(database, beside.id))
    assert (row.status, row.error["code"]) == (JobStatus.FAILED, "unit_died")
    assert other.status == JobStatus.COMPLETED
    assert await depth(broker, dead_queue(routes.RESULTS_QUEUE)) == 1


async def test_a_unit_that_cannot_exist_stops_nobody(
    database: Database, broker: Broker, publisher: Publisher
) -> None:
    job = await born(database, Stage.SHORT, analyze=False)
    impossible = message(UnitFailed(unit=unit(job.id, Stage.CHUNK, 10**12), error=failed_error()))
    row = await stored(database, broker, publisher, impossible, short(job.id, "fine"))
    assert row.status == JobStatus.COMPLETED


def failed_error() -> Error:
    return failed(UUID(int=1), Stage.CHUNK).data.error  # type: ignore[attr-defined, no-any-return]  # UnitFailed's


async def test_over_long_words_are_stored_whole(
    database: Database, broker: Broker, publisher: Publisher
) -> None:
    job = await born(database, Stage.SHORT, analyze=False)
    long = "wo\u0301rd " * 40_000
    await stored(database, broker, publisher, short(job.id, long))
    async with database.transaction() as session:
        [segment] = await results.segments(session, job.id, 1)
    assert segment.text == long
