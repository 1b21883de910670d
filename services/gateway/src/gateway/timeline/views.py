"""A run's rows as a timeline."""

import json
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from gateway.timeline.rows import Found, opened
from scribeline.contracts.api.timeline import (
    AnnouncementView,
    DeliveryTimes,
    JoinKind,
    JoinView,
    StageTimes,
    TimelineView,
    TryMoment,
    UnitTimes,
)
from scribeline.contracts.api.webhooks import DeliveryStatus
from scribeline.contracts.job import JobStatus
from scribeline.contracts.unit import Error, Stage
from scribeline.storage import events
from scribeline.storage.models import DeliveryRow, JobRow
from scribeline.telemetry.tracing import parse

SOON = timedelta(hours=1)
"""Within which an event has surely become deliveries."""


def timeline_view(job: JobRow, found: Found, *, runs: int, limit: int) -> TimelineView:
    """`job` as it stands, or stood, in that run."""
    accepted = _accepted(found)
    units = [unit_times(row) for row in found.units[:limit]]
    more = len(found.units) > limit
    return TimelineView(
        job=job.id,
        run=job.run,
        runs=runs,
        status=JobStatus(job.status),
        error=Error.model_validate(job.error) if job.error else None,
        trace_id=_trace_id(job, accepted, current=job.run == runs),
        accepted_at=opened(job),
        accepted_by=accepted.get("source"),
        input_run=job.input_run,
        started_at=job.started_at,
        transcribed_at=job.transcribed_at,
        finished_at=job.finished_at,
        at=found.now,
        duration=job.duration,
        unsent=found.unsent,
        stages=[_stage(row) for row in found.stages],
        units=units,
        next=f"{units[-1].stage}-{units[-1].index}" if more else None,
        joins=_joins(job, found),
        announcements=[
            AnnouncementView(id=row.id, type=row.type, at=row.created_at, sent=row.sent)
            for row in found.announcements
        ],
        deliveries=[_delivery(row) for row in found.deliveries],
        missing=_missing(job, found),
    )


def unit_times(row: Row[Any]) -> UnitTimes:
    told = dict(row._mapping)
    error = Error.model_validate(row.error) if row.error else None
    return UnitTimes(**{**told, "index": row.place, "error": error})


def _stage(row: Row[Any]) -> StageTimes:
    told = dict(row._mapping)
    return StageTimes(
        **told, window_seconds=_seconds(row.longest_in_window), queue_seconds=_seconds(row.longest_in_queue)
    )


def _seconds(interval: timedelta | None) -> float | None:
    return None if interval is None else round(interval.total_seconds(), 3)


def _joins(job: JobRow, found: Found) -> list[JoinView]:
    """Those of this run: what was taken over had come together before."""
    stages, joins = {Stage(row.stage): row for row in found.stages}, []
    heard = next((stages[stage] for stage in (Stage.CHUNK, Stage.SHORT) if stage in stages), None)
    if heard is not None and job.transcribed_at is not None and job.transcribed_at >= opened(job):
        joins.append(_join(JoinKind.TRANSCRIPT, job.transcribed_at, heard.units, heard))
    merged = stages.get(Stage.MERGE)
    if merged is not None and not (merged.waiting or merged.released) and merged.finished_at is not None:
        joins.append(_join(JoinKind.REPORT, merged.finished_at, stages[Stage.ANALYZE].units, merged))
    return joins


def _join(kind: JoinKind, at: datetime, units: int, last: Row[Any]) -> JoinView:
    return JoinView(kind=kind, at=at, units=units, last_stage=Stage(last.stage), last_index=last.last)


def _delivery(row: DeliveryRow) -> DeliveryTimes:
    pending = row.status == DeliveryStatus.PENDING
    told = row.model_dump(include=DeliveryTimes.model_fields.keys() - {"status", "tries", "next_attempt_at"})
    return DeliveryTimes(
        **told,
        status=DeliveryStatus(row.status),
        next_attempt_at=row.next_attempt_at if pending else None,
        tries=[TryMoment.model_validate(each) for each in row.tries],
    )


def _accepted(found: Found) -> dict[str, Any]:
    """The announcement with which the run began; empty where it is not kept."""
    body = next((row.body for row in found.announcements if row.body), None)
    told: dict[str, Any] = json.loads(body) if body else {}
    return told


def _trace_id(job: JobRow, accepted: dict[str, Any], *, current: bool) -> str | None:
    """The job's own is that of its current run."""
    trace = parse(accepted.get("traceparent") or (job.traceparent if current else None))
    return trace.trace_id if trace else None


def _missing(job: JobRow, found: Found) -> list[str]:
    told = []
    if found.forgotten:
        told.append(
            f"{found.forgotten} announcements of this job, in all its runs, are not kept any more:"
            f" they are for {events.KEPT.days} days."
        )
    if job.webhook_url and not found.deliveries and found.now - opened(job) > SOON and job.run == 1:
        told.append("What was sent to the job's webhook is not kept any more, or was never sent.")
    if untold := sum(row.untold for row in found.stages):
        told.append(f"{untold} units ended without a worker that told when it began.")
    return told
