"""Jobs whose every answer is decided beforehand, and the ways in which their results may be delivered."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select

from result_writer.handler import Rules, store_results
from scribeline.contracts.envelope import Envelope, decode
from scribeline.contracts.job import JobProgressed, JobStatus, RetryFailed, StageStatus
from scribeline.contracts.transcription import Gap, TranscriptionOptions
from scribeline.contracts.unit import Outcome, Stage, UnitFailed, UnitStatus
from scribeline.storage.database import Database
from scribeline.storage.models import AnalysisRow, JobRow, JobRunRow, OutboxRow, SegmentRow, UnitRow
from scribeline.storage.outcomes import lock_jobs
from scribeline.storage.reruns import Rerun, open_rerun
from tests.support import births
from tests.support.roles import as_writer

RULES = Rules(window=4, part_tokens=40)
"""So small that every line is a part, and most units wait for a place."""
PRIVATE = {
    "created_at", "opened_at", "started_at", "transcribed_at", "finished_at", "released_at", "claimed_until",
}  # fmt: skip
"""Columns that tell when: no two runs have the same."""
Unit = tuple[Stage, int, int]


@dataclass(frozen=True)
class Script:
    """What each unit of a job answers, in each run; a unit delivered again answers the same."""

    turns_out_long: bool
    chunks: tuple[bool, ...]
    """Which pieces succeed in the first run; in the second one, all do."""
    parts: tuple[bool, ...]
    merges: tuple[bool, ...]
    """In turn."""
    analyze: bool
    tried_again: bool
    """What failed is asked for again, once the first run has ended."""
    run_again: bool = False
    """In the end all is run once more, or only the analysis where the transcript is complete."""

    @property
    def stage(self) -> Stage:
        return Stage.SHORT if self.turns_out_long or not self.chunks else Stage.PLAN

    def answer(self, job: UUID, unit: Unit) -> Envelope:
        stage, index, run = unit
        return births.in_run(run, self._answer(job, stage, index, again=run > 1))

    def _answer(self, job: UUID, stage: Stage, index: int, *, again: bool) -> Envelope:
        outcomes = {Stage.CHUNK: self.chunks, Stage.ANALYZE: self.parts, Stage.MERGE: self.merges}
        told = outcomes.get(stage, (True,))
        if not again and not told[index % len(told)]:
            return births.failed(job, stage, index)
        match stage:
            case Stage.SHORT:
                return births.handed_back(job) if self.turns_out_long else births.short(job, "All of it.")
            case Stage.PLAN:
                silence = Gap(start=900.0, end=950.0, reason="silence")
                return births.planned(job, len(self.chunks), (silence,))
            case Stage.CHUNK:
                return births.chunk(job, index, f"This is piece number {index}.", "And this is more of it.")
            case Stage.ANALYZE:
                return births.analyzed(job, index)
        return births.merged(job, index, f"Merge {index}.")

    def opposite(self, result: Envelope) -> Envelope:
        """A failure of what succeeded, as when its message died although it was done; or the reverse."""
        unit = result.data.unit  # type: ignore[attr-defined]  # an Outcome's
        if not isinstance(result.data, UnitFailed):
            return births.in_run(unit.run, births.failed(unit.job, unit.stage, unit.index))
        well = replace(self, chunks=(True,) * len(self.chunks), parts=(True,), merges=(True,))
        return well.answer(unit.job, (unit.stage, unit.index, unit.run))


@dataclass
class Course:
    """One job on its way through a real database."""

    database: Database
    id: UUID
    script: Script
    heard: list[Envelope] = field(default_factory=list)
    """What was delivered so far: any of it may come again."""
    ran_again: bool = False

    def hear_opposites(self, delivered: Sequence[Envelope], *, failures: bool) -> None:
        """A failure never replaces a success; nor does a success a failure whose run, or stage, is over."""
        results = [each for each in delivered if isinstance(each.data, Outcome)]
        chosen = [each for each in results if isinstance(each.data, UnitFailed) == failures]
        self.heard += map(self.script.opposite, chosen)

    async def begin(self) -> None:
        """Its birth; whatever was there under its name is forgotten."""
        self.ran_again = False
        async with self.database.transaction() as session:
            await session.run(text("DELETE FROM outbox WHERE job = :job"), {"job": self.id})
            await session.run(text("DELETE FROM job WHERE id = :job"), {"job": self.id})
        script = self.script
        await births.born(
            self.database, script.stage, window=RULES.window, analyze=script.analyze, id=self.id
        )

    async def due(self) -> list[Envelope]:
        """Answers of the units that were sent and have none yet, in order; then what its user asks for."""
        async with self.database.transaction() as session:
            job = await session.get(JobRow, self.id)
            sent = select(UnitRow).where(UnitRow.job == self.id, col(UnitRow.status) == UnitStatus.RELEASED)
            units = sorted((Stage(u.stage), u.index, u.run) for u in await session.exec(sent))
            failed = select(UnitRow.index).where(
                UnitRow.job == self.id, col(UnitRow.status) == UnitStatus.FAILED
            )
            repairable = (await session.exec(failed.limit(1))).first() is not None
            waiting = select(UnitRow.index).where(
                UnitRow.job == self.id, col(UnitRow.status) == UnitStatus.WAITING
            )
            open_ = units or (await session.exec(waiting.limit(1))).first() is not None
        assert job is not None
        answers = [self.script.answer(self.id, unit) for unit in units]
        if JobStatus(job.status).terminal and job.run == 1 and repairable and self.script.tried_again:
            answers.append(births.retry(self.id))
        if not JobStatus(job.status).terminal and not open_:
            answers.append(births.advance(self.id, job.run))
        if answers or not self.script.run_again or self.ran_again or not JobStatus(job.status).terminal:
            return answers
        await self._run_again()
        return await self.due()

    async def _run_again(self) -> None:
        """As the gateway does. From now on, whatever comes of the run before is late."""
        self.ran_again = True
        self.hear_opposites(list(self.heard), failures=True)
        async with self.database.transaction() as session:
            [job] = (await lock_jobs(session, [self.id])).values()
            transcribed = job.stages[0]["status"] == StageStatus.COMPLETED
            new = Rerun(
                stage=Stage.ANALYZE if transcribed else self.script.stage,
                options=TranscriptionOptions(),
                analyze=True,
                brief=None,
                recorded_at=None,
            )
            await open_rerun(session, job, new, window=RULES.window, source="gateway")


async def store(database: Database, *batch: Envelope) -> None:
    await store_results(batch, database=as_writer(database), rules=RULES, committed=lambda: None)


async def in_order(courses: Sequence[Course]) -> None:
    """Every result by itself, once, and one job after the other."""
    for course in courses:
        while due := await course.due():
            await store(course.database, due[0])


async def in_disorder(courses: Sequence[Course], random: Random, noise: Sequence[Envelope]) -> None:
    """Results of all jobs mixed, in any order and any batches, any of them repeated; beside `noise`."""
    database = courses[0].database
    while due := [(course, each) for course in courses for each in await course.due()]:
        chosen = random.sample(due, random.randint(1, len(due)))
        await _deliver(database, random, [each for _, each in chosen], courses, noise)
        for course, each in chosen:
            if isinstance(each.data, RetryFailed):
                course.hear_opposites(list(course.heard), failures=True)
            course.heard.append(each)
            course.hear_opposites([each], failures=False)
    for course in courses:
        course.hear_opposites(list(course.heard), failures=True)
    for _ in range(6):
        await _deliver(database, random, [], courses, noise)


async def _deliver(
    database: Database,
    random: Random,
    new: list[Envelope],
    courses: Sequence[Course],
    noise: Sequence[Envelope],
) -> None:
    again = [*new, *(each for course in courses for each in course.heard)]
    batch = (
        new + random.choices(again, k=random.randint(0, 6)) + random.choices(noise, k=random.randint(0, 2))
    )
    random.shuffle(batch)
    for part in _parts(batch, random):
        await store(database, *part)


def _parts(batch: Sequence[Envelope], random: Random) -> Iterator[Sequence[Envelope]]:
    while batch:
        size = random.randint(1, len(batch))
        yield batch[:size]
        batch = batch[size:]


async def state(database: Database, job: UUID) -> dict[str, Any]:
    """All that is stored of a job, and all that was announced or sent of it, but for when."""
    async with database.transaction() as session:
        rows = {
            table.__tablename__: [
                {name: value for name, value in row.model_dump(warnings=False).items() if name not in PRIVATE}
                for row in (await session.exec(select(table).where(table.job == job))).all()
            ]
            for table in (UnitRow, SegmentRow, AnalysisRow, JobRunRow)
        }
        found = await session.get(JobRow, job)
        sent = (await session.exec(select(OutboxRow).where(OutboxRow.job == job))).all()
    assert found is not None
    return {
        "job": {
            name: value for name, value in found.model_dump(warnings=False).items() if name not in PRIVATE
        },
        **{str(name): sorted(found, key=_place) for name, found in rows.items()},
        # how far a job is on its way depends on the order, and is stored nowhere
        "messages": sorted(
            (_told(told) for row in sent if not isinstance((told := decode(row.body)).data, JobProgressed)),
            key=lambda message: message[0],
        ),
    }


def _place(row: dict[str, Any]) -> tuple[Any, ...]:
    return (row["run"], row.get("stage", ""), row.get("index", row.get("piece")), row.get("id", 0))


def _told(message: Envelope) -> tuple[str, str, dict[str, Any]]:
    return (str(message.id), message.type, message.data.model_dump(mode="json"))
