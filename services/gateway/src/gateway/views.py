"""A stored job as the API shows it. A field that cannot be given yet is null."""

from datetime import UTC, datetime, timedelta

from scribeline.contracts.analysis import Brief
from scribeline.contracts.api.jobs import JobView, Links, RunView
from scribeline.contracts.job import JobStatus, StageStatus, StageView
from scribeline.contracts.transcription import EngineInfo, TranscriptionOptions
from scribeline.contracts.unit import Error
from scribeline.storage.models import JobRow

ENOUGH = 10
"""Percent of a job that must be done before its end can be told."""


def stages_of(row: JobRow) -> dict[str, StageView]:
    return {view.name: view for view in map(StageView.model_validate, row.stages)}


def run_view(row: JobRow) -> RunView:
    """Of a job as it stands, or stood, in that run."""
    opened = row.created_at if row.opened_at is None else row.opened_at
    view = job_view(row, named=True)
    told = view.model_dump(include=RunView.model_fields.keys() - {"created_at"})
    return RunView(**told, created_at=opened)


def job_view(row: JobRow, position: int | None = None, *, named: bool = False) -> JobView:
    """`named`: of a run that was asked for by its number, to which the links lead, too."""
    stages = stages_of(row)
    here, run = f"/v1/jobs/{row.id}", f"?run={row.run}" if named else ""
    error = Error.model_validate(row.error) if row.error else None
    return JobView(
        **row.model_dump(
            include={
                "id", "progress", "created_at", "started_at", "finished_at", "duration", "tags", "filename",
                "content_type", "bytes", "sha256", "recorded_at", "analyze", "channels", "confidence",
                "language", "language_probability", "owner", "run", "input_run", "continues",
                "webhook_url",
            }
        ),
        offset=row.offset_seconds,
        status=JobStatus(row.status),
        stages=list(stages.values()),
        current_step=_step(stages, JobStatus(row.status)),
        message=_message(row, stages, error),
        queue_position=position,
        eta=_eta(row),
        error=error,
        delete_after=None if row.keep_seconds is None else timedelta(seconds=row.keep_seconds),
        metadata=row.client_metadata,
        options=TranscriptionOptions.model_validate(row.options),
        brief=Brief.model_validate(row.brief) if row.brief else None,
        engine=EngineInfo.model_validate(row.engine) if row.engine else None,
        links=Links(
            self=f"{here}{run}", transcript=f"{here}/transcript{run}", analysis=f"{here}/analysis{run}"
        ),
    )  # fmt: skip


def _eta(row: JobRow, now: datetime | None = None) -> datetime | None:
    """What is left takes as long, for its part, as what is done took."""
    if JobStatus(row.status).terminal or row.started_at is None or row.input_run is not None:
        return None
    if row.progress < ENOUGH or _waits(row, stages_of(row).get("transcription")):
        return None
    now = max(now or datetime.now(UTC), row.started_at)  # told by the database's clock
    return now + (now - row.started_at) * (100 - row.progress) / row.progress


def _step(stages: dict[str, StageView], status: JobStatus) -> str | None:
    if status.terminal:
        return None
    unfinished = (StageStatus.PENDING, StageStatus.RUNNING)
    return next((name for name, stage in stages.items() if stage.status in unfinished), None)


def _message(row: JobRow, stages: dict[str, StageView], error: Error | None) -> str:
    transcription, analysis = stages.get("transcription"), stages.get("analysis")
    short = f" {analysis.error.message}" if analysis is not None and analysis.error is not None else ""
    sentences = {
        JobStatus.QUEUED: "Queued, or being transcribed: nothing is finished yet.",
        JobStatus.TRANSCRIBING: WAITS
        if _waits(row, transcription)
        else _counted("Transcribing", transcription),
        JobStatus.ANALYZING: _counted("The transcript is ready; analyzing", analysis),
        JobStatus.COMPLETED: f"Done.{short}",
        JobStatus.FAILED: error.message if error else "Failed.",
        JobStatus.CANCELLED: "Cancelled.",
    }
    return sentences[JobStatus(row.status)]


WAITS = "Transcribed; waiting for the transcript of the recording that it continues."


def _waits(row: JobRow, stage: StageView | None) -> bool:
    """Whether the recording itself is transcribed, and only what comes before it is missing."""
    if row.continues is None or row.offset_seconds is not None or stage is None:
        return False
    ended = stage.units_done + stage.units_failed
    return stage.status is StageStatus.RUNNING and ended == stage.units_total


def _counted(what: str, stage: StageView | None) -> str:
    if stage is None or stage.units_total < 2:
        return f"{what}."
    return f"{what}: {stage.units_done + stage.units_failed} of {stage.units_total} pieces done."
