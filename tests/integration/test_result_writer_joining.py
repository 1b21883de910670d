"""Chains of recordings that are long, silent, deleted or many: what they cost, and what is not lost."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from sqlalchemy import event as hooks

from result_writer import handler
from result_writer.recovery import Recovery
from scribeline.contracts.failures import Fail
from scribeline.contracts.job import JobStatus
from scribeline.contracts.transcription import Gap, GivenSegment, TranscriptionOptions
from scribeline.contracts.unit import Stage
from scribeline.storage import continuing
from scribeline.storage.database import EVERYBODY, Database
from scribeline.storage.outcomes import lock_jobs
from scribeline.storage.reruns import Rerun, open_rerun
from tests.integration.test_result_writer_continuing import (
    gaps,
    job_of,
    mark_deleted,
    remove,
    said,
    settle,
    short_job,
    taken_requests,
    write,
)
from tests.support.births import born, cancel, chunk, failed, in_run, planned, short
from tests.support.roles import as_gateway, as_writer

SILENCE = (Gap(start=1.0, end=2.0, reason="silence"),)


@asynccontextmanager
async def statements() -> AsyncIterator[list[tuple[str, int]]]:
    """What is asked of the database meanwhile by anybody here, and with how many rows of values."""
    asked: list[tuple[str, int]] = []

    def count(_: Any, __: Any, statement: str, rows: Any, ___: Any, many: bool) -> None:
        asked.append((statement, len(rows) if many else 1))

    hooks.listen(Engine, "before_cursor_execute", count)
    try:
        yield asked
    finally:
        hooks.remove(Engine, "before_cursor_execute", count)


async def heard_again(database: Database, job: UUID) -> None:
    """The user has the recording transcribed once more."""
    rerun = Rerun(Stage.SHORT, TranscriptionOptions(), analyze=False, brief=None, recorded_at=None)
    async with as_gateway(database).transaction("acme") as session:
        row = (await lock_jobs(session, [job]))[job]
        await open_rerun(session, row, rerun, window=32, source="test")


async def lengthen(database: Database, job: UUID, segments: int) -> None:
    async with database.transaction(EVERYBODY) as session:
        await session.run(
            text("""
                INSERT INTO segment (job, run, piece, id, tenant, start, "end", text, confidence, avg_logprob,
                                     no_speech_prob, words)
                SELECT :job, 1, 0, n, 'acme', 1 + n / 1000.0, 1 + n / 1000.0, 'word', 0.9, -0.1, 0,
                       '[{"text": "word", "start": 0.1, "end": 0.2, "probability": 0.5}]'
                FROM generate_series(100, 99 + :segments) n
            """),
            {"job": job, "segments": segments},
        )


async def test_gaps_before_are_read_once_however_many_pieces_have_gaps(database: Database) -> None:
    first = (await born(database, analyze=False)).id
    await write(database, planned(first, 1, SILENCE))
    await write(database, chunk(first, 0, "One."))
    second = (await born(database, continues=first, analyze=False)).id
    await write(database, planned(second, 2, SILENCE))
    await write(database, failed(second, Stage.CHUNK, 1), chunk(second, 0, "Two."))
    async with statements() as asked:
        found = await gaps(database, second)
    assert [gap.start for gap in found] == [1.0, 31.0, 60.0]
    assert [statement for statement, _ in asked if "gaps_before" in statement and "unit" in statement] == []


async def test_a_long_transcript_is_joined_with_the_same_statements_as_a_short_one(
    database: Database,
) -> None:
    seen = []
    for more in (0, 300):
        first = await short_job(database, analyze=False)
        await write(database, short(first, "One."))
        await lengthen(database, first, more)
        second = await short_job(database, first, analyze=False)
        third = await short_job(database, second, analyze=False)
        await write(database, short(second, "Two."))
        async with statements() as asked:
            await write(database, short(third, "Three."))
        spoken = await said(database, third)
        assert (len(spoken), spoken[-2:]) == (more + 3, [(3.0, "Two."), (6.0, "Three.")])
        seen.append(asked)
    assert seen[0] == seen[1] != []


async def test_a_long_transcript_that_is_given_is_stored_with_the_same_statements_as_a_short_one(
    database: Database,
) -> None:
    seen = []
    for many in (1, 300):
        async with statements() as asked:
            await short_job(database, given=tuple(GivenSegment(text=f"{n}.") for n in range(many)))
        seen.append(asked)
    assert seen[0] == seen[1] != []


@pytest.mark.parametrize("times", [1, 2])
async def test_many_that_continue_one_long_transcript_are_joined_one_after_the_other(
    database: Database, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    monkeypatch.setattr(handler, "JOINED_AT_ONCE", 2)
    first = await short_job(database, analyze=False)
    await write(database, short(first, "One."))
    later = [await short_job(database, first, analyze=False) for _ in range(4)]
    await write(database, *[short(job, "Two.") for job in later])
    rows = [await job_of(database, job) for job in later]
    assert [row.status for row in rows] == [JobStatus.COMPLETED] * 2 + [JobStatus.TRANSCRIBING] * 2
    assert await settle(database, times=times) == 2
    for job in later:
        assert await said(database, job) == [(0.0, "One."), (3.0, "Two.")]
        assert (await job_of(database, job)).status == JobStatus.COMPLETED


async def test_a_chain_of_silences_comes_to_an_end_that_is_told(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(continuing, "MOST_GAPS", 2)
    chain: list[UUID] = []
    for _ in range(3):
        chain.append((await born(database, continues=chain[-1] if chain else None, analyze=False)).id)
    late = await short_job(database, chain[-1], analyze=False)
    for job in chain:
        await write(database, planned(job, 1, SILENCE))
        await write(database, chunk(job, 0, "Here."))
    assert [gap.start for gap in await gaps(database, chain[-1])] == [1.0, 31.0, 61.0]
    await write(database, short(late, "Late."))
    assert await said(database, late) == [(0.0, "Late.")]
    assert [gap.reason for gap in await gaps(database, late)] == ["transcript_too_long"]
    with pytest.raises(Fail, match="or more than 5000 gaps"):
        await short_job(database, chain[-1])


@pytest.mark.parametrize("how", ["failed", "cancelled"])
async def test_a_transcript_stays_to_be_continued_when_hearing_it_again_came_to_nothing(
    database: Database, how: str
) -> None:
    first = await short_job(database, analyze=False, options=TranscriptionOptions(start=60.0))
    await write(database, short(first, "One."))
    second = await short_job(database, first, analyze=False)
    await heard_again(database, first)
    await write(database, short(second, "Two."))
    assert (await job_of(database, second)).status == JobStatus.TRANSCRIBING
    await write(database, in_run(2, failed(first, Stage.SHORT)) if how == "failed" else cancel(first))
    await settle(database)
    assert await said(database, second) == [(0.0, "One."), (63.0, "Two.")]
    assert await gaps(database, second) == []


async def test_a_recording_that_is_deleted_is_passed_over_to_the_one_before_it(database: Database) -> None:
    first = await short_job(database, analyze=False)
    await write(database, short(first, "One."))
    second = await short_job(database, first, analyze=False)
    third = await short_job(database, second, analyze=False)
    await write(database, short(third, "Three."))
    await mark_deleted(database, second)
    await write(database, cancel(second))
    await settle(database)
    assert await said(database, third) == [(0.0, "One."), (3.0, "Three.")]
    assert await gaps(database, third) == [Gap(start=3.0, end=3.0, reason="recording_missing")]


async def test_nothing_of_what_a_deleted_job_said_is_taken_while_its_row_is_there(database: Database) -> None:
    first = await short_job(database, analyze=False)
    second = await short_job(database, first, analyze=False)
    third = await short_job(database, second, analyze=False)
    await write(database, short(first, "One."), short(second, "Secret."))
    await mark_deleted(database, second)
    await write(database, short(third, "Three."))
    assert await said(database, third) == [(0.0, "One."), (3.0, "Three.")]


async def test_nothing_is_before_it_where_the_one_between_is_gone(database: Database) -> None:
    first = await short_job(database, analyze=False)
    await write(database, short(first, "One."))
    second = await short_job(database, first, analyze=False)
    third = await short_job(database, second, analyze=False)
    await remove(database, second)
    await write(database, short(third, "Three."))
    assert await said(database, third) == [(0.0, "Three.")]
    assert [gap.reason for gap in await gaps(database, third)] == ["recording_missing"]


@pytest.mark.parametrize("between", ["failed", "deleted"])
async def test_nobody_is_bothered_while_a_recording_far_ahead_is_under_way(
    database: Database, between: str
) -> None:
    first = await short_job(database, analyze=False)
    second = await short_job(database, first, analyze=False)
    third = await short_job(database, second, analyze=False)
    await write(database, short(third, "Three."))
    if between == "deleted":
        await mark_deleted(database, second)
    await write(database, failed(second, Stage.SHORT))
    await settle(database)
    assert (await job_of(database, third)).status == JobStatus.TRANSCRIBING
    recovery = Recovery(as_writer(database), None, 32, lambda: None)
    assert [await recovery.advance_standing() for _ in range(3)] == [0, 0, 0]
    await write(database, short(first, "One."))
    await taken_requests(database)
    assert [await recovery.advance_standing() for _ in range(2)] == [0, 1]
    assert await settle(database) == 1
    assert await said(database, third) == [(0.0, "One."), (3.0, "Three.")]
