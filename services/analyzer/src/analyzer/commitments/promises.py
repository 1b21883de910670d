"""What both languages' rules say of a promise, a request or an assignment that they find in a sentence."""

from dataclasses import dataclass
from enum import Enum, auto


class Who(Enum):
    """Who is to do it, as the grammar tells."""

    SPEAKER = auto()
    HEARER = auto()
    NAMED = auto()
    NOBODY = auto()
    """We, somebody, or nobody at all, as in `the notes need to be written`."""


@dataclass(frozen=True)
class Promise:
    start: int
    """Where its words begin in the sentence."""
    end: int
    task: int
    """Where the words begin that say what is to be done."""
    who: Who
    name: str | None = None
    """As said; only of the NAMED."""
    dated: bool = False
    """Counts only with a day to come: the words alone may as well tell how things are."""
