"""What jobs use is counted once, whatever is delivered twice."""

from typing import Any

from sqlmodel import select

from result_writer.handler import Rules, store_results
from scribeline.contracts.analysis import PartAnalyzed, Tokens
from scribeline.contracts.unit import Stage
from scribeline.storage.database import Database
from scribeline.storage.models import UsageRow
from tests.support import births
from tests.support.births import born
from tests.support.roles import as_writer

MINUTE = 60.0


async def write(database: Database, *messages: Any) -> None:
    await store_results(messages, database=as_writer(database), rules=Rules(), committed=lambda: None)


async def used(database: Database, tenant: str = "acme") -> UsageRow:
    async with database.transaction() as session:
        return (await session.exec(select(UsageRow).where(UsageRow.tenant == tenant))).one()


def analyzed(job: Any, prompt: int, completion: int) -> Any:
    tokens = Tokens(prompt=prompt, completion=completion)
    unit = births.unit(job, Stage.ANALYZE)
    return births.message(PartAnalyzed(unit=unit, analysis=births.analysis(), tokens=tokens))


async def test_audio_and_tokens_count_once_however_often_they_are_told(database: Database) -> None:
    job = await born(database, Stage.PLAN)
    plan = births.planned(job.id, 2)
    await write(database, plan, plan)
    await write(database, plan)
    await write(database, births.chunk(job.id, 0, "a"), births.chunk(job.id, 1, "b"))
    done = analyzed(job.id, 300, 40)
    await write(database, done, done)
    await write(database, done, plan)
    row = await used(database)
    assert (row.jobs, row.bytes, row.audio_seconds) == (1, 3, MINUTE)
    assert (row.prompt_tokens, row.completion_tokens) == (300, 40)


async def test_two_jobs_of_one_batch_and_another_tenants_add_up(database: Database) -> None:
    mine = [await born(database, Stage.PLAN) for _ in range(2)]
    theirs = await born(database, Stage.SHORT, tenant="other")
    await write(database, *(births.planned(job.id, 2) for job in mine), births.short(theirs.id, "hello"))
    assert [(await used(database)).audio_seconds, (await used(database, "other")).audio_seconds] == [
        2 * MINUTE,
        3.0,
    ]


async def test_what_is_tried_again_counts_the_audio_only_where_it_is_decoded_again(
    database: Database,
) -> None:
    job = await born(database, Stage.PLAN)
    await write(database, births.planned(job.id, 2), births.chunk(job.id, 0, "a"))
    await write(database, births.failed(job.id, Stage.CHUNK, 1))
    await write(database, births.analyzed(job.id))
    await write(database, births.retry(job.id))
    await write(database, births.in_run(2, births.chunk(job.id, 1, "b")))
    assert (await used(database)).audio_seconds == MINUTE
    again = await born(database, Stage.PLAN)
    await write(database, births.failed(again.id, Stage.PLAN))
    await write(database, births.retry(again.id))
    await write(database, births.in_run(2, births.planned(again.id, 2)))
    assert (await used(database)).audio_seconds == 2 * MINUTE


async def test_a_job_of_which_nothing_was_decoded_costs_no_minutes(database: Database) -> None:
    job = await born(database, Stage.PLAN)
    await write(database, births.failed(job.id, Stage.PLAN))
    assert ((await used(database)).jobs, (await used(database)).audio_seconds) == (1, 0)
