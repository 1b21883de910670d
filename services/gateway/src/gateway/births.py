"""A job's birth: a recording is in the store and its job committed, or nothing is left of either."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from uuid import UUID

import structlog
from fastapi import Request
from sqlalchemy.exc import SQLAlchemyError

from gateway.auth import Principal
from gateway.context import Gateway
from gateway.idempotency import fingerprint, repeatable
from gateway.json_body import is_json
from gateway.limits.early import check_room
from gateway.problems import Problem
from gateway.records import Unsure
from gateway.tracing import traceparent_of
from gateway.uploads import Intake, Received
from gateway.webhooks.callbacks import callback_of
from scribeline.contracts.codes import Code
from scribeline.contracts.failures import DependencyDown, Fail
from scribeline.contracts.unit import Stage
from scribeline.storage import keys
from scribeline.storage.jobs import NewJob
from scribeline.storage.models import JobRow
from scribeline.storage.uploads import Claim
from scribeline.telemetry.logging import bound
from scribeline.telemetry.metrics.requests import UPLOADS, UPLOADS_IN_FLIGHT

log = structlog.get_logger(__name__)

Read = Callable[[Request, Intake], Awaitable[Received]]
"""Reads a request's recording into the store, and what is asked of it."""


async def born(
    request: Request, context: Gateway, principal: Principal, id_: UUID, repeat_key: str | None, read: Read
) -> JobRow:
    """The committed job; one with another id is that of an earlier request with this `Idempotency-Key`.

    Raises Problem, Fail or DependencyDown.
    """
    with bound(job=id_, tenant=principal.tenant):
        try:
            with context.places.taken(principal.tenant):
                if not is_json(request):  # which first says what it is about: see `named`
                    await check_room(request, context, principal, repeat_key)
                row = await _accept(request, context, principal, id_, repeat_key, read)
        except Problem as problem:
            left = problem.code is Code.UPLOAD_INCOMPLETE
            UPLOADS.labels("disconnected" if left else "refused").inc()
            raise
        except Fail:
            UPLOADS.labels("refused").inc()
            raise
        except DependencyDown:
            UPLOADS.labels("failed").inc()
            raise
        outcome = "accepted" if row.id == id_ else "repeated"
        UPLOADS.labels(outcome).inc()
        log.info(outcome, bytes=row.bytes, content_type=row.content_type)
    return row


async def _accept(
    request: Request, context: Gateway, principal: Principal, id_: UUID, repeat_key: str | None, read: Read
) -> JobRow:
    key = keys.source(principal.tenant, id_)
    received = await _stored(request, context, key, read)
    new = replace(
        _new_job(id_, principal, received, context.settings.short_max_bytes, traceparent_of(request)),
        repeatable=repeatable(repeat_key, principal.owner, received),
        callback=callback_of(received.options, principal.tenant, context.settings),
    )
    ours = received.audio.key == key  # and not an upload's, which may be sent again

    try:
        row = await context.records.create(new)
    except Unsure:
        log.warning("commit lost: the recording stays for the job that may be there", key=key)
        raise
    except (DependencyDown, Fail, Problem, SQLAlchemyError):
        if ours:
            await _take_back(context, key)
        raise
    if ours and row.id != id_:
        await _take_back(context, key)
    return row


async def _stored(request: Request, context: Gateway, key: str, read: Read) -> Received:
    """On any failure nothing is left in the store."""
    intake = Intake(context.store, key, context.settings.upload_max_bytes)
    try:
        with UPLOADS_IN_FLIGHT.track_inprogress():
            return await read(request, intake)
    except BaseException:
        await intake.abort()
        raise


async def _take_back(context: Gateway, key: str) -> None:
    try:
        await context.store.remove([key])
    except DependencyDown as down:
        log.warning("a recording without a job stays in the store", key=key, reason=str(down))


def _new_job(
    id_: UUID, principal: Principal, received: Received, short_max_bytes: int, traceparent: str
) -> NewJob:
    options, upload = received.options, received.upload
    return NewJob(
        id=id_,
        tenant=principal.tenant,
        owner=upload.owner if upload else principal.owner,
        source=received.audio,
        stage=Stage.SHORT if received.audio.bytes <= short_max_bytes else Stage.PLAN,
        options=options.transcription,
        analyze=options.analyze,
        brief=received.brief,
        recorded_at=options.recorded_at,
        metadata=options.metadata,
        tags=options.tags,
        filename=received.filename,
        content_type=received.content_type,
        traceparent=traceparent,
        keep_seconds=options.keep_seconds,
        continues=options.continues,
        given=options.transcript,
        upload=Claim(upload.id, fingerprint(received)) if upload else None,
    )
