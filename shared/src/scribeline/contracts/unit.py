"""The unit: the one kind of work. A row `unit(job, stage, index, run)` and a command message."""

from enum import StrEnum
from uuid import UUID

from pydantic import Field

from scribeline.contracts.base import Frozen
from scribeline.contracts.codes import MEANINGS, Code


class Stage(StrEnum):
    """What kind of work a unit is. `short` and `plan` are two ways to begin; `short` may turn into `plan`."""

    SHORT = "short"
    PLAN = "plan"
    CHUNK = "chunk"
    ANALYZE = "analyze"
    MERGE = "merge"


TRANSCRIPTION = (Stage.SHORT, Stage.PLAN, Stage.CHUNK)
ANALYSIS = (Stage.ANALYZE, Stage.MERGE)
"""The two stages a user sees."""


class UnitStatus(StrEnum):
    """`waiting` for a place in the tenant's window, `released` to the queue, or terminal."""

    WAITING = "waiting"
    RELEASED = "released"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def terminal(self) -> bool:
        return self in (UnitStatus.DONE, UnitStatus.FAILED, UnitStatus.CANCELLED)


class UnitRef(Frozen):
    """The primary key of a unit."""

    job: UUID
    stage: Stage
    index: int = Field(default=0, ge=0)
    run: int = Field(default=1, ge=1)


class Error(Frozen):
    """Why something failed: a stable code and a sentence for the user."""

    code: Code
    message: str = Field(max_length=2000)
    stage: Stage | None = None
    retryable: bool = False

    @classmethod
    def of(cls, code: Code, message: str | None = None, stage: Stage | None = None) -> "Error":
        meaning = MEANINGS[code]
        told = (message or meaning.sentence)[:2000].encode("utf-8", "replace").decode()
        return cls(code=code, message=told, stage=stage, retryable=meaning.retryable)


class Command(Frozen):
    """The data of every command: which unit it asks for."""

    unit: UnitRef


class Outcome(Frozen):
    """The data of every result: which unit it answers."""

    unit: UnitRef
    processing_seconds: float = Field(default=0.0, ge=0)


class UnitFailed(Outcome):
    """The unit cannot be done: the input's fault, or its message died."""

    error: Error


class UnitCancelled(Outcome):
    """The worker saw the job's cancel marker and did nothing."""
