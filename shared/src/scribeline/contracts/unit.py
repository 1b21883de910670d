"""The unit: the one kind of work. A row `unit(job, stage, index, run)` and a command message."""

from enum import StrEnum
from uuid import UUID

from pydantic import AwareDatetime, Field

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


class Handled(Frozen):
    """How a worker came to its outcome: for the job's timeline, and nothing depends on it."""

    attempt: int = Field(default=1, ge=1, le=1000)
    """The one that ended it."""
    began_at: AwareDatetime | None = None
    """When that attempt began, by the worker's clock."""
    seconds: float | None = Field(default=None, ge=0)
    """How long it took: the download, and waiting for a place at the processor, too."""
    put_off_at: AwareDatetime | None = None
    """When the message was put off first: an attempt had failed, or a dependency was away."""


class Outcome(Frozen):
    """The data of every result: which unit it answers."""

    unit: UnitRef
    processing_seconds: float = Field(default=0.0, ge=0)
    handled: Handled | None = None
    """None of workers that did not tell yet."""


class UnitFailed(Outcome):
    """The unit cannot be done: the input's fault, or its message died."""

    error: Error


class UnitCancelled(Outcome):
    """The worker saw the job's cancel marker and did nothing."""
