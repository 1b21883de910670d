"""Which day a phrase names, seen from the day of the recording: one function for each reading of a `Form`.

A reading takes the words of a phrase, by the names of the pattern's groups, and from where it is seen. Its
answer is ISO 8601 with the precision that was named (2027-03-03, 2027-03, 2027, 2027-W12), or None: for
stretches that have no such form ("next week"), and for what more than one day can be meant by.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from analyzer.dates.words import COUNTS, MONTHS, ORDINALS, UNITS, WEEKDAYS, step

Words = Mapping[str, str | None]

FRIDAY = 4
FEASTS = {
    "christmas eve": (12, 24),
    "heiligabend": (12, 24),
    "heiliger abend": (12, 24),
    "christmas day": (12, 25),
    "new year's eve": (12, 31),
    "silvester": (12, 31),
    "new year's day": (1, 1),
    "neujahr": (1, 1),
    "halloween": (10, 31),
}
NEAR = {
    "day before yesterday": -2,
    "vorgestern": -2,
    "yesterday": -1,
    "last night": -1,
    "gestern": -1,
    "today": 0,
    "tonight": 0,
    "heute": 0,
    "day after tomorrow": 2,
    "übermorgen": 2,
    "tomorrow": 1,
    "morgen": 1,
}
"""Days from today. Longer ones stand before those that they contain."""


@dataclass(frozen=True)
class Seen:
    """From where a phrase is read."""

    day: date | None
    """Of the recording; None when it is not known, and then only what needs none is read."""
    past: bool = False
    """The clause tells what has been: its Friday is the last one."""


def ymd(words: Words, seen: Seen) -> str | None:
    month, day = int(words["month"] or 0), int(words["day"] or 0)
    if words.get("year"):
        return _iso(int(words["year"] or 0), month, day)
    if seen.day is None:
        return None
    over = (
        (month, day) > (seen.day.month, seen.day.day)
        if seen.past
        else (month, day) < (seen.day.month, seen.day.day)
    )
    return _iso(seen.day.year + (0 if not over else -1 if seen.past else 1), month, day)


def slashed(words: Words, _: Seen) -> str | None:
    """3/4/2027: March or April? Told only when one of the two cannot be a month."""
    first, second, year = (int(words[name] or 0) for name in ("first", "second", "year"))
    if first > 12:
        return _iso(year, second, first)
    return _iso(year, first, second) if second > 12 or first == second else None


def month_day(words: Words, seen: Seen) -> str | None:
    return ymd({**words, "month": str(_month(words)), "day": str(_ordinal(words["day"]))}, seen)


def day_of_month(words: Words, seen: Seen) -> str | None:
    """`the 15th`: of this month, or of the next one when it is over."""
    if seen.day is None:
        return None
    wanted, month = _ordinal(words["day"]), seen.day.replace(day=1)
    if seen.past and wanted > seen.day.day:
        month = (month - timedelta(days=1)).replace(day=1)
    elif not seen.past and wanted < seen.day.day:
        month = _months_on(month, 1)
    return _iso(month.year, month.month, wanted)


def weekday(words: Words, seen: Seen) -> str | None:
    """Today's own name means the one in a week. None for "next Friday" when both the coming one and the one
    after could be meant."""
    if seen.day is None:
        return None
    which = (words.get("which") or "").lower()
    ahead = (WEEKDAYS[(words["weekday"] or "").lower()] - seen.day.weekday() - 1) % 7 + 1
    coming, last = seen.day + timedelta(days=ahead), seen.day - timedelta(days=7 if ahead == 7 else 7 - ahead)
    count = step(which) if which and "coming" not in which and not which.startswith("kommend") else None
    this_week = coming.isocalendar()[:2] == seen.day.isocalendar()[:2]
    if count is None:
        return (last if seen.past and not which else coming).isoformat()
    if count > 0:
        return None if this_week else (coming + timedelta(days=7 * (count - 1))).isoformat()
    return (last if count < 0 or (seen.past and not this_week) else coming).isoformat()


def near(words: Words, seen: Seen) -> str | None:
    phrase = (words["phrase"] or "").lower()
    days = next(days for name, days in NEAR.items() if name in phrase)
    return (seen.day + timedelta(days=days)).isoformat() if seen.day else None


def today(_: Words, seen: Seen) -> str | None:
    return seen.day.isoformat() if seen.day else None


def counted(words: Words, seen: Seen) -> str | None:
    """In or before so many days or weeks: a day. Months and years are not meant to the day."""
    if seen.day is None:
        return None
    count = (
        int(words["count"] or 0)
        if (words["count"] or "").isdigit()
        else COUNTS[(words["count"] or "").lower()]
    )
    count *= -1 if (words.get("ago") or "").lower() in {"ago", "vor"} else 1
    unit = UNITS[(words["unit"] or "").lower()]
    if unit == "year":
        return _year(seen.day.year + count)
    if unit == "month":
        return _year_month(_months_on(seen.day, count))
    return (seen.day + timedelta(days=count * (7 if unit == "week" else 1))).isoformat()


def counted_ahead(words: Words, seen: Seen) -> str | None:
    return counted(words, seen)


def edge(words: Words, seen: Seen) -> str | None:
    """An end is its last day (a week's: Friday); beginning and middle only say in which month or year."""
    end = (words["edge"] or "").lower() in {"end", "ende"}
    if words.get("month"):
        return _end_of(month(words, seen)) if end else month(words, seen)
    unit = UNITS.get((words["unit"] or "").lower())
    if seen.day is None or unit is None:
        return None
    count = step((words.get("which") or "").lower().removeprefix("the ")) or 0
    if unit == "week":
        friday = seen.day + timedelta(days=FRIDAY - seen.day.weekday() + 7 * count)
        return friday.isoformat() if end else None
    if unit == "quarter":
        first = seen.day.replace(month=(seen.day.month - 1) // 3 * 3 + 1, day=1)
        return _end_of(_year_month(_months_on(first, 3 * count + 2))) if end else None
    if unit == "year":
        return _iso(seen.day.year + count, 12, 31) if end else _year(seen.day.year + count)
    named = _year_month(_months_on(seen.day, count))
    return _end_of(named) if end else named


def month(words: Words, seen: Seen) -> str | None:
    """The next one of that name, this month included; the last one where the past is told."""
    wanted = _month(words)
    if words.get("year"):
        return f"{int(words['year'] or 0):04}-{wanted:02}"
    if seen.day is None:
        return None
    past = seen.past or step(words.get("which")) == -1
    over = wanted > seen.day.month if past else wanted < seen.day.month
    return f"{seen.day.year + (0 if not over else -1 if past else 1):04}-{wanted:02}"


def period(words: Words, seen: Seen) -> str | None:
    """A whole month or year; weeks and quarters have no form that people would know."""
    count, unit = step(words["which"]), UNITS.get((words["unit"] or "").lower())
    if seen.day is None or count is None:
        return None
    return _year(seen.day.year + count) if unit == "year" else _year_month(_months_on(seen.day, count))


def week(words: Words, seen: Seen) -> str | None:
    """By its number, as ISO 8601 counts."""
    number = int(words["week"] or 0)
    year = int(words.get("year") or 0) or (seen.day.isocalendar().year if seen.day else 0)
    if seen.day and not words.get("year") and number < seen.day.isocalendar().week:
        year += 0 if seen.past else 1
    return f"{year:04}-W{number:02}" if year and 1 <= number <= 53 else None


def year(words: Words, _: Seen) -> str | None:
    return words.get("year")


def feast(words: Words, seen: Seen) -> str | None:
    """Those that are one day, each year the same."""
    known = FEASTS.get((words["phrase"] or "").lower())
    return ymd({"month": str(known[0]), "day": str(known[1])}, seen) if known else None


def nothing(_: Words, __: Seen) -> str | None:
    return None


READINGS: dict[str, Callable[[Words, Seen], str | None]] = {
    reading.__name__: reading
    for reading in (
        ymd, slashed, month_day, day_of_month, weekday, near, today, counted, counted_ahead, edge, month,
        period, week, year, feast, nothing,
    )
}  # fmt: skip


_CLOCK = re.compile(
    r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2}))?"
    r"(?: ?(?P<half>[ap])\.?m| (?P<german>uhr)(?: (?P<past>\d{1,2}))?)?"
)


def time_of_day(clock: str) -> str | None:
    """HH:MM where the words tell the half of the day: `at 3 pm`, `um sieben Uhr dreißig`, not `at three`."""
    folded = " ".join(str(COUNTS.get(word, word)) for word in clock.lower().split())
    if "noon" in folded:
        return "12:00"
    found = _CLOCK.search(folded)
    if found is None:
        return None
    hour, minute = int(found["hour"]), int(found["minute"] or found["past"] or 0)
    if found["half"]:
        hour = hour % 12 + (12 if found["half"] == "p" else 0)
    told = found["half"] or found["german"] or hour > 12
    return f"{hour:02}:{minute:02}" if told and hour < 24 and minute < 60 else None


def _month(words: Words) -> int:
    return MONTHS[(words.get("month") or words.get("bare") or "").lower().removesuffix(".")]


def _ordinal(text: str | None) -> int:
    folded = (text or "").lower().removesuffix(" of")
    digits = re.match(r"\d+", folded)
    return int(digits[0]) if digits else ORDINALS[folded]


def _months_on(day: date, count: int) -> date:
    """The first of the month so many months on."""
    months = day.year * 12 + day.month - 1 + count
    return date(min(max(months // 12, 1), 9999), months % 12 + 1, 1)


def _year_month(day: date) -> str:
    return f"{day:%Y-%m}"


def _year(number: int) -> str:
    return f"{number:04}"


def _end_of(named: str | None) -> str | None:
    if named is None:
        return None
    number, of = map(int, named.split("-"))
    return _iso(number, of, monthrange(number, of)[1])


def _iso(number: int, of: int, day: int) -> str | None:
    try:
        return date(number, of, day).isoformat()
    except ValueError:
        return None
