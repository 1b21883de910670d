"""A job's birth, and the events announced of it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from uuid_utils.compat import uuid7

from scribeline.contracts import routes
from scribeline.contracts.analysis import Brief
from scribeline.contracts.base import Frozen
from scribeline.contracts.catalogue import TYPE_OF
from scribeline.contracts.codes import Code
from scribeline.contracts.envelope import Envelope, message_id, wrap
from scribeline.contracts.failures import Fail
from scribeline.contracts.job import (
    JobAccepted,
    JobEvent,
    JobProgressed,
    JobRequest,
    JobStatus,
    StageStatus,
    StageView,
)
from scribeline.contracts.rules import TenantRules
from scribeline.contracts.transcription import (
    AudioObject,
    GivenSegment,
    PlanTranscription,
    Task,
    TranscribeShort,
    TranscriptionOptions,
)
from scribeline.contracts.unit import Command, Stage, UnitRef
from scribeline.storage import continuing, events, keys, usage
from scribeline.storage.database import Session
from scribeline.storage.idempotency import Repeatable, remember
from scribeline.storage.models import JobRow, TenantRow, UnitRow
from scribeline.storage.outbox import post
from scribeline.storage.release import release
from scribeline.storage.uploads import Claim, give
from scribeline.storage.usage import Used
from scribeline.storage.webhooks import Callback


@dataclass(frozen=True)
class NewJob:
    """What the gateway knows of a job whose bytes are in the store."""

    id: UUID
    tenant: str
    owner: str | None
    source: AudioObject
    """With its sha256, where anybody read the bytes or the client told it."""
    stage: Stage
    """SHORT or PLAN."""
    options: TranscriptionOptions
    analyze: bool = True
    brief: Brief | None = None
    recorded_at: datetime | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    filename: str | None = None
    content_type: str | None = None
    traceparent: str | None = None
    keep_seconds: int | None = None
    """How long it is kept after it has ended; None as its tenant's jobs are."""
    repeatable: Repeatable | None = None
    """Its `Idempotency-Key`."""
    continues: UUID | None = None
    """The job whose transcript comes before its own."""
    given: tuple[GivenSegment, ...] = ()
    """What comes before it instead of a job's transcript."""
    upload: Claim | None = None
    """The upload in parts that is its recording."""
    callback: Callback | None = None
    """Where its events are sent, in every run."""


async def ensure_tenant(session: Session, name: str) -> None:
    await session.run(insert(TenantRow).values(name=name).on_conflict_do_nothing())


async def create_job(session: Session, new: NewJob, *, window: int, source: str) -> JobRow:
    """Job, first unit and outbox in the caller's transaction; the unit is sent if the window has room.

    Raises Fail(INVALID_PARAMETER) when what it continues is not there, or not any more.
    """
    await ensure_tenant(session, new.tenant)
    if new.continues is not None:
        await _hold_earlier(session, new, new.continues)
    job = JobRow(
        id=new.id,
        tenant=new.tenant,
        owner=new.owner,
        stages=[view.model_dump(mode="json") for view in first_stages(analyze=new.analyze)],
        options=new.options.model_dump(mode="json"),
        analyze=new.analyze,
        brief=new.brief.model_dump(mode="json") if new.brief else None,
        recorded_at=new.recorded_at,
        client_metadata=new.metadata,
        tags=list(new.tags),
        filename=new.filename,
        content_type=new.content_type,
        source_key=new.source.key,
        bytes=new.source.bytes,
        sha256=new.source.sha256,
        webhook_url=new.callback.url if new.callback else None,
        traceparent=new.traceparent,
        keep_seconds=new.keep_seconds,
        continues=new.continues,
        offset_seconds=continuing.seconds_of(new.given) if new.given else None,
        created_at=await session.clock(),
    )
    session.add(job)
    await session.flush()
    if new.callback is not None:
        session.add(new.callback.row(job.id, job.tenant, job.owner, job.created_at))
    if new.given:
        await continuing.give(session, job, new.given)
    if new.repeatable is not None:
        await remember(session, job, new.repeatable)
    if new.upload is not None:
        await give(session, new.upload, job)
    session.add(first_unit(job, new.stage))
    announce(session, job, JobAccepted, source=source)
    await session.flush()
    await release(session, [new.tenant], window, source)
    await usage.add(session, [Used(new.tenant, jobs=1, bytes=new.source.bytes)])  # behind the tenant's lock
    return job


async def _hold_earlier(session: Session, new: NewJob, earlier: UUID) -> None:
    """Whoever ends the earlier job does so before us, or sees this one and wakes it."""
    trouble = await continuing.trouble(session, earlier, tenant=new.tenant, owner=new.owner, lock=True)
    if trouble is not None:
        raise Fail(Code.INVALID_PARAMETER, f"continues: {trouble}")


def request(session: Session, job: JobRow, asked: JobRequest, *, source: str) -> None:
    """Ask it of the result-writer. Asked again in the same run, it is the same message."""
    message = wrap(
        asked,
        id=message_id(job.id, TYPE_OF[type(asked)], run=job.run),
        job=job.id,
        tenant=job.tenant,
        owner=job.owner,
        source=source,
        traceparent=job.traceparent,
        time=job.created_at,  # the same bytes at every time
    )
    post(session, routes.RESULTS, routes.RESULTS_QUEUE, message)


def first_stages(*, analyze: bool, run: int = 1) -> tuple[StageView, StageView]:
    """Those of a run that begins with the recording."""
    analysis = StageStatus.PENDING if analyze else StageStatus.SKIPPED
    return (
        StageView(name="transcription", status=StageStatus.PENDING, run=run, units_total=1),
        StageView(name="analysis", status=analysis, run=run),
    )


def first_unit(job: JobRow, stage: Stage, run: int = 1) -> UnitRow:
    """The unit a transcription begins with: `short` or `plan`."""
    command_type = TranscribeShort if stage is Stage.SHORT else PlanTranscription
    unit = UnitRef(job=job.id, stage=stage, run=run)
    command = command_type(
        unit=unit,
        source=AudioObject(key=job.source_key, bytes=job.bytes, sha256=job.sha256),
        options=TranscriptionOptions.model_validate(job.options),
        key_prefix=keys.prefix(job.tenant, job.id),
    )
    return unit_row(job, command)


def unit_row(job: JobRow, command: Command) -> UnitRow:
    """A unit that waits for a place in its tenant's window."""
    unit = command.unit
    return UnitRow(
        job=job.id,
        stage=unit.stage,
        index=unit.index,
        run=unit.run,
        tenant=job.tenant,
        owner=job.owner,
        queue=routes.QUEUE_OF[unit.stage],
        command=command.model_dump(mode="json", exclude_none=True),
    )


async def tenant_rules(session: Session, name: str) -> TenantRules:
    """Those of a tenant that is not there are none."""
    tenant = await session.get(TenantRow, name)
    return TenantRules.model_validate(tenant.rules) if tenant else TenantRules()


def text_language(job: JobRow) -> str | None:
    """Of the transcript's text: a translation is English whatever was spoken."""
    return "en" if job.options.get("task") == Task.TRANSLATE else job.language


def announce(
    session: Session, job: JobRow, event: type[JobEvent], *, source: str, nth: int = 0, **data: Any
) -> None:
    """Write an event of this job to the outbox: heard only after it is stored.

    `nth` tells apart several events of one type.
    """
    job.sequence += 1
    body = event(
        job=job.id,
        status=JobStatus(job.status),
        run=job.run,
        sequence=job.sequence,
        metadata=job.client_metadata,
        **data,
    )
    id_ = message_id(job.id, TYPE_OF[event], run=job.run, number=nth)
    events.record(session, _post_event(session, job, body, id_, source))


def tick(session: Session, job: JobRow, stages: tuple[StageView, ...], *, source: str) -> None:
    """Tell those who watch how far the job is."""
    body = JobProgressed(
        job=job.id, status=JobStatus(job.status), run=job.run, progress=job.progress, stages=stages
    )
    # nothing of it can be done twice: the outbox has it once, or not at all
    _post_event(session, job, body, uuid7(), source)


def _post_event(session: Session, job: JobRow, body: Frozen, id_: UUID, source: str) -> Envelope:
    message = wrap(
        body,
        id=id_,
        job=job.id,
        tenant=job.tenant,
        owner=job.owner,
        source=source,
        traceparent=job.traceparent,
    )
    post(session, routes.EVENTS, f"{message.type}.{job.tenant}", message)
    return message
