"""A form in which a language names days, and the patterns that English and German share."""

from collections.abc import Iterable
from dataclasses import dataclass

from analyzer.dates.words import COUNTS, MONTHS, WEEKDAYS


@dataclass(frozen=True)
class Form:
    reading: str
    """Names the function in `readings` that turns the pattern's groups into a day."""
    pattern: str


def any_of(words: Iterable[str]) -> str:
    """Longer words first, so that none hides a longer one."""
    return f"(?:{'|'.join(sorted(words, key=len, reverse=True))})"


WEEKDAY = any_of(WEEKDAYS)
MONTH = any_of(MONTHS)
COUNT = rf"(?:\d{{1,3}}|{any_of(COUNTS)})"
YEAR = r"(?:1[1-9]\d\d|20\d\d)"

ISO = Form("ymd", r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})")
SLASHED = Form("slashed", r"(?P<first>\d{1,2})/(?P<second>\d{1,2})/(?P<year>\d{4})")
DOTTED = Form("ymd", r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})")
