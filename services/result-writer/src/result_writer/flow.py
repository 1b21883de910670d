"""What comes next: pure rules over counted units. Any order and any repetition of results end alike.

short ──(words)──────────────┐
  └─(turned out long)─▶ plan ─┴▶ chunk × n ─▶ analyze × m ─▶ merge, level by level, down to one (if m > 1)
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import accumulate

from scribeline.contracts.job import JobStatus, StageStatus
from scribeline.contracts.transcription import ShortHandedBack
from scribeline.contracts.unit import Outcome, Stage, UnitCancelled, UnitFailed, UnitRef, UnitStatus

MERGED_AT_ONCE = 5
"""Most analyses that one merge unites: as many answers as a language model's context has room for. The groups
of a job that is under way follow from it, so that it is no setting."""


@dataclass(frozen=True)
class Tally:
    """The units of one stage, counted by status."""

    open: int = 0
    """Waiting or released."""
    done: int = 0
    failed: int = 0
    cancelled: int = 0
    last_done: int = -1
    """The highest index of a unit that is done."""

    @property
    def total(self) -> int:
        return self.open + self.done + self.failed + self.cancelled


NONE = Tally()


@dataclass(frozen=True)
class Facts:
    """All that the rules look at. `tallies` are of the current run."""

    analyze: bool = True
    tallies: Mapping[Stage, Tally] = field(default_factory=dict)
    handed_back: bool = False
    """The `short` unit ended by asking for a plan."""
    pieces: int | None = None
    """How many chunks the plan made."""
    has_text: bool | None = None
    """Known once the transcription is complete."""
    waits: bool = False
    """What comes before the recording is not in its transcript yet."""
    cancelled: bool = False

    def of(self, stage: Stage) -> Tally:
        return self.tallies.get(stage, NONE)

    def with_tally(self, stage: Stage, tally: Tally) -> "Facts":
        return replace(self, tallies={**self.tallies, stage: tally})


class Dropped(StrEnum):
    """Why a result changes nothing."""

    DUPLICATE = "duplicate"
    UNKNOWN = "unknown"
    """No such unit."""
    STALE = "stale"
    """Of an earlier run."""
    TERMINAL = "terminal"
    """The job, or the unit's stage, had ended."""


def status_of(outcome: Outcome) -> UnitStatus:
    """What a result makes of its unit."""
    match outcome:
        case UnitFailed():
            return UnitStatus.FAILED
        case UnitCancelled():
            return UnitStatus.CANCELLED
    return UnitStatus.DONE


def settle(facts: Facts, current: UnitStatus | None, outcome: Outcome) -> Facts | Dropped:
    """Count one result. First success wins: it also replaces a failure while its stage is still open."""
    if current is None:
        return Dropped.UNKNOWN
    stage, new = outcome.unit.stage, status_of(outcome)
    if not _is_open(facts, stage):
        return Dropped.TERMINAL if not current.terminal else Dropped.DUPLICATE
    if current.terminal and not (current is UnitStatus.FAILED and new is UnitStatus.DONE):
        return Dropped.DUPLICATE
    facts = facts.with_tally(stage, _moved(facts.of(stage), current, new, outcome.unit.index))
    if isinstance(outcome, ShortHandedBack):
        facts = replace(facts, handed_back=True)
    return facts


def opened(facts: Facts, stage: Stage, units: int) -> Facts:
    """New units of a stage stand in the table."""
    tally = facts.of(stage)
    return facts.with_tally(stage, replace(tally, open=tally.open + units))


def is_unwanted(facts: Facts, *, asked: bool) -> bool:
    """Whether open units are to be cancelled: a user asked for it, or a worker saw the marker before us."""
    status = job_status(facts)
    if status is JobStatus.CANCELLED:
        return any(tally.open for tally in facts.tallies.values())
    return asked and not status.terminal


def cancelled(facts: Facts) -> Facts:
    """Nobody wants the job any more: its open units are no work."""
    tallies = {
        stage: replace(tally, open=0, cancelled=tally.cancelled + tally.open)
        for stage, tally in facts.tallies.items()
    }
    return replace(facts, tallies=tallies, cancelled=True)


def merge_levels(analyses: int) -> tuple[int, ...]:
    """How many merges each level has, so that one comes out in the end."""
    levels: list[int] = []
    while analyses > 1 or not levels:
        analyses = -(-analyses // MERGED_AT_ONCE)
        levels.append(analyses)
    return tuple(levels)


def due_merges(facts: Facts) -> int | None:
    """The level of merges that must be made now, counted from 0; None when none is."""
    parts, merges = facts.of(Stage.ANALYZE), facts.of(Stage.MERGE)
    if parts.total < 2 or not parts.done or parts.open or merges.open:
        return None
    made = [0, *accumulate(_levels(facts))]
    return made.index(merges.total) if merges.total < made[-1] else None


def final_merge(facts: Facts) -> int:
    """Index of the merge that gives the whole analysis."""
    return sum(_levels(facts)) - 1


def _levels(facts: Facts) -> tuple[int, ...]:
    """A single merge is of all parts, however many: so it was before there were levels, and no level of more
    than one is ever made in part."""
    return (1,) if facts.of(Stage.MERGE).total == 1 else merge_levels(facts.of(Stage.ANALYZE).done)


def is_whole(facts: Facts, unit: UnitRef) -> bool:
    """Whether this unit's analysis is that of the whole recording."""
    if unit.stage is Stage.MERGE:
        return unit.index == final_merge(facts)
    return facts.of(Stage.ANALYZE).total == 1


def next_stage(facts: Facts) -> Stage | None:
    """The stage whose units must be made now; None when there is only waiting, or nothing more to do."""
    if facts.cancelled:
        return None
    if facts.handed_back and not facts.of(Stage.PLAN).total:
        return Stage.PLAN
    if facts.of(Stage.PLAN).done and facts.pieces and not facts.of(Stage.CHUNK).total:
        return Stage.CHUNK
    if not (facts.analyze and facts.has_text and transcription(facts) is StageStatus.COMPLETED):
        return None
    parts = facts.of(Stage.ANALYZE)
    if not parts.total:
        return Stage.ANALYZE
    return Stage.MERGE if due_merges(facts) is not None else None


def transcription(facts: Facts) -> StageStatus:
    """The first of the two stages a user sees."""
    return _unless_cancelled(facts, _transcription(facts))


def _transcription(facts: Facts) -> StageStatus:
    short = facts.of(Stage.SHORT)
    first = short if short.total and not facts.handed_back else facts.of(Stage.PLAN)
    chunks = facts.of(Stage.CHUNK)
    if first.cancelled or chunks.cancelled:
        return StageStatus.CANCELLED
    if first.failed:
        return StageStatus.FAILED
    if not first.done:
        return StageStatus.RUNNING if facts.handed_back else StageStatus.PENDING
    if chunks.open or chunks.total < (facts.pieces or 0):
        return StageStatus.RUNNING
    if chunks.total and not chunks.done:
        return StageStatus.FAILED
    return StageStatus.RUNNING if facts.waits else StageStatus.COMPLETED


def only_waits(facts: Facts) -> bool:
    """Whether the recording itself is transcribed, and only what comes before it is missing."""
    if facts.cancelled or not facts.waits:
        return False
    return transcription(replace(facts, waits=False)) is StageStatus.COMPLETED


def analysis(facts: Facts) -> StageStatus:
    """The second one. It cannot hurt the first."""
    return _unless_cancelled(facts, _analysis(facts))


def _unless_cancelled(facts: Facts, status: StageStatus) -> StageStatus:
    """What had come to its end stays."""
    open_ = status in (StageStatus.PENDING, StageStatus.RUNNING)
    return StageStatus.CANCELLED if facts.cancelled and open_ else status


def _analysis(facts: Facts) -> StageStatus:
    before = transcription(facts)
    if not facts.analyze or before is StageStatus.FAILED or facts.has_text is False:
        return StageStatus.SKIPPED
    parts, merge = facts.of(Stage.ANALYZE), facts.of(Stage.MERGE)
    if before is StageStatus.CANCELLED or parts.cancelled or merge.cancelled:
        return StageStatus.CANCELLED
    if before is not StageStatus.COMPLETED or not parts.total:
        return StageStatus.PENDING
    if parts.open or merge.open:
        return StageStatus.RUNNING
    if not parts.done:
        return StageStatus.FAILED
    if parts.total == 1 or merge.last_done == final_merge(facts):
        return StageStatus.COMPLETED
    return StageStatus.RUNNING if due_merges(facts) is not None else StageStatus.FAILED


def job_status(facts: Facts) -> JobStatus:
    """Derived from the units, never set."""
    first, second = transcription(facts), analysis(facts)
    if StageStatus.CANCELLED in (first, second):
        return JobStatus.CANCELLED
    match first:
        case StageStatus.FAILED:
            return JobStatus.FAILED
        case StageStatus.PENDING:
            return JobStatus.QUEUED
        case StageStatus.RUNNING:
            return JobStatus.TRANSCRIBING
    if second in (StageStatus.PENDING, StageStatus.RUNNING):
        return JobStatus.ANALYZING
    return JobStatus.COMPLETED


def progress(facts: Facts) -> int:
    """0..100, never falling: shares of the stages by what they usually cost, filled by finished units."""
    status = job_status(facts)
    if status is JobStatus.COMPLETED:
        return 100
    share = 90 if facts.analyze else 100
    done = 0.0
    if transcription(facts) is StageStatus.COMPLETED:
        parts, merge = facts.of(Stage.ANALYZE), facts.of(Stage.MERGE)
        ended = parts.total - parts.open + merge.total - merge.open
        follow = sum(merge_levels(parts.total)) if parts.total > 1 else 0
        done = share + (100 - share) * ended / (parts.total + follow + 1)
    elif only_waits(facts):
        done = share
    elif facts.of(Stage.PLAN).done:
        chunks = facts.of(Stage.CHUNK)
        done = 5 + (share - 5) * (chunks.total - chunks.open) / max(chunks.total, 1)
    return min(99, int(done))  # 100 belongs to the job that has ended


def _is_open(facts: Facts, stage: Stage) -> bool:
    if job_status(facts).terminal:
        return False
    if stage in (Stage.ANALYZE, Stage.MERGE):
        return analysis(facts) is StageStatus.RUNNING and not (
            stage is Stage.ANALYZE and facts.of(Stage.MERGE).total
        )
    return transcription(facts) in (StageStatus.PENDING, StageStatus.RUNNING)


def _moved(tally: Tally, old: UnitStatus, new: UnitStatus, index: int) -> Tally:
    counts = {"open": tally.open, "done": tally.done, "failed": tally.failed, "cancelled": tally.cancelled}
    counts[old if old.terminal else "open"] -= 1
    counts[new] += 1
    last_done = max(tally.last_done, index) if new is UnitStatus.DONE else tally.last_done
    return Tally(**counts, last_done=last_done)
