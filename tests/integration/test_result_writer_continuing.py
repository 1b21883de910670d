"""A recording that continues another one: its transcript is both, whatever ends first, and however."""

import asyncio
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from result_writer.handler import Rules, store_results
from result_writer.recovery import Recovery
from scribeline.contracts.analysis import AnalyzePart
from scribeline.contracts.envelope import Envelope, decode
from scribeline.contracts.failures import Fail
from scribeline.contracts.job import JobRequest, JobStatus, TranscriptCompleted
from scribeline.contracts.transcription import Gap, GivenSegment, TranscriptionOptions, Word
from scribeline.contracts.unit import Stage
from scribeline.storage import continuing, followers, results
from scribeline.storage.database import EVERYBODY, Database
from scribeline.storage.models import JobRow, SegmentRow, UnitRow
from scribeline.storage.reruns import Rerun, open_rerun
from tests.support.births import (
    analyzed,
    born,
    cancel,
    chunk,
    failed,
    in_run,
    planned,
    retry,
    short,
)
from tests.support.outboxes import announced
from tests.support.roles import as_gateway, as_writer

SECONDS = 3.0
"""Of a short recording, as `births.short` has it."""


async def write(database: Database, *batch: Envelope) -> None:
    await store_results(batch, database=as_writer(database), rules=Rules(), committed=lambda: None)


async def taken_requests(database: Database) -> list[Envelope]:
    """What was asked of the writer, and is not asked any more."""
    async with database.transaction(EVERYBODY) as session:
        rows = await session.run(
            text("DELETE FROM outbox WHERE exchange = 'scribeline.results' RETURNING body")
        )
        found = [decode(bytes(row.body)) for row in rows]
    return [envelope for envelope in found if isinstance(envelope.data, JobRequest)]


async def settle(database: Database, *, times: int = 1) -> int:
    """Let the writer hear all that it was asked, each so many times; how often it was asked."""
    asked = 0
    while found := await taken_requests(database):
        asked += len(found)
        for envelope in found:
            await write(database, *[envelope] * times)
    return asked


async def job_of(database: Database, id_: UUID) -> JobRow:
    async with database.transaction(EVERYBODY) as session:
        return (await session.exec(select(JobRow).where(JobRow.id == id_))).one()


async def said(database: Database, job: UUID, run: int = 1) -> list[tuple[float, str]]:
    async with database.transaction(EVERYBODY) as session:
        return [(s.start, s.text) for s in await results.segments(session, job, run)]


async def gaps(database: Database, job: UUID, run: int = 1) -> list[Gap]:
    async with database.transaction(EVERYBODY) as session:
        return await results.gaps(session, job, run)


async def parts(database: Database, job: UUID) -> list[AnalyzePart]:
    async with database.transaction(EVERYBODY) as session:
        asked = select(UnitRow).where(UnitRow.job == job, UnitRow.stage == Stage.ANALYZE)
        return [AnalyzePart.model_validate(unit.command) for unit in await session.exec(asked)]


async def told(database: Database, job: UUID) -> list[str]:
    return [e.type for e in await announced(database) if e.subject == job and "progressed" not in e.type]


async def short_job(database: Database, continues: UUID | None = None, **given: Any) -> UUID:
    return (await born(database, Stage.SHORT, continues=continues, **given)).id


async def test_the_transcript_is_both_on_one_clock_and_the_analysis_is_asked_of_the_whole(
    database: Database,
) -> None:
    first = await short_job(database)
    await write(database, short(first, "One.", "Two."))
    second = await short_job(database, first)
    await write(database, short(second, "Three."))
    assert await said(database, second) == [(0.0, "One."), (1.0, "Two."), (3.0, "Three.")]
    assert await said(database, first) == [(0.0, "One."), (1.0, "Two.")]
    [part] = await parts(database, second)
    assert [(line.number, line.start, line.text) for line in part.lines] == [
        (0, 0.0, "One."),
        (1, 1.0, "Two."),
        (2, 3.0, "Three."),
    ]
    events = [e.data for e in await announced(database) if e.subject == second]
    [complete] = [event for event in events if isinstance(event, TranscriptCompleted)]
    assert (complete.text, complete.duration, complete.segments) == ("One. Two. Three.", 2 * SECONDS, 3)
    row = await job_of(database, second)
    assert (row.offset_seconds, row.duration, row.confidence) == (SECONDS, SECONDS, 0.9)
    await write(database, analyzed(second))
    assert (await job_of(database, second)).status == JobStatus.COMPLETED


async def test_it_waits_for_the_transcript_before_and_is_told_when_that_is_there(
    database: Database,
) -> None:
    first = await short_job(database)
    second = await short_job(database, first)
    await write(database, short(second, "Two."))
    row = await job_of(database, second)
    assert (row.status, row.transcribed_at, row.finished_at) == (JobStatus.TRANSCRIBING, None, None)
    assert 0 < row.progress < 100
    assert await told(database, second) == ["job.accepted"]
    assert await settle(database) == 0
    await write(database, short(first, "One."))
    assert await settle(database) == 1
    assert await said(database, second) == [(0.0, "One."), (3.0, "Two.")]
    after = await job_of(database, second)
    assert (after.status, after.progress >= row.progress) == (JobStatus.ANALYZING, True)
    assert await told(database, second) == ["job.accepted", "transcript.completed"]


async def test_a_job_that_waits_is_looked_at_in_vain_without_a_word(database: Database) -> None:
    first = await short_job(database)
    second = await short_job(database, first)
    await write(database, short(second, "Two."))
    before = (await job_of(database, second), await announced(database))
    for _ in range(2):
        async with database.transaction(EVERYBODY) as session:
            await followers.wake(session, [first], source="test")
        assert await settle(database, times=2) == 1
    assert (await job_of(database, second), await announced(database)) == before


async def test_a_wake_up_that_the_broker_lost_is_made_up_for_and_nobody_is_bothered_before(
    database: Database,
) -> None:
    first = await short_job(database, analyze=False)
    second = await short_job(database, first, analyze=False)
    await write(database, short(second, "Two."))
    recovery = Recovery(as_writer(database), None, 32, lambda: None)
    assert [await recovery.advance_standing() for _ in range(3)] == [0, 0, 0]
    await write(database, short(first, "One."))
    await taken_requests(database)
    assert [await recovery.advance_standing() for _ in range(2)] == [0, 1]
    assert await settle(database) == 1
    assert await recovery.advance_standing() == 0
    assert (await job_of(database, second)).status == JobStatus.COMPLETED
    assert await said(database, second) == [(0.0, "One."), (3.0, "Two.")]


async def test_without_an_analysis_it_ends_when_the_transcript_before_is_there(database: Database) -> None:
    first = await short_job(database, analyze=False)
    second = await short_job(database, first, analyze=False)
    await write(database, short(second, "Two."))
    assert (await job_of(database, second)).progress == 99
    await write(database, short(first, "One."))
    await settle(database)
    after = await job_of(database, second)
    assert (after.status, after.progress) == (JobStatus.COMPLETED, 100)


@pytest.mark.parametrize("times", [1, 2])
async def test_a_chain_ends_the_same_in_every_order_and_with_every_message_twice(
    database: Database, times: int
) -> None:
    for order in permutations(range(3)):
        chain: list[UUID] = []
        for _ in range(3):
            chain.append(await short_job(database, chain[-1] if chain else None, analyze=False))
        for place in order:
            await write(database, *[short(chain[place], f"Part {place}.")] * times)
            await settle(database, times=times)
        assert await said(database, chain[2]) == [(0.0, "Part 0."), (3.0, "Part 1."), (6.0, "Part 2.")]
        for job in chain:
            assert (await job_of(database, job)).status == JobStatus.COMPLETED
            assert await told(database, job) == ["job.accepted", "transcript.completed", "job.completed"]


async def test_all_of_a_chain_in_one_batch_needs_nobody_to_wake_it(database: Database) -> None:
    first = await short_job(database, analyze=False)
    second = await short_job(database, first, analyze=False)
    await write(database, short(second, "Two."), short(first, "One."))
    assert await said(database, second) == [(0.0, "One."), (3.0, "Two.")]
    assert await taken_requests(database) == []


async def test_two_writers_at_once_leave_nobody_waiting(database: Database) -> None:
    for _ in range(10):
        first = await short_job(database, analyze=False)
        second = await short_job(database, first, analyze=False)
        await asyncio.gather(write(database, short(first, "One.")), write(database, short(second, "Two.")))
        await settle(database)
        assert await said(database, second) == [(0.0, "One."), (3.0, "Two.")]
        assert (await job_of(database, second)).status == JobStatus.COMPLETED


async def mark_deleted(database: Database, job: UUID) -> None:
    async with database.transaction(EVERYBODY) as session:
        await session.run(text("UPDATE job SET deleted_at = now() WHERE id = :job"), {"job": job})


async def remove(database: Database, job: UUID) -> None:
    async with database.transaction(EVERYBODY) as session:
        await session.run(text("DELETE FROM job WHERE id = :job"), {"job": job})


@pytest.mark.parametrize("how", ["failed", "cancelled", "deleted"])
@pytest.mark.parametrize("ends_first", [True, False])
async def test_where_the_one_before_ends_without_a_transcript_it_goes_on_alone_and_says_so(
    database: Database, how: str, ends_first: bool
) -> None:
    first = await short_job(database)
    second = await short_job(database, first)

    async def end() -> None:
        if how == "deleted":
            await mark_deleted(database, first)
        await write(database, failed(first, Stage.SHORT) if how == "failed" else cancel(first))

    if ends_first:
        await end()
    await write(database, short(second, "Two."))
    if not ends_first:
        assert (await job_of(database, second)).status == JobStatus.TRANSCRIBING
        await end()
    await settle(database)
    row = await job_of(database, second)
    assert (row.status, row.offset_seconds, row.continues) == (JobStatus.ANALYZING, 0.0, first)
    assert await said(database, second) == [(0.0, "Two.")]
    assert await gaps(database, second) == [Gap(start=0.0, end=0.0, reason="recording_missing")]


async def test_a_deleted_transcript_is_not_continued_but_what_was_continued_stays(database: Database) -> None:
    first = await short_job(database)
    await write(database, short(first, "One."))
    early, late = await short_job(database, first), await short_job(database, first)
    await write(database, short(early, "Early."))
    await mark_deleted(database, first)
    await write(database, short(late, "Late."))
    await remove(database, first)
    assert await said(database, early) == [(0.0, "One."), (3.0, "Early.")]
    assert await said(database, late) == [(0.0, "Late.")]
    assert [gap.reason for gap in await gaps(database, late)] == ["recording_missing"]


async def test_a_recording_that_failed_is_passed_over_to_the_one_before_it(database: Database) -> None:
    first = await short_job(database)
    second = await short_job(database, first)
    third = await short_job(database, second)
    await write(database, short(third, "Three."), failed(second, Stage.SHORT))
    await settle(database)
    assert (await job_of(database, third)).status == JobStatus.TRANSCRIBING
    await write(database, short(first, "One."))
    assert await settle(database) == 1
    assert await said(database, third) == [(0.0, "One."), (3.0, "Three.")]
    assert await gaps(database, third) == [Gap(start=3.0, end=3.0, reason="recording_missing")]


async def test_what_was_given_to_a_recording_that_failed_is_not_lost_to_the_next_one(
    database: Database,
) -> None:
    first = await short_job(database, given=(GivenSegment(text="Before.", start=0, end=2.5),))
    second = await short_job(database, first)
    await write(database, failed(first, Stage.SHORT), short(second, "Two."))
    assert await said(database, second) == [(0.0, "Before."), (2.5, "Two.")]
    assert [gap.reason for gap in await gaps(database, second)] == ["recording_missing"]


async def test_one_that_is_cancelled_while_it_waits_stays_cancelled(database: Database) -> None:
    first = await short_job(database)
    second = await short_job(database, first)
    await write(database, short(second, "Two."))
    await write(database, cancel(second))
    await write(database, short(first, "One."))
    assert await settle(database) == 0
    row = await job_of(database, second)
    assert (row.status, row.offset_seconds) == (JobStatus.CANCELLED, None)


async def test_a_transcript_whose_analysis_was_cancelled_or_failed_is_continued(database: Database) -> None:
    one, other = await short_job(database), await short_job(database)
    await write(database, short(one, "One."), short(other, "Other."))
    await write(database, cancel(one), failed(other, Stage.ANALYZE))
    for first, words in ((one, "One."), (other, "Other.")):
        second = await short_job(database, first)
        await write(database, short(second, "Two."))
        assert [text for _, text in await said(database, second)] == [words, "Two."]


async def test_gaps_and_words_are_moved_to_the_one_clock(database: Database) -> None:
    first = (await born(database)).id
    await write(database, planned(first, 2, (Gap(start=5.0, end=9.0, reason="silence"),)))
    await write(database, chunk(first, 0, "One."), failed(first, Stage.CHUNK, 1))
    second = (await born(database, continues=first)).id
    await write(database, planned(second, 2, (Gap(start=1.25, end=2.0, reason="silence"),)))
    spoken = chunk(second, 0, "Two.").data
    word = Word(start=0.1, end=0.7, text="Two.", probability=0.5)
    heard = spoken.transcribed.segments[0].model_copy(update={"words": (word,)})  # type: ignore[attr-defined]  # of a chunk
    transcribed = spoken.transcribed.model_copy(update={"segments": (heard,)})  # type: ignore[attr-defined]  # of a chunk
    envelope = chunk(second, 0).model_copy(
        update={"data": spoken.model_copy(update={"transcribed": transcribed})}
    )
    await write(database, envelope, failed(second, Stage.CHUNK, 1))
    assert await gaps(database, second) == [
        Gap(start=5.0, end=9.0, reason="silence"),
        Gap(start=30.0, end=60.0, reason="unit_died"),
        Gap(start=61.25, end=62.0, reason="silence"),
        Gap(start=90.0, end=120.0, reason="unit_died"),
    ]
    async with database.transaction(EVERYBODY) as session:
        *_, last = await results.segments(session, second, 1)
        assert (last.start, last.end) == (60.0, 61.0)
        assert [(w["start"], w["end"]) for w in last.words or ()] == [(60.1, 60.7)]
    async with database.transaction(EVERYBODY) as session:  # what is stored keeps the recording's own clock
        own = select(SegmentRow).where(SegmentRow.job == second, SegmentRow.run == 1)
        assert [row.start for row in await session.exec(own)] == [0.0]


async def test_a_recording_heard_from_its_middle_is_continued_behind_its_end(database: Database) -> None:
    first = await short_job(database, options=TranscriptionOptions(start=60.0))
    await write(database, short(first, "One."))
    second = await short_job(database, first)
    await write(database, short(second, "Two."))
    assert (await said(database, second))[-1] == (63.0, "Two.")


async def test_pieces_that_are_tried_again_find_what_comes_before(database: Database) -> None:
    first = await short_job(database)
    await write(database, short(first, "One."))
    second = (await born(database, continues=first, analyze=False)).id
    await write(database, planned(second, 2))
    await write(database, chunk(second, 0, "Two."), failed(second, Stage.CHUNK, 1))
    await remove(database, first)
    await write(database, retry(second))
    await write(database, in_run(2, chunk(second, 1, "Three.")))
    assert await said(database, second, 2) == [(0.0, "One."), (3.0, "Two."), (33.0, "Three.")]
    assert await said(database, second, 1) == [(0.0, "One."), (3.0, "Two.")]


async def test_a_recording_that_is_heard_again_keeps_what_comes_before(database: Database) -> None:
    first = await short_job(database, analyze=False)
    second = await short_job(database, first, analyze=False)
    await write(database, short(first, "One."), short(second, "Two."))
    rerun = Rerun(Stage.SHORT, TranscriptionOptions(), analyze=False, brief=None, recorded_at=None)
    async with as_gateway(database).transaction("acme") as session:
        row = (await session.exec(select(JobRow).where(JobRow.id == second).with_for_update())).one()
        await open_rerun(session, row, rerun, window=32, source="test")
    await write(database, in_run(2, short(second, "Two again.")))
    assert await said(database, second, 1) == [(0.0, "One."), (3.0, "Two.")]
    assert await said(database, second, 2) == [(0.0, "One."), (3.0, "Two again.")]
    assert (await job_of(database, second)).status == JobStatus.COMPLETED


async def test_a_transcript_that_is_made_again_is_waited_for(database: Database) -> None:
    first = (await born(database, analyze=False)).id
    await write(database, planned(first, 2))
    await write(database, chunk(first, 0, "One."), failed(first, Stage.CHUNK, 1))
    second = await short_job(database, first, analyze=False)
    await write(database, retry(first))
    await write(database, short(second, "Two."))
    assert (await job_of(database, second)).status == JobStatus.TRANSCRIBING
    await write(database, in_run(2, chunk(first, 1, "Again.")))
    await settle(database)
    assert [text for _, text in await said(database, second)] == ["One.", "Again.", "Two."]


async def test_a_silent_recording_is_still_analyzed_with_what_comes_before(database: Database) -> None:
    first = await short_job(database)
    await write(database, short(first, "One."))
    second = await short_job(database, first)
    await write(database, short(second))
    assert [line.text for part in await parts(database, second) for line in part.lines] == ["One."]


async def test_a_given_transcript_comes_before_with_its_own_times_and_no_confidence(
    database: Database,
) -> None:
    given = (
        GivenSegment(text="Good morning.", start=0.5, end=2.0, speaker="Ann"),
        GivenSegment(text="Hello.", start=1.5, end=4.25, speaker="Ben"),
    )
    job = await short_job(database, given=given)
    assert await said(database, job) == [(0.5, "Good morning."), (1.5, "Hello.")]
    await write(database, short(job, "Now."))
    assert (await said(database, job))[-1] == (4.25, "Now.")
    row = await job_of(database, job)
    assert (row.offset_seconds, row.confidence) == (4.25, 0.9)
    [part] = await parts(database, job)
    assert [line.speaker for line in part.lines] == ["Ann", "Ben", None]


async def test_a_given_text_without_times_stands_first_in_its_order_and_takes_no_time(
    database: Database,
) -> None:
    texts = [f"Line {n}." for n in range(12)]
    job = await short_job(database, given=tuple(GivenSegment(text=text) for text in texts))
    await write(database, short(job, "Now."))
    assert await said(database, job) == [(0.0, text) for text in [*texts, "Now."]]
    async with database.transaction(EVERYBODY) as session:
        untimed = [row.untimed for row in await results.segments(session, job, 1)]
    assert untimed == [True] * 12 + [False]


async def test_a_transcript_that_is_too_long_is_told_of_at_once_or_with_a_gap(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(continuing, "MOST_SEGMENTS", 2)
    first = await short_job(database)
    second = await short_job(database, first)
    await write(database, short(first, "One.", "Two.", "Three."), short(second, "Four."))
    assert await said(database, second) == [(0.0, "Four.")]
    assert [gap.reason for gap in await gaps(database, second)] == ["transcript_too_long"]
    with pytest.raises(Fail, match="continues: its transcript has more than"):
        await short_job(database, first)


@pytest.mark.parametrize("whose", ["nobody's", "another tenant's", "deleted"])
async def test_nothing_is_born_that_continues_what_is_not_there(database: Database, whose: str) -> None:
    id_ = uuid4()
    if whose == "another tenant's":
        id_ = (await born(database, Stage.SHORT, tenant="other")).id
    elif whose == "deleted":
        id_ = await short_job(database)
        await mark_deleted(database, id_)
    with pytest.raises(Fail, match="there is no such job"):
        await short_job(database, id_)
    async with database.transaction(EVERYBODY) as session:
        found = await session.exec(select(JobRow).where(col(JobRow.continues).is_not(None)))
        assert found.all() == []


async def test_who_is_born_while_the_one_before_ends_is_seen_by_it_or_sees_it(database: Database) -> None:
    for _ in range(5):
        first = await short_job(database, analyze=False)
        second, _ = await asyncio.gather(
            short_job(database, first, analyze=False), write(database, short(first, "One."))
        )
        await write(database, short(second, "Two."))
        await settle(database)
        assert (await job_of(database, second)).status == JobStatus.COMPLETED
