"""Jobs that failed, across tenants."""

from sqlalchemy import ColumnElement, literal_column
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from scribeline.contracts.api.failures import FailureView
from scribeline.contracts.codes import Code
from scribeline.contracts.job import JobStatus
from scribeline.contracts.unit import Error
from scribeline.storage.database import EVERYBODY, Database
from scribeline.storage.models import JobRow
from scribeline.telemetry.tracing import parse

UNTOLD = Error.of(Code.TRANSCRIPTION_FAILED)


async def latest(database: Database, limit: int) -> list[FailureView]:
    """The latest first."""
    async with database.transaction(EVERYBODY) as session:
        return [failure_view(row) for row in await session.exec(failed(limit))]


def failed(limit: int) -> "SelectOfScalar[JobRow]":
    """The status is a literal: only so PostgreSQL takes the partial index job_that_failed with any plan."""
    status: ColumnElement[str] = literal_column(f"'{JobStatus.FAILED.value}'")
    found = select(JobRow).where(col(JobRow.status) == status, col(JobRow.deleted_at).is_(None))
    return found.order_by(col(JobRow.finished_at).desc()).limit(limit)


def failure_view(row: JobRow) -> FailureView:
    error = Error.model_validate(row.error) if row.error else UNTOLD
    trace = parse(row.traceparent)
    return FailureView(
        job=row.id,
        run=row.run,
        tenant=row.tenant,
        filename=row.filename,
        code=error.code,
        message=error.message,
        stage=error.stage,
        finished_at=row.finished_at or row.created_at,
        trace_id=trace.trace_id if trace else None,
    )
