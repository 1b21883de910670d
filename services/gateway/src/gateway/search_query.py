"""What can be asked of the search."""

import re
from typing import Literal
from uuid import UUID

from pydantic import Field, ValidationInfo, field_validator

from gateway.filters import JobFilter
from gateway.strict_json import clean_text

HINT = (
    "There is no word to look for: words such as 'the' are in every text, and what is left out by -word needs"
    " another word beside it."
)
_CURSOR = re.compile(
    r"(?:([0-9]{1,3}(?:\.[0-9]{1,30})?(?:e-[0-9]{1,3})?)_)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
)


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

    @field_validator("cursor")
    @classmethod
    def _ours(cls, given: str | None, told: ValidationInfo) -> str | None:
        if given is not None and "order" in told.data:  # else that is told of
            _place(given, ranked=told.data["order"] == "relevance")
        return given

    def after(self) -> tuple[float | None, UUID] | None:
        """Rank and job behind which to go on."""
        return None if self.cursor is None else _place(self.cursor, ranked=self.order == "relevance")

    def place(self, rank: float, job: UUID) -> str:
        """The cursor behind that job."""
        return f"{rank!r}_{job}" if self.order == "relevance" else str(job)


def _place(cursor: str, *, ranked: bool) -> tuple[float | None, UUID]:
    """Raises ValueError for a cursor that is none of ours."""
    found = _CURSOR.fullmatch(cursor)
    if found is None or (found[1] is not None) is not ranked:
        raise ValueError("is not one of this order")
    return None if found[1] is None else float(found[1]), UUID(found[2])
