"""A page: a transcript as Whisper writes it, and what was marked in it.

README.md beside this file says what counts as what.
"""

from datetime import datetime
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

from scribeline.contracts.analysis import SentimentLabel

PAGES = Path(__file__).parent / "pages"

Split = Literal["dev", "heldout", "long"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Segment(_Frozen):
    """Seconds from the recording's start. Segments are numbered from 0 by their order."""

    start: float
    end: float
    text: str
    speaker: str | None = None


class Quote(_Frozen):
    segment: int
    quote: str


class GoldAction(Quote):
    task: str
    owner: str | None
    """As named in the recording; None when the text does not tell who it is."""
    due: str | None
    """As said."""
    due_date: str | None
    """ISO 8601, down to what was said: day, month or year."""
    owner_also: tuple[str, ...] = ()
    due_also: tuple[str, ...] = ()
    again: tuple[Quote, ...] = ()
    """Further places where the same thing is promised or asked for."""
    optional: bool = False
    """Humans would differ about it: neither hit nor miss."""


class GoldQuestion(Quote):
    asked_by: str | None
    rhetorical: bool
    """Has a question's form and wants no answer: neither hit nor miss."""


class GoldDate(_Frozen):
    segment: int
    text: str
    date: str | None
    """ISO 8601 of a day, month or year; None when it is none of these."""
    also: tuple[str | None, ...] = ()
    """Other readings that are as good."""
    optional: bool = False


class GoldChapter(_Frozen):
    segment: int
    """The first one of the chapter."""
    title: str


class Gold(_Frozen):
    action_items: tuple[GoldAction, ...]
    questions: tuple[GoldQuestion, ...]
    dates: tuple[GoldDate, ...]
    sentiment: SentimentLabel
    topics: tuple[tuple[str, ...], ...]
    """Each topic as the words that name it equally well."""
    summary: str
    chapters: tuple[GoldChapter, ...] = ()

    @property
    def quotes(self) -> tuple[tuple[int, str], ...]:
        """Every marked place: segment and words."""
        said = [
            *self.action_items,
            *self.questions,
            *(again for item in self.action_items for again in item.again),
        ]
        return (
            *((mark.segment, mark.quote) for mark in said),
            *((date.segment, date.text) for date in self.dates),
        )


class Page(_Frozen):
    id: str
    language: Literal["en", "de"]
    kind: Literal["meeting", "call", "lecture", "interview"]
    about: str
    recorded_at: datetime
    segments: tuple[Segment, ...]
    gold: Gold

    @model_validator(mode="after")
    def _quotes_stand(self) -> Self:
        for segment, quote in self.gold.quotes:
            if not 0 <= segment < len(self.segments) or quote not in self.segments[segment].text:
                raise ValueError(f"{self.id}: {quote!r} does not stand in segment {segment}")
        return self

    @property
    def seconds(self) -> float:
        return self.segments[-1].end if self.segments else 0.0


def load(folder: Path, split: Split) -> tuple[Page, ...]:
    """The pages of a split in the order of their names. Raises ValueError when there are none."""
    place = folder if split == "dev" else folder / split
    pages = tuple(Page.model_validate_json(path.read_bytes()) for path in sorted(place.glob("*.json")))
    if not pages:
        raise ValueError(f"no pages in {place}")
    return pages
