"""Results in any order, repeated, in any batches, mixed with others: the same state in the end."""

from collections.abc import Sequence
from random import Random
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from uuid_utils.compat import uuid7

from scribeline.contracts.envelope import Envelope
from scribeline.contracts.job import JobStatus
from scribeline.contracts.unit import Stage
from scribeline.storage.database import Database
from tests.support import births
from tests.support.deliveries import Course, Script, in_disorder, in_order, state, store

scripts = st.builds(
    Script,
    turns_out_long=st.booleans(),
    chunks=st.lists(st.sampled_from([True, True, False]), max_size=7).map(tuple),
    parts=st.lists(st.sampled_from([True, True, False]), min_size=1, max_size=5).map(tuple),
    merges=st.lists(st.sampled_from([True, True, False]), min_size=1, max_size=3).map(tuple),
    analyze=st.booleans(),
    tried_again=st.booleans(),
    run_again=st.booleans(),
)
orders = st.integers(0, 2**32).map(Random)
"""Orders of deliveries, repetitions and batches."""


def examples(count: int) -> settings:
    # each example begins with jobs of its own in the database that they share
    allowed = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    # an order shrinks to nothing smaller, and each try costs a second
    phases = (Phase.explicit, Phase.generate)
    return settings(max_examples=count, deadline=None, suppress_health_check=allowed, phases=phases)


def noise(jobs: Sequence[UUID]) -> list[Envelope]:
    """Results that nobody waits for: of no job, of no unit, of a run to come, of what was never asked."""
    nobody = uuid7()
    of_nobody = [births.chunk(nobody, 0, "x"), births.short(nobody, "x"), births.cancel(nobody)]
    of_no_unit = [births.chunk(job, 99, "x") for job in jobs] + [births.merged(job, 99) for job in jobs]
    to_come = [births.in_run(7, births.failed(job, Stage.PLAN)) for job in jobs]
    return [*of_nobody, *of_no_unit, *to_come, births.retry(nobody), births.resume(nobody)]


async def begun(database: Database, jobs: Sequence[UUID], written: Sequence[Script]) -> list[Course]:
    courses = [Course(database, job, script) for job, script in zip(jobs, written, strict=True)]
    for course in courses:
        await course.begin()
    return courses


async def check_any_order(database: Database, written: Sequence[Script], random: Random) -> None:
    jobs = [uuid7() for _ in written]
    await in_order(await begun(database, jobs, written))
    plain = [await state(database, job) for job in jobs]
    await in_disorder(await begun(database, jobs, written), random, noise(jobs))
    for job, expected in zip(jobs, plain, strict=True):
        assert JobStatus(expected["job"]["status"]).terminal
        assert await state(database, job) == expected


two = st.lists(scripts, min_size=2, max_size=2)
MENDED = Script(
    False, (True, False, True, False), (True, False), (True,), analyze=True, tried_again=True, run_again=True
)
LONG = Script(True, (True,) * 6 + (False,), (True,), (False, True), analyze=True, tried_again=True)
LOST = Script(True, (False, False), (True,), (True,), analyze=True, tried_again=False, run_again=True)


@examples(6)
@example(written=[MENDED, LONG], random=Random(1))
@example(written=[LONG, MENDED], random=Random(2))
@example(written=[LOST, MENDED], random=Random(3))
@given(written=two, random=orders)
async def test_any_order_repetition_and_batching_of_results_end_in_the_same_state(
    database: Database, written: list[Script], random: Random
) -> None:
    await check_any_order(database, written, random)


@pytest.mark.thorough
@pytest.mark.timeout(1800)
@examples(100)
@given(written=st.lists(scripts, min_size=1, max_size=4), random=orders)
async def test_any_order_repetition_and_batching_of_many_jobs_end_in_the_same_state(
    database: Database, written: list[Script], random: Random
) -> None:
    await check_any_order(database, written, random)


async def check_nothing_after_the_end(
    database: Database, script: Script, random: Random, *, deleted: bool
) -> None:
    [course] = await begun(database, [uuid7()], [script])
    for _ in range(random.randint(0, 12)):
        if due := await course.due():
            course.heard.append(random.choice(due))
            await store(database, course.heard[-1])
    course.heard += [*await course.due(), births.cancel(course.id)]
    await store(database, births.cancel(course.id))
    if deleted:
        await delete(database, course.id)
    before = await state(database, course.id) if not deleted else await left(database)
    quiet = Course(database, course.id, script, [each for each in course.heard if not asks_again(each)])
    for _ in range(3):
        await in_disorder_of_old(quiet, random)
    assert (await state(database, course.id) if not deleted else await left(database)) == before


def asks_again(message: Envelope) -> bool:
    return message.type.endswith("retry_failed")


async def in_disorder_of_old(course: Course, random: Random) -> None:
    late = random.choices(course.heard, k=len(course.heard)) + noise([course.id])
    random.shuffle(late)
    half = random.randint(0, len(late))
    for batch in (late[:half], late[half:]):
        if batch:
            await store(course.database, *batch)


async def delete(database: Database, job: UUID) -> None:
    """As the retention does, once a deleted job has ended."""
    async with database.transaction() as session:
        await session.run(text("DELETE FROM job WHERE id = :job"), {"job": job})


async def left(database: Database) -> list[int]:
    """How many rows there are, of anything."""
    tables = ("job", "unit", "segment", "analysis", "outbox")
    counts = ", ".join(f"(SELECT count(*) FROM {table})" for table in tables)
    async with database.transaction() as session:
        return list((await session.run(text(f"SELECT {counts}"))).one())


@pytest.mark.parametrize("deleted", [False, True], ids=["cancelled", "deleted"])
@examples(4)
@given(script=scripts, random=orders)
async def test_what_comes_after_a_cancel_or_a_deletion_changes_nothing_in_any_order(
    database: Database, deleted: bool, script: Script, random: Random
) -> None:
    await check_nothing_after_the_end(database, script, random, deleted=deleted)


@pytest.mark.thorough
@pytest.mark.timeout(900)
@pytest.mark.parametrize("deleted", [False, True], ids=["cancelled", "deleted"])
@examples(60)
@given(script=scripts, random=orders)
async def test_what_comes_after_a_cancel_or_a_deletion_never_changes_anything(
    database: Database, deleted: bool, script: Script, random: Random
) -> None:
    await check_nothing_after_the_end(database, script, random, deleted=deleted)
