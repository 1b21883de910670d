"""What can be asked of the search."""

import math
import re
from typing import Literal
from uuid import UUID

from pydantic import Field, field_validator, model_validator

from gateway.filters import JobFilter
from gateway.strict_json import clean_text

HINT = (
    "There is no word to look for: words such as 'the' are in every text, and what is left out by -word needs"
    " another word beside it."
)
_CURSOR = re.compile(r"(?:(\d[\d.e-]{0,30})_)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


class SearchQuery(JobFilter):
    """Words, and the jobs in whose transcripts they are looked for."""

    q: str = Field(min_length=1, max_length=200, examples=['budget "next year" -draft'])
    """Words that were said within about a minute; `"a phrase"`, `-without`, `this or that`."""
    order: Literal["relevance", "newest"] = "relevance"
    """Which jobs come first."""
    limit: int = Field(default=20, ge=1, le=50)
    """Most jobs in one answer."""
    matches: int = Field(default=3, ge=1, le=20)
    """Most segments of each job."""
    cursor: str | None = Field(default=None, max_length=80)
    """`next` of the answer before, asked for the same."""

    @field_validator("q")
    @classmethod
    def _text(cls, given: str) -> str:
        return clean_text(given)

    @model_validator(mode="after")
    def _place(self) -> "SearchQuery":
        self.after()
        return self

    def after(self) -> tuple[float | None, UUID] | None:
        """Rank and job behind which to go on. Raises ValueError for a cursor that is none of ours."""
        if self.cursor is None:
            return None
        found = _CURSOR.fullmatch(self.cursor)
        if found is None or (found[1] is None) is (self.order == "relevance"):
            raise ValueError("cursor: is not one of this order")
        rank = None if found[1] is None else float(found[1])
        if rank is not None and not math.isfinite(rank):
            raise ValueError("cursor: is not one of this order")
        return rank, UUID(found[2])

    def place(self, rank: float, job: UUID) -> str:
        """The cursor behind that job."""
        return f"{rank!r}_{job}" if self.order == "relevance" else str(job)
