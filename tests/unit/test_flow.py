"""What comes next: any order and any repetition of results end in the same state."""

from dataclasses import dataclass, field, replace
from random import Random
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from result_writer import flow
from result_writer.flow import Dropped, Facts, Tally
from scribeline.contracts.codes import Code
from scribeline.contracts.job import JobStatus, StageStatus
from scribeline.contracts.transcription import ShortHandedBack
from scribeline.contracts.unit import Error as UnitError
from scribeline.contracts.unit import Outcome, Stage, UnitCancelled, UnitFailed, UnitRef, UnitStatus

JOB = UUID(int=1)


def done(stage: Stage, index: int = 0) -> Outcome:
    return Outcome(unit=UnitRef(job=JOB, stage=stage, index=index))


def failed(stage: Stage, index: int = 0) -> UnitFailed:
    return UnitFailed(unit=UnitRef(job=JOB, stage=stage, index=index), error=UnitError.of(Code.UNIT_DIED))


@dataclass(frozen=True)
class Script:
    """What each unit of a job will answer, decided beforehand: a unit's redelivery answers the same."""

    turns_out_long: bool
    starts_as: Stage
    begins: bool
    chunks: tuple[bool, ...]
    parts: tuple[bool, ...]
    merges: tuple[bool, ...]
    """In turn."""
    analyze: bool
    has_text: bool

    def answer(self, stage: Stage, index: int) -> Outcome:
        if stage is Stage.SHORT and self.turns_out_long:
            return ShortHandedBack(unit=UnitRef(job=JOB, stage=stage))
        succeeds = {
            Stage.SHORT: self.begins,
            Stage.PLAN: self.begins,
            Stage.CHUNK: self.chunks[index] if stage is Stage.CHUNK else True,
            Stage.ANALYZE: self.parts[index] if stage is Stage.ANALYZE else True,
            Stage.MERGE: self.merges[index % len(self.merges)],
        }[stage]
        return done(stage, index) if succeeds else failed(stage, index)


ONE_DONE = Tally(done=1)


@pytest.mark.parametrize(
    ("tallies", "pieces", "heard"),
    [
        ({Stage.SHORT: Tally(open=1)}, None, False),
        ({Stage.SHORT: ONE_DONE}, None, True),
        ({Stage.SHORT: Tally(failed=1)}, None, False),
        ({Stage.PLAN: ONE_DONE}, 0, True),
        ({Stage.PLAN: ONE_DONE, Stage.CHUNK: Tally(open=1, done=1)}, 2, False),
        ({Stage.PLAN: ONE_DONE, Stage.CHUNK: Tally(failed=1, done=1)}, 2, True),
        ({Stage.PLAN: ONE_DONE, Stage.CHUNK: Tally(failed=2)}, 2, False),
    ],
)
@pytest.mark.parametrize("analyze", [True, False])
def test_what_waits_for_the_recording_before_it_is_still_being_transcribed(
    tallies: dict[Stage, Tally], pieces: int | None, heard: bool, analyze: bool
) -> None:
    alone = Facts(analyze=analyze, tallies=tallies, pieces=pieces)
    waiting = replace(alone, waits=True)
    assert flow.only_waits(waiting) is heard
    assert not flow.only_waits(alone)
    assert not flow.only_waits(flow.cancelled(waiting))
    if heard:
        assert flow.job_status(waiting) is JobStatus.TRANSCRIBING
        assert flow.analysis(waiting) is (StageStatus.PENDING if analyze else StageStatus.SKIPPED)
        assert flow.next_stage(replace(waiting, has_text=True)) is None
        assert 0 < flow.progress(waiting) < 100
        assert flow.progress(waiting) <= flow.progress(alone)
        assert flow.job_status(flow.cancelled(waiting)) is JobStatus.CANCELLED
    else:
        assert flow.job_status(waiting) is flow.job_status(alone)
        assert flow.progress(waiting) == flow.progress(alone)


orders = st.integers(0, 2**32).map(Random)
"""An order of deliveries and redeliveries."""

scripts = st.builds(
    Script,
    turns_out_long=st.booleans(),
    starts_as=st.sampled_from([Stage.SHORT, Stage.PLAN]),
    begins=st.sampled_from([True, True, True, False]),
    chunks=st.lists(st.booleans(), max_size=6).map(tuple),
    parts=st.one_of(
        st.lists(st.booleans(), min_size=1, max_size=4), st.lists(st.booleans(), min_size=20, max_size=40)
    ).map(tuple),
    merges=st.lists(st.booleans(), min_size=1, max_size=7).map(tuple),
    analyze=st.booleans(),
    has_text=st.booleans(),
)


@dataclass
class Job:
    """The writer's state without a database: the facts, and where each unit stands."""

    script: Script
    facts: Facts
    units: dict[tuple[Stage, int], UnitStatus] = field(default_factory=dict)
    statuses: list[JobStatus] = field(default_factory=list)
    progress: list[int] = field(default_factory=list)

    @classmethod
    def born(cls, script: Script) -> "Job":
        job = cls(script, Facts(analyze=script.analyze))
        job.open(script.starts_as, 1)
        return job

    def open(self, stage: Stage, count: int) -> None:
        first = self.facts.of(stage).total
        self.facts = flow.opened(self.facts, stage, count)
        self.units |= {(stage, first + n): UnitStatus.RELEASED for n in range(count)}

    def hear(self, outcome: Outcome) -> Dropped | None:
        key = (outcome.unit.stage, outcome.unit.index)
        verdict = flow.settle(self.facts, self.units.get(key), outcome)
        if isinstance(verdict, Dropped):
            return verdict
        self.facts, self.units[key] = verdict, flow.status_of(outcome)
        if outcome.unit.stage is Stage.PLAN and self.units[key] is UnitStatus.DONE:
            self.facts = self._with(pieces=len(self.script.chunks))
        if flow.transcription(self.facts) is StageStatus.COMPLETED and self.facts.has_text is None:
            self.facts = self._with(has_text=self.script.has_text)
        while (stage := flow.next_stage(self.facts)) is not None:
            self.open(stage, self._due(stage))
        self.statuses.append(flow.job_status(self.facts))
        self.progress.append(flow.progress(self.facts))
        return None

    def _due(self, stage: Stage) -> int:
        match stage:
            case Stage.CHUNK:
                return len(self.script.chunks)
            case Stage.ANALYZE:
                return len(self.script.parts)
            case Stage.MERGE:
                level = flow.due_merges(self.facts)
                assert level is not None
                return flow.merge_levels(self.facts.of(Stage.ANALYZE).done)[level]
        return 1

    def _with(self, **changes: object) -> Facts:
        return Facts(**{**self.facts.__dict__, **changes})

    def waiting(self) -> list[tuple[Stage, int]]:
        return [key for key, status in self.units.items() if not status.terminal]

    def result(self) -> tuple[JobStatus, StageStatus, StageStatus, dict[tuple[Stage, int], UnitStatus]]:
        facts = self.facts
        return flow.job_status(facts), flow.transcription(facts), flow.analysis(facts), self.units


def run(script: Script, random: Random, *, repeats: float) -> Job:
    """Deliver results in a random order, some of them again and again, until nothing waits."""
    job, heard = Job.born(script), list[Outcome]()
    while waiting := job.waiting():
        if flow.job_status(job.facts).terminal:
            break
        outcome = script.answer(*random.choice(waiting))
        heard.append(outcome)
        job.hear(outcome)
        while heard and random.random() < repeats:
            job.hear(random.choice(heard))
    for outcome in heard:
        job.hear(outcome)
    return job


@given(scripts, orders, orders)
def test_any_order_and_any_repetition_of_results_end_in_the_same_state(
    script: Script, one: Random, other: Random
) -> None:
    assert run(script, one, repeats=0).result() == run(script, other, repeats=0.6).result()


@given(scripts, orders)
def test_every_job_ends_and_no_unit_is_left_open(script: Script, random: Random) -> None:
    job = run(script, random, repeats=0.3)
    assert flow.job_status(job.facts).terminal
    assert job.waiting() == []


@given(scripts, orders)
def test_a_job_has_at_most_one_terminal_state_and_progress_never_falls(
    script: Script, random: Random
) -> None:
    job = run(script, random, repeats=0.5)
    assert len({status for status in job.statuses if status.terminal}) == 1
    first_end = next(n for n, status in enumerate(job.statuses) if status.terminal)
    assert first_end == len(job.statuses) - 1, "a result was accepted after the end"
    assert job.progress == sorted(job.progress)


@given(scripts, orders)
def test_a_failed_analysis_leaves_the_job_completed(script: Script, random: Random) -> None:
    job = run(script, random, repeats=0.2)
    if flow.transcription(job.facts) is StageStatus.COMPLETED:
        assert flow.job_status(job.facts) is JobStatus.COMPLETED


@given(st.integers(1, 8), st.integers(0, 7), orders)
@settings(max_examples=50)
def test_a_transcript_survives_failed_pieces_as_long_as_one_succeeds(
    pieces: int, failing: int, random: Random
) -> None:
    chunks = tuple(n >= failing for n in range(pieces))
    script = Script(False, Stage.PLAN, True, chunks, (True,), (True,), False, True)
    job = run(script, random, repeats=0.2)
    expected = JobStatus.COMPLETED if any(chunks) else JobStatus.FAILED
    assert flow.job_status(job.facts) is expected


def test_a_late_success_replaces_a_failure_while_its_stage_is_open() -> None:
    facts = Facts(
        analyze=False, pieces=2, tallies={Stage.PLAN: Tally(done=1), Stage.CHUNK: Tally(open=1, failed=1)}
    )
    settled = flow.settle(facts, UnitStatus.FAILED, done(Stage.CHUNK, 1))
    assert isinstance(settled, Facts)
    assert settled.of(Stage.CHUNK) == Tally(open=1, done=1, last_done=1)


def test_a_late_failure_never_replaces_a_success() -> None:
    facts = Facts(pieces=2, tallies={Stage.PLAN: Tally(done=1), Stage.CHUNK: Tally(open=1, done=1)})
    assert flow.settle(facts, UnitStatus.DONE, failed(Stage.CHUNK)) is Dropped.DUPLICATE


def test_a_result_of_a_unit_that_does_not_exist_is_dropped() -> None:
    assert (
        flow.settle(Facts(tallies={Stage.SHORT: Tally(open=1)}), None, done(Stage.CHUNK, 7))
        is Dropped.UNKNOWN
    )


def test_nothing_is_released_after_a_cancel() -> None:
    facts = Facts(tallies={Stage.PLAN: Tally(open=1)}, pieces=3)
    settled = flow.settle(facts, UnitStatus.RELEASED, UnitCancelled(unit=UnitRef(job=JOB, stage=Stage.PLAN)))
    assert isinstance(settled, Facts)
    assert flow.job_status(settled) is JobStatus.CANCELLED
    assert flow.next_stage(settled) is None


@pytest.mark.parametrize("stage", [Stage.SHORT, Stage.PLAN])
def test_what_cannot_be_decoded_fails_the_job_at_once(stage: Stage) -> None:
    settled = flow.settle(Facts(tallies={stage: Tally(open=1)}), UnitStatus.RELEASED, failed(stage))
    assert isinstance(settled, Facts)
    assert flow.job_status(settled) is JobStatus.FAILED
    assert flow.analysis(settled) is StageStatus.SKIPPED


@given(scripts, orders)
def test_the_analysis_is_there_exactly_when_its_last_merge_or_its_only_part_succeeded(
    script: Script, random: Random
) -> None:
    job = run(script, random, repeats=0.2)
    parts = job.facts.of(Stage.ANALYZE)
    if parts.total == 1:
        whole = job.units[(Stage.ANALYZE, 0)] is UnitStatus.DONE
    else:
        whole = job.units.get((Stage.MERGE, flow.final_merge(job.facts))) is UnitStatus.DONE
    assert (flow.analysis(job.facts) is StageStatus.COMPLETED) == (parts.total > 0 and whole)


def test_a_single_merge_of_more_parts_than_one_takes_is_the_last_one_as_before_there_were_levels() -> None:
    done = {Stage.PLAN: Tally(done=1), Stage.CHUNK: Tally(done=8), Stage.ANALYZE: Tally(done=8, last_done=7)}
    facts = Facts(tallies=done, pieces=8, has_text=True)
    merging = facts.with_tally(Stage.MERGE, Tally(open=1))
    merged = facts.with_tally(Stage.MERGE, Tally(done=1, last_done=0))
    assert (flow.job_status(merging), flow.next_stage(merging)) == (JobStatus.ANALYZING, None)
    assert (flow.job_status(merged), flow.next_stage(merged)) == (JobStatus.COMPLETED, None)
    assert flow.is_whole(merged, UnitRef(job=JOB, stage=Stage.MERGE))
    failed = facts.with_tally(Stage.MERGE, Tally(failed=1))
    assert flow.analysis(failed) is StageStatus.FAILED


def test_many_parts_are_merged_level_by_level() -> None:
    assert [flow.merge_levels(n) for n in (1, 2, 5, 6, 37, 126)] == [
        (1,),
        (1,),
        (1,),
        (2, 1),
        (8, 2, 1),
        (26, 6, 2, 1),
    ]
