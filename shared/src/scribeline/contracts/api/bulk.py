"""What became of many jobs at once."""

from typing import Literal
from uuid import UUID

from scribeline.contracts.api.view import View
from scribeline.contracts.codes import Code

BulkAction = Literal["cancel", "delete", "retry", "rerun"]


class BulkResult(View):
    action: BulkAction
    dry_run: bool
    """Nothing was done: the numbers are of all jobs that are meant."""
    changed: int
    """Jobs for which it was done, or would be."""
    skipped: dict[Code, int]
    """The others, by the reason that the job's own route would give; `not_found`: gone meanwhile, or not what
    the filter says any more."""
    jobs: list[UUID]
    """The first 100 that were changed, or would be."""
    next: UUID | None
    """There are more jobs: give it as `cursor`, with the same body. Null when all were looked at."""
    interrupted: Code | None = None
    """Why it ended early; what was done stays done, and `next` goes on behind it."""
