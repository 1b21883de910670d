"""The writer against a real database: what stands after results came late, twice, in any order, or wrong."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from result_writer.handler import Rules, store_results
from scribeline.contracts.envelope import Envelope, decode
from scribeline.contracts.job import JobStatus, TranscriptCompleted
from scribeline.contracts.transcription import Channels, Gap, TranscriptionOptions
from scribeline.contracts.unit import Stage
from scribeline.storage import outbox, results
from scribeline.storage.database import Database
from scribeline.storage.models import JobRow, UnitRow
from tests.support.births import (
    analyzed,
    born,
    chunk,
    failed,
    handed_back,
    handled,
    merged,
    piece,
    planned,
    retry,
    short,
)
from tests.support.golden import HANDLED
from tests.support.outboxes import announced
from tests.support.roles import as_writer
from tests.support.scrapes import sample

RULES = Rules(window=4, part_tokens=40)


async def write(database: Database, *batch: Envelope, rules: Rules = RULES) -> None:
    await store_results(batch, database=as_writer(database), rules=rules, committed=lambda: None)


async def job_of(database: Database, id_: UUID) -> JobRow:
    async with database.transaction() as session:
        return (await session.exec(select(JobRow).where(col(JobRow.id) == id_))).one()


async def types(database: Database) -> list[str]:
    return [event.type for event in await announced(database)]


async def sent_units(database: Database, queue: str) -> list[tuple[UUID, int]]:
    """Which units were released into a queue, in order."""
    async with database.transaction() as session:
        rows = await outbox.claim(session, 1000, timedelta(0))
    envelopes = [decode(row.body) for row in rows if row.routing_key == queue]
    return [(e.subject, e.data.unit.index) for e in envelopes]  # type: ignore[attr-defined]  # commands have units


async def stored(database: Database, job: UUID) -> Any:
    async with database.transaction() as session:
        lines = await results.lines(session, job, 1)
        gaps = await results.gaps(session, job, 1)
        final = await results.final_analysis(session, job, 1)
        units = (await session.exec(select(UnitRow).where(col(UnitRow.job) == job))).all()
        row = (await session.exec(select(JobRow).where(col(JobRow.id) == job))).one()
    states = sorted((u.stage, u.index, u.run, u.status) for u in units)
    return row.status, row.progress, row.error, row.sequence, row.stages, lines, gaps, final, states


async def test_a_short_job_ends_completed_with_its_words_and_each_event_once(database: Database) -> None:
    job = await born(database, Stage.SHORT)
    await write(database, short(job.id, " Hello.", " World."))
    await write(database, analyzed(job.id))
    after = await job_of(database, job.id)
    assert (after.status, after.progress, after.duration) == (JobStatus.COMPLETED, 100, 3.0)
    assert await types(database) == [
        "job.accepted",
        "transcript.completed",
        "analysis.completed",
        "job.completed",
    ]
    told = next(e.data for e in await announced(database) if isinstance(e.data, TranscriptCompleted))
    assert told.text == "Hello. World."


async def test_what_turns_out_long_is_planned_and_cut_into_units(database: Database) -> None:
    job = await born(database, Stage.SHORT)
    await write(database, handed_back(job.id))
    await write(database, planned(job.id, 3))
    assert await sent_units(database, "transcriber.chunks") == [(job.id, 0), (job.id, 1), (job.id, 2)]
    assert (await job_of(database, job.id)).status == JobStatus.TRANSCRIBING


async def test_how_a_unit_was_handled_is_stored_and_taken_over_into_the_next_run(database: Database) -> None:
    job = await born(database)
    told = HANDLED.model_copy(update={"attempt": 3})
    await write(database, handled(planned(job.id, 2), told))
    await write(database, handled(chunk(job.id, 0, "One."), HANDLED), failed(job.id, Stage.CHUNK, 1))
    await write(database, analyzed(job.id))
    await write(database, retry(job.id))
    async with database.transaction() as session:
        found = await session.exec(select(UnitRow).where(col(UnitRow.job) == job.id))
        rows = {(row.stage, row.index, row.run): row for row in found}
    for run in (1, 2):
        plan = rows[Stage.PLAN, 0, run]
        assert (plan.attempts, plan.began_at, plan.put_off_at) == (3, told.began_at, told.put_off_at)
        assert rows[Stage.CHUNK, 0, run].handled_seconds == HANDLED.seconds
        untold = rows[Stage.CHUNK, 1, run]
        assert (untold.attempts, untold.began_at, untold.handled_seconds) == (None, None, None)


def everything(job: UUID) -> list[list[Envelope]]:
    """All results of a job of five pieces, one lost, in waves that can only follow one another."""
    pieces = [chunk(job, n, f"This is piece number {n}.") for n in (0, 1, 2, 4)]
    return [
        [planned(job, 5, (Gap(start=150.0, end=200.0, reason="silence"),))],
        [*pieces, failed(job, Stage.CHUNK, 3)],
        [analyzed(job, n) for n in range(4)],
        [merged(job)],
    ]


@pytest.mark.parametrize("seed", range(6))
async def test_any_order_any_batching_and_any_repetition_end_in_the_same_state(
    database: Database, seed: int
) -> None:
    random = Random(seed)
    plain, shuffled = await born(database), await born(database)
    for wave in everything(plain.id):
        await write(database, *wave)
    seen: list[Envelope] = []
    for wave in everything(shuffled.id):
        seen += wave
        deliveries = wave + random.choices(seen, k=6)
        random.shuffle(deliveries)
        while deliveries:
            size = random.randint(1, 4)
            await write(database, *deliveries[:size])
            deliveries = deliveries[size:]
    one, other = await stored(database, plain.id), await stored(database, shuffled.id)
    assert one[0] == JobStatus.COMPLETED
    assert one == other


async def test_a_piece_that_died_is_a_gap_in_a_completed_transcript(database: Database) -> None:
    job = await born(database, analyze=False)
    await write(database, planned(job.id, 2))
    await write(database, chunk(job.id, 0, "Here."), failed(job.id, Stage.CHUNK, 1))
    status, _, _, _, _, lines, gaps, _, _ = await stored(database, job.id)
    assert status == JobStatus.COMPLETED
    assert [line.text for line in lines] == ["Here."]
    assert gaps == [Gap(start=30.0, end=60.0, reason="unit_died")]


async def test_a_lost_piece_of_one_channel_is_a_gap_of_its_speaker_on_the_files_clock(
    database: Database,
) -> None:
    options = TranscriptionOptions(channels=Channels.SPLIT, start=600.0)
    job = await born(database, analyze=False, options=options)
    pieces = tuple(piece(n // 2).model_copy(update={"index": n, "channel": n % 2}) for n in range(4))
    await write(database, planned(job.id, 2, channels=2, cut=pieces))
    async with database.transaction() as session:
        found = select(UnitRow).where(UnitRow.job == job.id, UnitRow.stage == Stage.CHUNK)
        assert {row.command["channels"] for row in await session.exec(found)} == {2}
    await write(
        database,
        chunk(job.id, 0, "Left, first.", start=600.0, speaker="channel 1"),
        chunk(job.id, 2, "Left, then.", start=630.0, speaker="channel 1"),
        chunk(job.id, 1, "Right, between.", start=610.0, speaker="channel 2"),
        failed(job.id, Stage.CHUNK, 3),
    )
    _, _, _, _, _, lines, gaps, _, _ = await stored(database, job.id)
    assert [(line.speaker, line.text) for line in lines] == [
        ("channel 1", "Left, first."),
        ("channel 2", "Right, between."),
        ("channel 1", "Left, then."),
    ]
    assert gaps == [Gap(start=630.0, end=660.0, reason="unit_died", speaker="channel 2")]


async def test_a_job_of_which_nothing_is_left_fails_with_the_first_pieces_error(database: Database) -> None:
    job = await born(database)
    await write(database, planned(job.id, 2))
    await write(database, failed(job.id, Stage.CHUNK, 1))
    await write(database, failed(job.id, Stage.CHUNK, 0))
    after = await job_of(database, job.id)
    assert after.status == JobStatus.FAILED
    assert after.error is not None
    assert after.error["code"] == "unit_died"
    assert (await types(database))[-1] == "job.failed"


async def test_a_recording_without_speech_completes_with_an_empty_transcript(database: Database) -> None:
    job = await born(database)
    await write(database, planned(job.id, 0, (Gap(start=0.0, end=9.0, reason="silence"),)))
    after = await job_of(database, job.id)
    assert after.status == JobStatus.COMPLETED
    assert [stage["status"] for stage in after.stages] == ["completed", "skipped"]


async def test_a_failed_analysis_leaves_the_job_completed_and_says_why(database: Database) -> None:
    job = await born(database, Stage.SHORT)
    await write(database, short(job.id, "Hello."))
    await write(database, failed(job.id, Stage.ANALYZE))
    after = await job_of(database, job.id)
    assert after.status == JobStatus.COMPLETED
    assert after.stages[1]["status"] == "failed"
    assert after.stages[1]["error"]["code"] == "unit_died"
    assert (await types(database))[-2:] == ["analysis.failed", "job.completed"]


async def test_results_of_a_job_or_unit_that_does_not_exist_change_nothing(database: Database) -> None:
    job = await born(database)
    before = sample('scribeline_dropped_results_total{reason="unknown"}')
    await write(database, chunk(UUID(int=7), 0, "x"), chunk(job.id, 9, "x"), merged(job.id))
    assert sample('scribeline_dropped_results_total{reason="unknown"}') == before + 3
    assert (await job_of(database, job.id)).status == JobStatus.QUEUED


async def test_words_that_postgresql_cannot_hold_are_cleaned_and_kept(database: Database) -> None:
    job = await born(database, Stage.SHORT)
    await write(database, short(job.id, "a\x00b \\u0000 \U0001f600"))
    async with database.transaction() as session:
        (line,) = await results.lines(session, job.id, 1)
    assert line.text == "ab \\u0000 \U0001f600"


async def test_a_tenant_has_no_more_units_in_a_queue_than_its_window_and_its_jobs_take_turns(
    database: Database,
) -> None:
    long, late = await born(database), await born(database)
    await write(database, planned(long.id, 10))
    await write(database, planned(late.id, 10))
    assert [job for job, _ in await sent_units(database, "transcriber.chunks")] == [long.id] * 4
    await write(database, chunk(long.id, 0, "a"))
    await write(database, chunk(long.id, 1, "a"))
    jobs = [job for job, _ in await sent_units(database, "transcriber.chunks")]
    assert jobs[4:] == [late.id, late.id], "the second job does not wait for the first one to end"


async def test_a_heavy_tenant_takes_no_place_of_a_light_one(database: Database) -> None:
    for _ in range(6):
        await born(database, Stage.SHORT, window=4)
    light = await born(database, Stage.SHORT, window=4, tenant="light")
    released = await sent_units(database, "transcriber.short")
    assert len(released) == 5
    assert released[-1] == (light.id, 0)


async def test_two_writers_with_the_same_jobs_neither_deadlock_nor_count_twice(database: Database) -> None:
    rules = Rules(window=100, part_tokens=10_000)
    jobs = [await born(database, analyze=False) for _ in range(4)]
    await write(database, *[planned(job.id, 8) for job in jobs], rules=rules)
    results = [chunk(job.id, n, f"{n}") for job in jobs for n in range(8)]

    async def writer(order: Sequence[Envelope]) -> None:
        for start in range(0, len(order), 5):
            await write(database, *order[start : start + 5], rules=rules)

    shuffled = list(results)
    Random(1).shuffle(shuffled)
    await asyncio.gather(writer(results), writer(shuffled), writer(results[::-1]))
    for job in jobs:
        status, *_ = await stored(database, job.id)
        assert status == JobStatus.COMPLETED
    async with database.transaction() as session:
        assert (await session.run(text("SELECT count(*) FROM segment"))).scalar_one() == 32
    assert (await types(database)).count("job.completed") == 4


async def test_births_at_two_gateways_and_results_at_two_writers_do_not_deadlock(database: Database) -> None:
    first = [await born(database, Stage.SHORT, window=4, analyze=False) for _ in range(8)]

    async def gateway() -> list[JobRow]:
        return [await born(database, Stage.SHORT, window=4, analyze=False) for _ in range(12)]

    async def writer(order: Sequence[JobRow]) -> None:
        for start in range(0, len(order), 3):
            await write(database, *[short(job.id, "x") for job in order[start : start + 3]])

    one, other, *_ = await asyncio.gather(gateway(), gateway(), writer(first), writer(first[::-1]))
    rest = [*one, *other]
    await asyncio.gather(writer(rest), writer(rest[::-1]))
    for job in [*first, *rest]:
        assert (await job_of(database, job.id)).status == JobStatus.COMPLETED
    async with database.transaction() as session:
        left = await session.run(text("SELECT count(*) FROM unit WHERE status = 'waiting'"))
        assert left.scalar_one() == 0, "every unit was released once there was room"
