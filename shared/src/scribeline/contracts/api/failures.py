"""Jobs that failed, as an operator sees them: of all tenants, and nothing of what was said in them."""

from datetime import datetime
from uuid import UUID

from pydantic import ConfigDict

from scribeline.contracts.api.view import View
from scribeline.contracts.codes import Code
from scribeline.contracts.unit import Stage


class FailureView(View):
    model_config = ConfigDict(use_attribute_docstrings=True, title="Failure")

    job: UUID
    run: int
    tenant: str
    filename: str | None
    code: Code
    message: str
    stage: Stage | None
    """Of the unit that failed first."""
    finished_at: datetime
    trace_id: str | None
    """Stands in every log line about this run."""


class FailureList(View):
    failures: list[FailureView]
    """The latest first; those that were tried again, and those that were deleted, are none any more."""
